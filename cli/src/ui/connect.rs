//! From a command to a remote: what is at its address, and which token goes to a server.

use std::path::Path;

use muse_wire::quote::quote_path;

use super::context::Context;
use super::error::{CliError, ErrorKind};
use super::explain::{Explain as _, Login, bundle_error, explain_withheld, plain_http_setting};
use super::settings::AUTH_HELPER;
use crate::credentials::{CredentialHelper, Credentials, TokenChoice, TokenSources};
use crate::repository::{Config, Repository, RepositoryError};
use crate::secret::Secret;
use crate::sync::{
    Bundle, Connection, LocalRepository, Remote, RemoteAddress, choose_remote, remote_address,
    remote_url,
};
use crate::transport::{RemoteUrl, ServerUrl};

/// Prepares to talk to the repository at an address.
///
/// # Errors
/// If stored credentials or the user's settings cannot be read, or the system gives no threads.
pub fn connect_to_url(context: &Context, url: RemoteUrl) -> Result<Connection<'_>, CliError> {
    let choice = token_for(context, url.server())?;
    if let Some(withheld) = choice.withheld {
        let reason = explain_withheld(withheld, url.server());
        context.printer.verbose(reason);
    }
    Connection::open(url, choice.token, context).map_err(|error| error.explain(None))
}

/// Prepares to talk to the server of a remote.
///
/// # Errors
/// If there is no remote of this name, or it is on no server, and as [`connect_to_url`].
pub fn connect<'a>(
    context: &'a Context,
    repository: &Repository,
    remote: &str,
) -> Result<Connection<'a>, CliError> {
    connect_to_url(context, remote_url(repository, remote)?)
}

/// Opens a remote of a repository.
///
/// # Errors
/// If there is no remote of this name, and as [`open_address`].
pub fn open_remote<'a>(
    context: &'a Context,
    repository: &Repository,
    remote: &str,
) -> Result<Remote<'a>, CliError> {
    open_address(context, remote_address(repository, remote)?)
}

/// Opens what is at an address: a repository on a server or on this machine, or a bundle.
///
/// # Errors
/// If there is no repository and no bundle at a path, and as [`connect_to_url`].
pub fn open_address(context: &Context, address: RemoteAddress) -> Result<Remote<'_>, CliError> {
    let path = match address {
        RemoteAddress::Server(url) => return Ok(connect_to_url(context, url)?.into()),
        RemoteAddress::Path(path) => path,
    };
    if path.is_file() {
        return open_bundle(context, &path).map(Remote::Bundle);
    }
    match LocalRepository::open(&path, context) {
        Ok(repository) => Ok(Remote::Repository(repository)),
        Err(RepositoryError::NotARepository(_)) => Err(not_a_remote(&path)),
        Err(error) => Err(error.into()),
    }
}

/// What is at a path where a repository or a bundle was expected.
fn not_a_remote(path: &Path) -> CliError {
    let shown = quote_path(path);
    if !path.exists() {
        return CliError::not_found(format!("there is nothing at {shown}"));
    }
    let error = CliError::not_found(format!("{shown} is neither a muse repository nor a bundle"));
    let is_git = path.join(".git").exists() || path.join("HEAD").is_file();
    match is_git {
        true => error.with_hint(format!("`muse import git {shown} DIRECTORY` imports it")),
        false => error,
    }
}

/// Opens a bundle.
///
/// # Errors
/// If it is none, or not whole.
pub fn open_bundle<'a>(context: &'a Context, path: &Path) -> Result<Bundle<'a>, CliError> {
    Bundle::open(path, context).map_err(|error| bundle_error(error, path))
}

/// The token for a server: `MUSE_TOKEN`, else what `muse auth login` stored, else what the user's
/// credential helper keeps, if it may go there.
///
/// # Errors
/// If the stored credentials or the user's settings cannot be read.
pub fn token_for(context: &Context, server: &ServerUrl) -> Result<TokenChoice, CliError> {
    let config = context.user_config()?;
    let Some(helper) = credential_helper(&config) else {
        return own_token_for(context, &config, server, None);
    };
    let ask = || match helper.token(server) {
        Ok(token) => token,
        Err(error) => {
            context.printer.warn(CliError::from(error));
            None
        }
    };
    own_token_for(context, &config, server, Some(&ask))
}

/// The token for a server.
///
/// # Errors
/// If there is none, and as [`token_for`].
pub fn required_token(context: &Context, server: &ServerUrl) -> Result<Secret, CliError> {
    let choice = token_for(context, server)?;
    choice.token.ok_or_else(|| {
        let origin = server.origin();
        let hint = match choice.withheld {
            Some(withheld) => explain_withheld(withheld, server),
            None => format!("`muse auth login {origin}`"),
        };
        CliError::new(ErrorKind::Denied, "there is no token").with_hint(hint)
    })
}

/// The server that a command is about: the one of this address, else the remote's. `argument` is
/// how the command line names it.
///
/// # Errors
/// If neither names one.
pub fn chosen_server(
    context: &Context,
    url: Option<&str>,
    argument: &str,
) -> Result<ServerUrl, CliError> {
    let Some(url) = url else {
        let unnamed = |cause: CliError| {
            CliError::usage("no server is named")
                .with_source(cause)
                .with_hint(format!("`{} {argument}` names it", context.activity))
        };
        let repository = context.repository().map_err(unnamed)?;
        let remote = choose_remote(&repository, None).map_err(|error| unnamed(error.into()))?;
        return Ok(remote_url(&repository, &remote)?.server().clone());
    };
    Ok(ServerUrl::parse(url)?)
}

fn own_token_for(
    context: &Context,
    config: &Config,
    server: &ServerUrl,
    helper: Option<&dyn Fn() -> Option<Secret>>,
) -> Result<TokenChoice, CliError> {
    let environment = &context.environment;
    let stored = match &environment.config_home {
        Some(home) => Some(Credentials::load(home)?),
        None => None,
    };
    let sources = TokenSources {
        given: environment.token.as_ref(),
        given_for: environment.token_host.as_deref(),
        stored: stored.as_ref(),
        helper,
        plain_http_allowed: plain_http_allowed(config, server),
    };
    Ok(sources.choose(server))
}

/// The program that keeps tokens for the user, as their own settings name it: those of a repository
/// do not count.
pub fn credential_helper(config: &Config) -> Option<CredentialHelper> {
    let setting = config
        .get(AUTH_HELPER)
        .filter(|setting| !setting.is_empty());
    setting.map(CredentialHelper::new)
}

/// Whether the user's own settings, and not those of a repository, let a token travel to this
/// server without encryption.
pub fn plain_http_allowed(config: &Config, server: &ServerUrl) -> bool {
    config.get(&plain_http_setting(server)) == Some("true")
}

/// Who talks to whom, where the remote is on a server, for the hints of an error.
pub fn login_at<'c>(context: &Context, remote: &'c Remote<'_>) -> Option<Login<'c>> {
    remote
        .connection()
        .map(|connection| login_of(context, connection))
}

/// Who talks to whom over a connection, for the hints of an error.
pub fn login_of<'c>(context: &Context, connection: &'c Connection<'_>) -> Login<'c> {
    let server = connection.server();
    // Why none was sent is not for the helper to say, which may ask the user something.
    let config = context.user_config().unwrap_or_default();
    let choice = own_token_for(context, &config, server.url(), None).unwrap_or_default();
    Login {
        server: server.url(),
        has_token: server.has_token(),
        withheld: choice.withheld,
    }
}
