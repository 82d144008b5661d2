//! Failed calls to a server.

use std::error::Error;

use muse_wire::problem::{Problem, ProblemCode};

use crate::transport::{Server, TransportError, UrlError};
use crate::ui::error::{CliError, ErrorKind};

/// Says what a failed call means. `server` is the one that was called, where it came to that.
pub fn explain(error: TransportError, server: Option<&Server<'_>>) -> CliError {
    let message = error.to_string();
    match error {
        TransportError::Url(error) => explain_url(&error),
        TransportError::Problem { problem, .. } => explain_problem(&problem, server),
        TransportError::LocalFile { source, .. } => CliError::io(message, source),
        TransportError::Setup(source) => CliError::failed(message).with_source(root_cause(&source)),
        TransportError::Unreachable { source, .. } => CliError::new(ErrorKind::Network, message)
            .with_source(root_cause(&source))
            .with_hint("check the address, and that the server runs"),
        TransportError::Cut { source, .. } => CliError::new(ErrorKind::Network, message)
            .with_source(root_cause(&source))
            .with_hint("run the command again; what was transferred is not lost"),
        TransportError::Short { .. } | TransportError::TimedOut { .. } => {
            CliError::new(ErrorKind::Network, message)
                .with_hint("run the command again; what was transferred is not lost")
        }
        TransportError::NotTheProtocol { .. } => CliError::new(ErrorKind::Network, message)
            .with_hint(
                "a proxy or another program answers there; check the address and the proxy settings",
            ),
        TransportError::Redirected { .. } => CliError::new(ErrorKind::Network, message).with_hint(
            "redirects are not followed, because the token would be sent there; \
             if the new address is right: `muse remote set-url NAME URL`",
        ),
        TransportError::StorageRefused { .. } => CliError::new(ErrorKind::Network, message)
            .with_hint("run the command again; if it stays so, the server's operator must look"),
        TransportError::BadToken => CliError::new(ErrorKind::Denied, message)
            .with_hint("check MUSE_TOKEN, or log in again with `muse auth login`"),
        TransportError::BadAnswer { .. } => CliError::failed(message)
            .with_hint("client and server may be of different versions: `muse --version`"),
    }
}

fn explain_url(error: &UrlError) -> CliError {
    let hint = match error {
        UrlError::Credentials => "log in with `muse auth login URL`, or set MUSE_TOKEN",
        _ => "an address looks like https://HOST/OWNER/NAME",
    };
    CliError::usage(error.to_string()).with_hint(hint)
}

fn explain_problem(problem: &Problem, server: Option<&Server<'_>>) -> CliError {
    use ProblemCode as Code;
    let has_token = server.is_some_and(Server::has_token);
    let login = server.map_or_else(
        || "`muse auth login URL`".to_owned(),
        |server| format!("`muse auth login {}`", server.url().origin()),
    );
    let (kind, hint) = match problem.known_code() {
        Some(Code::Unauthorized) if has_token => (
            ErrorKind::Denied,
            Some(format!(
                "the server does not know this token: check MUSE_TOKEN, or {login}"
            )),
        ),
        Some(Code::Unauthorized) => (
            ErrorKind::Denied,
            Some(format!("log in with {login}, or set MUSE_TOKEN")),
        ),
        Some(Code::Forbidden) => (
            ErrorKind::Denied,
            Some("`muse auth status` shows whose token this is, and its scope".to_owned()),
        ),
        Some(Code::NotFound) if has_token => (
            ErrorKind::NotFound,
            Some("check the address; `muse auth status` shows whose token this is".to_owned()),
        ),
        Some(Code::NotFound) => (
            ErrorKind::NotFound,
            Some(format!(
                "check the address; a private repository shows only after {login}"
            )),
        ),
        Some(Code::NonFastForward | Code::StaleRef) => (
            ErrorKind::Rejected,
            Some("fetch first: `muse pull`, then push again".to_owned()),
        ),
        Some(Code::Unavailable) => (
            ErrorKind::Network,
            Some("run the command again in a moment".to_owned()),
        ),
        Some(Code::TooManyRequests) => (
            ErrorKind::PushFailed,
            Some("wait a little, then run the command again".to_owned()),
        ),
        Some(Code::Internal) => (
            ErrorKind::PushFailed,
            Some("the server's log has the cause".to_owned()),
        ),
        Some(Code::MissingDependency) => (
            ErrorKind::PushFailed,
            Some("the server's history has changed: `muse fetch`, then push again".to_owned()),
        ),
        Some(Code::MpackTooLarge | Code::PushTooLarge) => (
            ErrorKind::PushFailed,
            Some("push an older commit first: `muse push REMOTE COMMIT:BRANCH`".to_owned()),
        ),
        _ => match problem.status {
            401 | 403 => (ErrorKind::Denied, None),
            404 => (ErrorKind::NotFound, None),
            _ => (ErrorKind::PushFailed, None),
        },
    };
    let text = if problem.detail.is_empty() {
        &problem.title
    } else {
        &problem.detail
    };
    let text = text.trim_end_matches('.');
    let text = if text.is_empty() {
        "the server refused"
    } else {
        text
    };
    let mut error = CliError::new(kind, format!("{text} ({})", problem.code));
    error.hints.extend(hint);
    error
}

/// The innermost cause: what the system said, without the layers in between.
fn root_cause(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
