//! `muse remote`.

use std::fmt::Write as _;

use clap::ValueHint;
use muse_wire::id::CommitId;
use muse_wire::name::REMOTES;
use serde_json::json;

use crate::branches::followers;
use crate::repository::Repository;
use crate::sync::{add_remote, choose_remote, remote_address, remove_remote, set_remote_url};
use crate::ui::completion::Completes;
use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::ui::pager::paged;
use crate::ui::printer::{Verbosity, stdout_error};
use crate::ui::upstream_text;

/// Arguments of `muse remote`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  muse remote -v
    List the remotes with their addresses.
  muse remote add origin https://hub.example/ada/notes
    Give an address a name.")]
pub struct RemoteArgs {
    #[command(subcommand)]
    action: Option<RemoteAction>,
}

#[derive(Debug, clap::Subcommand)]
enum RemoteAction {
    /// List the remotes; with -v, their URLs too. This is the default.
    #[command(after_help = "Examples:
  muse remote list -v
    List the remotes with their addresses.")]
    List,
    /// Show a remote's address, its branches as last seen, and which local branches follow them.
    #[command(after_help = "Examples:
  muse remote show origin
    Show the address, the branches, and what follows them.")]
    Show {
        /// Its name; `origin` or the only one unless given.
        #[arg(add = Completes::Remote)]
        name: Option<String>,
    },
    /// Add a remote.
    #[command(after_help = "Examples:
  muse remote add origin https://hub.example/ada/notes
    Know a repository on a server as `origin`.
  muse remote add disk /media/backup/notes
    Know a repository on this machine as `disk`.")]
    Add {
        /// A short name for it; other commands use `origin` unless told otherwise.
        name: String,
        /// Its address, such as https://HOST/OWNER/NAME, or the path of a repository or bundle.
        #[arg(value_hint = ValueHint::AnyPath)]
        url: String,
    },
    /// Forget a remote and what was last seen of its branches.
    #[command(after_help = "Examples:
  muse remote remove disk
    Forget a remote.")]
    Remove {
        /// Its name.
        #[arg(add = Completes::Remote)]
        name: String,
    },
    /// Change a remote's address.
    #[command(after_help = "Examples:
  muse remote set-url origin https://hub.example/ada/diary
    Follow a repository that was renamed.")]
    SetUrl {
        /// Its name.
        #[arg(add = Completes::Remote)]
        name: String,
        /// The new address.
        #[arg(value_hint = ValueHint::AnyPath)]
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
        RemoteAction::Show { name } => show(context, &repository, name.as_deref()),
        RemoteAction::Add { name, url } => {
            Ok(add_remote(&repository, &name, &url, &context.directory)?)
        }
        RemoteAction::Remove { name } => Ok(remove_remote(&repository, &name)?),
        RemoteAction::SetUrl { name, url } => Ok(set_remote_url(
            &repository,
            &name,
            &url,
            &context.directory,
        )?),
    }
}

fn show(context: &Context, repository: &Repository, named: Option<&str>) -> Result<(), CliError> {
    let name = choose_remote(repository, named)?;
    let url = remote_address(repository, &name)?;
    let refs = repository.refs.read()?;
    let config = context.config(repository)?;
    let prefix = format!("{REMOTES}{name}/");
    let branches: Vec<(&str, CommitId)> = refs
        .with_prefix(&prefix)
        .map(|(name, commit)| (&name.as_str()[prefix.len()..], commit))
        .collect();
    let followers = followers(&repository.objects, &refs, &config, &name)?;
    if context.json() {
        let branches: Vec<_> = branches
            .iter()
            .map(|(name, commit)| json!({"name": name, "commit": commit}))
            .collect();
        let followers: Vec<_> = followers
            .iter()
            .map(|(branch, upstream)| {
                json!({"branch": branch.short(), "upstream": upstream_text::to_json(upstream)})
            })
            .collect();
        return context.printer.json(&json!({
            "name": name,
            "url": url.to_string(),
            "branches": branches,
            "followers": followers,
        }));
    }
    let palette = context.printer.palette();
    paged(context, |out| {
        let mut text = format!("Remote {name}\nURL: {url}\n");
        if branches.is_empty() {
            let _ = writeln!(
                text,
                "\nNo branches were seen yet (`muse fetch {name}` looks)"
            );
        } else {
            text.push_str("\nBranches, as last seen:\n");
        }
        let names = branches.iter().map(|(name, _)| name.chars().count());
        let width = names.max().unwrap_or(0);
        for (name, commit) in &branches {
            let subject = repository.objects.commit(commit)?.subject().to_owned();
            let padding = " ".repeat(width - name.chars().count());
            let (branch, id) = (palette.remote_branch, palette.id);
            let commit = commit.short();
            let _ = writeln!(
                text,
                "  {branch}{name}{branch:#}{padding} {id}{commit}{id:#} {subject}"
            );
        }
        if !followers.is_empty() {
            text.push_str("\nFollowed by:\n");
        }
        for (branch, upstream) in &followers {
            let (name, upstream) = (branch.short(), upstream_text::brief(upstream, true));
            let _ = writeln!(text, "  {name} [{upstream}]");
        }
        out.text(text).map_err(stdout_error)
    })
}

fn list(context: &Context, repository: &Repository) -> Result<(), CliError> {
    let remotes = repository.config.read()?.remotes();
    if context.json() {
        let remotes: Vec<_> = remotes
            .iter()
            .map(|remote| json!({"name": remote.name, "url": remote.url}))
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
