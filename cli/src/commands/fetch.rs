//! `muse fetch`: downloads what a server has, and notes where its branches are.

pub(super) mod receive;
pub(super) mod tracking;

use crate::connection::{Connection, remote_name};
use crate::repository::Repository;
use crate::ui::context::Context;
use crate::ui::error::CliError;
use tracking::Fetched;

/// Arguments of `muse fetch`.
#[derive(Debug, clap::Args)]
pub struct FetchArgs {
    /// The remote; `origin` or the only one unless given.
    #[arg(conflicts_with = "all")]
    remote: Option<String>,
    /// Only these branches.
    #[arg(value_name = "BRANCH")]
    branches: Vec<String>,
    /// Fetch from all remotes.
    #[arg(long)]
    all: bool,
    /// Forget branches that are gone on the remote.
    #[arg(short, long)]
    prune: bool,
}

/// Runs `muse fetch`.
///
/// # Errors
/// Where the server cannot be reached, or sends what is not valid.
pub fn run(context: &Context, args: FetchArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    let remotes = if args.all {
        let remotes = repository.config.read()?.remotes();
        remotes.into_iter().map(|remote| remote.name).collect()
    } else {
        vec![remote_name(&repository, args.remote.as_deref())?]
    };
    let mut results = Vec::new();
    for remote in remotes {
        let connection = Connection::to_remote(context, &repository, &remote)?;
        let fetched = fetch(
            context,
            &connection,
            &repository,
            &remote,
            &args.branches,
            args.prune,
        )?;
        fetched.report(context, &connection);
        results.push(fetched.to_json());
    }
    if context.json() {
        context.printer.json(&results)?;
    }
    Ok(())
}

/// Fetches from one remote: all its branches, or the named ones.
///
/// # Errors
/// As [`run`].
pub(super) fn fetch(
    context: &Context,
    connection: &Connection<'_>,
    repository: &Repository,
    remote: &str,
    branches: &[String],
    prune: bool,
) -> Result<Fetched, CliError> {
    let server = connection.wait(connection.client.refs())?;
    let wanted = tracking::choose(&server, remote, branches)?;
    let want = tracking::missing(repository, wanted.iter().map(|entry| entry.target))?;
    let have = tracking::have(repository)?;
    context.printer.verbose(format_args!(
        "step 1: want={} have={}",
        want.len(),
        have.len()
    ));
    let receiver = receive::Receiver {
        context,
        connection,
        repository,
    };
    let received = receiver.receive(&want, &have)?;
    let fetched = tracking::note(repository, remote, &server, &wanted, prune, received)?;
    if received.commits > 0 {
        receiver.consolidate();
    }
    Ok(fetched)
}
