//! `muse remote`: the servers that a repository knows.

use muse_wire::name::{REMOTES, RefName};

use crate::repository::{Expected, RefEdit, Repository};
use crate::transport::RemoteUrl;
use crate::ui::context::Context;
use crate::ui::error::{CliError, ErrorKind};
use crate::ui::explain::explain;
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
        /// A short name for it; `origin` is what other commands take where none is named.
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
/// Where a name or URL is not usable, or there is no such remote.
pub fn run(context: &Context, args: RemoteArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    match args.action.unwrap_or(RemoteAction::List) {
        RemoteAction::List => list(context, &repository),
        RemoteAction::Add { name, url } => add(&repository, &name, &url),
        RemoteAction::Remove { name } => remove(&repository, &name),
        RemoteAction::SetUrl { name, url } => {
            require(&repository, &name)?;
            write_url(&repository, &name, &url)
        }
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

fn add(repository: &Repository, name: &str, url: &str) -> Result<(), CliError> {
    // A remote's name becomes one component of its tracking refs' names.
    if name.contains('/') || RefName::remote_branch(name, "main").is_err() {
        return Err(CliError::usage(format!(
            "{name:?} cannot be the name of a remote"
        )));
    }
    if repository.config.read()?.remote(name).is_some() {
        return Err(
            CliError::failed(format!("there already is a remote {name:?}")).with_hint(format!(
                "to change its address: `muse remote set-url {name} URL`"
            )),
        );
    }
    write_url(repository, name, url)
}

/// Checks and stores a remote's address.
pub(super) fn write_url(repository: &Repository, name: &str, url: &str) -> Result<(), CliError> {
    let url = RemoteUrl::parse(url).map_err(|error| explain(error.into(), None))?;
    let mut locked = repository.lock()?;
    locked.edit_config(|file| file.set(&format!("remote.{name}.url"), &url.to_string()))?;
    Ok(())
}

fn remove(repository: &Repository, name: &str) -> Result<(), CliError> {
    require(repository, name)?;
    let mut locked = repository.lock()?;
    let followers: Vec<String> = repository
        .config
        .read()?
        .entries()
        .filter(|&(key, value)| {
            key.starts_with("branch.") && key.ends_with(".remote") && value == name
        })
        .map(|(key, _)| key.trim_end_matches(".remote").to_owned())
        .collect();
    locked.edit_config(|file| {
        file.remove_section(&format!("remote.{name}"))?;
        for section in &followers {
            file.remove_section(section)?;
        }
        Ok(())
    })?;
    let edits: Vec<RefEdit> = repository
        .refs
        .read()?
        .with_prefix(&format!("{REMOTES}{name}/"))
        .map(|(name, _)| RefEdit {
            name: name.clone(),
            expected: Expected::Any,
            new: None,
        })
        .collect();
    locked.update_refs(&edits, &format!("remote: remove {name}"))?;
    Ok(())
}

fn require(repository: &Repository, name: &str) -> Result<(), CliError> {
    match repository.config.read()?.remote(name) {
        Some(_) => Ok(()),
        None => Err(
            CliError::new(ErrorKind::NotFound, format!("there is no remote {name:?}"))
                .with_hint("`muse remote` lists them"),
        ),
    }
}
