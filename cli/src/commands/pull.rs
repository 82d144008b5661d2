//! `muse pull`.

use muse_wire::name::RefName;
use serde_json::json;

use super::fetch;
use super::merge::report_merging;
use super::rebase::report_rebasing;
use crate::integrate::{MergeOptions, merge, rebase};
use crate::repository::{Config, Repository};
use crate::sync::{self, FastForward, FastForwardError, PullError, PullSource, Pulled};
use crate::ui::completion::Completes;
use crate::ui::connect::{login_at, open_remote};
use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::ui::explain::Explain as _;
use crate::ui::quantity::counted;
use crate::ui::resume_args::committer;
use crate::ui::settings::{self, PULL_MODE};

/// Arguments of `muse pull`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  muse pull
    Bring the branch up to date; where both sides have commits, merge.
  muse pull --rebase origin main
    Make the own commits again on top of those of the server.")]
pub struct PullArgs {
    /// The remote; the one that the branch follows, else `origin` or the only one.
    #[arg(add = Completes::Remote)]
    remote: Option<String>,
    /// The remote's branch; the one that the branch follows, else the one of the same name.
    #[arg(add = Completes::RemoteRef)]
    branch: Option<String>,
    /// Where both have new commits, make yours again on top of theirs.
    #[arg(long, conflicts_with = "ff_only")]
    rebase: bool,
    /// Where both have new commits, merge them.
    #[arg(long, conflicts_with_all = ["rebase", "ff_only"])]
    merge: bool,
    /// Where both have new commits, refuse.
    #[arg(long)]
    ff_only: bool,
}

/// What a pull does where both sides have new commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WhereDiverged {
    Merge,
    Rebase,
    Refuse,
}

impl WhereDiverged {
    fn find(args: &PullArgs, config: &Config) -> Result<Self, CliError> {
        match (args.merge, args.rebase, args.ff_only) {
            (true, _, _) => return Ok(Self::Merge),
            (_, true, _) => return Ok(Self::Rebase),
            (_, _, true) => return Ok(Self::Refuse),
            _ => {}
        }
        let mode = config.get(PULL_MODE).unwrap_or("merge");
        settings::check(PULL_MODE, mode)?;
        Ok(match mode {
            "rebase" => Self::Rebase,
            "ff-only" => Self::Refuse,
            _ => Self::Merge,
        })
    }
}

/// Runs `muse pull`.
///
/// # Errors
/// As `muse fetch`; where there are conflicts; where local changes are in the way.
pub fn run(context: &Context, args: PullArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    let where_diverged = WhereDiverged::find(&args, &context.config(&repository)?)?;
    let (remote, branch) = (args.remote.as_deref(), args.branch.as_deref());
    let source =
        PullSource::find(&repository, remote, branch).map_err(|error| error.explain(None))?;
    let remote = open_remote(context, &repository, &source.remote)?;
    let pulled = sync::pull(&repository, &remote, &source);
    if let Ok(Pulled { fetched, .. }) | Err(PullError::NotMoved { fetched, .. }) = &pulled {
        fetch::print(context, &repository, &remote, fetched)?;
    }
    if let Err(PullError::NotMoved { source, .. }) = &pulled
        && let FastForwardError::Diverged { tracking, .. } = &**source
        && where_diverged != WhereDiverged::Refuse
    {
        return integrate(context, &repository, tracking, where_diverged);
    }
    let pulled = pulled.map_err(|error| error.explain(login_at(context, &remote)))?;
    if context.json() {
        let mut result = fetch::to_json(&source.remote, &pulled.fetched);
        result["branch"] = json!(source.local.short());
        result["fast_forwarded"] = json!(pulled.moved.is_some());
        return context.printer.json(&result);
    }
    match &pulled.moved {
        None => context.printer.note("Already up to date."),
        Some(moved) => print(context, source.local.short(), moved),
    }
    Ok(())
}

/// Brings what was fetched and the branch together.
fn integrate(
    context: &Context,
    repository: &Repository,
    tracking: &RefName,
    how: WhereDiverged,
) -> Result<(), CliError> {
    let committer = committer(context, repository, None)?;
    if how == WhereDiverged::Rebase {
        let upstream = repository.resolve(tracking.as_str())?;
        let rebasing = rebase(repository, upstream, None, &committer, context)?;
        return report_rebasing(context, repository, &rebasing);
    }
    let options = MergeOptions::default();
    let merging = merge(repository, tracking.as_str(), options, &committer, context)?;
    report_merging(context, repository, &merging)
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
