//! `muse remote`.

use crate::repository::Repository;
use crate::sync::{add_remote, remove_remote, set_remote_url};
use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::ui::printer::Verbosity;

/// Arguments of `muse remote`.
#[derive(Debug, clap::Args)]
pub struct RemoteArgs {
    #[command(subcommand)]
    action: Option<RemoteAction>,
}

#[derive(Debug, clap::Subcommand)]
enum RemoteAction {
    /// List the remotes; with -v, their URLs too. This is the default.
    List,
    /// Add a remote.
    Add {
        /// A short name for it; other commands use `origin` unless told otherwise.
        name: String,
        /// Its address, such as https://HOST/OWNER/NAME.
        url: String,
    },
    /// Forget a remote and what was last seen of its branches.
    Remove {
        /// Its name.
        name: String,
    },
    /// Change a remote's address.
    SetUrl {
        /// Its name.
        name: String,
        /// The new address.
        url: String,
    },
}

/// Runs `muse remote`.
///
/// # Errors
/// If a name or URL is not usable, or there is no such remote.
pub fn run(context: &Context, args: RemoteArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    match args.action.unwrap_or(RemoteAction::List) {
        RemoteAction::List => list(context, &repository),
        RemoteAction::Add { name, url } => Ok(add_remote(&repository, &name, &url)?),
        RemoteAction::Remove { name } => Ok(remove_remote(&repository, &name)?),
        RemoteAction::SetUrl { name, url } => Ok(set_remote_url(&repository, &name, &url)?),
    }
}

fn list(context: &Context, repository: &Repository) -> Result<(), CliError> {
    let remotes = repository.config.read()?.remotes();
    if context.json() {
        let remotes: Vec<_> = remotes
            .iter()
            .map(|remote| serde_json::json!({"name": remote.name, "url": remote.url}))
            .collect();
        return context.printer.json(&remotes);
    }
    let with_urls = context.printer.options().verbosity >= Verbosity::Verbose;
    for remote in remotes {
        if with_urls {
            context
                .printer
                .line(format_args!("{}\t{}", remote.name, remote.url))?;
        } else {
            context.printer.line(remote.name)?;
        }
    }
    Ok(())
}
