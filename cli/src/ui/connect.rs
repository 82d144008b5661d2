//! From a command to a server: which token goes there.

use super::context::Context;
use super::error::CliError;
use super::explain::{Explain as _, Login};
use crate::credentials::Credentials;
use crate::repository::Repository;
use crate::secret::Secret;
use crate::sync::{Connection, remote_url};
use crate::transport::{RemoteUrl, ServerUrl};

/// Prepares to talk to the repository at an address.
///
/// # Errors
/// If stored credentials cannot be read, or the system gives no threads.
pub fn connect_to_url(context: &Context, url: RemoteUrl) -> Result<Connection<'_>, CliError> {
    let token = token_for(context, url.server())?;
    Connection::open(url, token, context).map_err(|error| error.explain(None))
}

/// Prepares to talk to a remote of a repository.
///
/// # Errors
/// If there is no remote of this name, and as [`connect_to_url`].
pub fn connect<'a>(
    context: &'a Context,
    repository: &Repository,
    remote: &str,
) -> Result<Connection<'a>, CliError> {
    connect_to_url(context, remote_url(repository, remote)?)
}

/// The token for a server: `MUSE_TOKEN`, else what `muse auth login` stored.
///
/// # Errors
/// If the stored credentials cannot be read.
pub fn token_for(context: &Context, server: &ServerUrl) -> Result<Option<Secret>, CliError> {
    if let Some(token) = &context.environment.token {
        return Ok(Some(token.clone()));
    }
    match &context.environment.config_home {
        Some(home) => Ok(Credentials::load(home)?.token(&server.origin())),
        None => Ok(None),
    }
}

/// Who talks to whom over a connection, for the hints of an error.
pub fn login_of<'c>(connection: &'c Connection<'_>) -> Login<'c> {
    let server = connection.server();
    Login {
        server: server.url(),
        has_token: server.has_token(),
    }
}
