//! `muse pull`.

use serde_json::json;

use super::fetch;
use crate::sync::{self, FastForward, PullError, PullSource, Pulled};
use crate::ui::connect::{connect, login_of};
use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::ui::explain::Explain as _;
use crate::ui::quantity::counted;

/// Arguments of `muse pull`.
#[derive(Debug, clap::Args)]
pub struct PullArgs {
    /// The remote; the one that the branch follows, else `origin` or the only one.
    remote: Option<String>,
    /// The remote's branch; the one that the branch follows, else the one of the same name.
    branch: Option<String>,
}

/// Runs `muse pull`.
///
/// # Errors
/// As `muse fetch`; where the histories have diverged; where local changes are in the way.
pub fn run(context: &Context, args: PullArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    let (remote, branch) = (args.remote.as_deref(), args.branch.as_deref());
    let source =
        PullSource::find(&repository, remote, branch).map_err(|error| error.explain(None))?;
    let connection = connect(context, &repository, &source.remote)?;
    let pulled = sync::pull(&repository, &connection, &source);
    if let Ok(Pulled { fetched, .. }) | Err(PullError::NotMoved { fetched, .. }) = &pulled {
        fetch::print(context, &repository, &connection, fetched)?;
    }
    let pulled = pulled.map_err(|error| error.explain(Some(login_of(context, &connection))))?;
    if context.json() {
        let mut result = fetch::to_json(&source.remote, &pulled.fetched);
        result["branch"] = json!(source.local);
        result["fast_forwarded"] = json!(pulled.moved.is_some());
        return context.printer.json(&result);
    }
    match &pulled.moved {
        None => context.printer.note("Already up to date."),
        Some(moved) => print(context, source.local.short(), moved),
    }
    Ok(())
}

fn print(context: &Context, branch: &str, moved: &FastForward) {
    let start = moved
        .old
        .map_or_else(|| "nothing".to_owned(), |old| old.short());
    context.printer.note(format_args!(
        "Fast-forwarded {branch} from {start} to {}: {} written, {} removed",
        moved.new.short(),
        counted(moved.files.written, "file"),
        moved.files.removed
    ));
}
