//! From a command to a server: which remote is meant, which token goes there, and what its failures mean
//! to whoever typed the command.

mod job;

use std::future::Future;

use tokio::runtime::Runtime;

use crate::credentials::Credentials;
use crate::repository::{Config, Repository};
use crate::secret::Secret;
use crate::transport::{Client, RemoteUrl, Server, ServerUrl, TransportError};
use crate::ui::context::Context;
use crate::ui::error::{CliError, ErrorKind};
use crate::ui::explain::explain;

/// The remote that is meant where none is named.
pub const DEFAULT_REMOTE: &str = "origin";

/// A connection to one repository on a server.
pub struct Connection<'a> {
    /// Makes the calls.
    pub client: Client<'a>,
    context: &'a Context,
    runtime: &'a Runtime,
}

impl<'a> Connection<'a> {
    /// Prepares to talk to the repository at a URL.
    ///
    /// # Errors
    /// Where the URL is wrong or stored credentials cannot be read.
    pub fn to_url(context: &'a Context, url: &str) -> Result<Self, CliError> {
        let url = RemoteUrl::parse(url).map_err(|error| explain(error.into(), None))?;
        let token = token_for(context, url.server())?;
        Ok(Self {
            client: Client::new(url, token, context).map_err(|error| explain(error, None))?,
            context,
            runtime: context.runtime()?,
        })
    }

    /// Prepares to talk to a remote of a repository.
    ///
    /// # Errors
    /// Where there is no remote of this name, and as [`Connection::to_url`].
    pub fn to_remote(
        context: &'a Context,
        repository: &Repository,
        remote: &str,
    ) -> Result<Self, CliError> {
        let config = repository.config.read()?;
        let Some(remote) = config.remote(remote) else {
            return Err(unknown_remote(&config, remote));
        };
        Self::to_url(context, &remote.url)
    }

    /// Waits for a call and says what its failure means.
    ///
    /// # Errors
    /// The call's, as [`explain()`] puts it.
    pub fn wait<T>(
        &self,
        call: impl Future<Output = Result<T, TransportError>>,
    ) -> Result<T, CliError> {
        self.try_wait(call).map_err(|error| self.explain(error))
    }

    /// Waits for a call whose failure the caller looks at.
    ///
    /// # Errors
    /// The call's.
    pub fn try_wait<T>(
        &self,
        call: impl Future<Output = Result<T, TransportError>>,
    ) -> Result<T, TransportError> {
        self.runtime.block_on(call)
    }

    /// Says what a failure means.
    pub fn explain(&self, error: TransportError) -> CliError {
        explain(error, Some(self.client.server()))
    }
}

/// Prepares to talk to a server about no repository in particular.
///
/// # Errors
/// Where the system's certificates or proxy settings are unusable.
pub fn server(
    context: &Context,
    url: ServerUrl,
    token: Option<Secret>,
) -> Result<Server<'_>, CliError> {
    Server::new(url, token, context).map_err(|error| explain(error, None))
}

/// The token for a server: `MUSE_TOKEN`, else what `muse auth login` stored.
///
/// # Errors
/// Where the stored credentials cannot be read.
pub fn token_for(context: &Context, server: &ServerUrl) -> Result<Option<Secret>, CliError> {
    if let Some(token) = &context.environment.token {
        return Ok(Some(token.clone()));
    }
    match &context.environment.config_home {
        Some(home) => Ok(Credentials::load(home)?.token(&server.origin())),
        None => Ok(None),
    }
}

/// The remote that a command means: the named one, else `origin`, else the only one.
///
/// # Errors
/// Where there is no such remote, or several and none is named.
pub fn remote_name(repository: &Repository, named: Option<&str>) -> Result<String, CliError> {
    let config = repository.config.read()?;
    let remotes = config.remotes();
    let names: Vec<&str> = remotes.iter().map(|remote| remote.name.as_str()).collect();
    match (named, names.as_slice()) {
        (Some(name), _) if names.contains(&name) => Ok(name.to_owned()),
        (Some(name), _) => Err(unknown_remote(&config, name)),
        (None, []) => Err(CliError::not_found("this repository has no remote")
            .with_hint("`muse remote add origin URL` adds one")),
        (None, names) if names.contains(&DEFAULT_REMOTE) => Ok(DEFAULT_REMOTE.to_owned()),
        (None, [only]) => Ok((*only).to_owned()),
        (None, names) => Err(
            CliError::usage("there are several remotes, and none is named")
                .with_hint(format!("name one of them: {}", names.join(", "))),
        ),
    }
}

fn unknown_remote(config: &Config, name: &str) -> CliError {
    let names: Vec<String> = config
        .remotes()
        .into_iter()
        .map(|remote| remote.name)
        .collect();
    CliError::new(ErrorKind::NotFound, format!("there is no remote {name:?}")).with_hint(
        match names.as_slice() {
            [] => format!("`muse remote add {name} URL` adds it"),
            names => format!("the remotes are: {}", names.join(", ")),
        },
    )
}
