//! Failed calls to a server.

use std::error::Error;
use std::io;

use muse_wire::problem::{Problem, ProblemCode};
use muse_wire::quote::quote_path;

use super::{Explain, Login, explain_withheld};
use crate::transport::{TransportError, UrlError};
use crate::ui::error::{CliError, ErrorKind};
use crate::ui::escape::one_line;

const RUN_AGAIN: &str = "run the command again";

impl Explain for TransportError {
    fn explain(self, login: Option<Login<'_>>) -> CliError {
        let message = one_line(&self.to_string()).into_owned();
        let network = |message| CliError::new(ErrorKind::Network, message);
        match self {
            Self::Url(error) => error.into(),
            Self::Problem {
                problem,
                request_id,
                ..
            } => {
                let error = explain_problem(&problem, login, ErrorKind::Failed);
                with_request(error, &problem, request_id)
            }
            Self::LocalFile { path, source } if source.kind() == io::ErrorKind::StorageFull => {
                let message = format!("no space left for {}", quote_path(&path));
                CliError::io(message, source)
                    .with_hint("free some space, then run the command again")
            }
            Self::LocalFile { source, .. } | Self::Threads(source) => CliError::io(message, source),
            Self::Setup(source) => CliError::failed(message).with_source(root_cause(&source)),
            Self::PlainHttp { host } => network(message).with_hint(format!(
                "its address begins with http://{host}; what you send can be read on the way"
            )),
            Self::Tls { host } => {
                network(message).with_hint(format!("its address begins with https://{host}"))
            }
            Self::Unreachable { source, .. } => network(message)
                .with_source(root_cause(&source))
                .with_hint("check the address, and that the server runs"),
            Self::Cut { source, .. } => network(message)
                .with_source(root_cause(&source))
                .with_hint(RUN_AGAIN),
            Self::Short { .. } | Self::TimedOut { .. } | Self::TooSlow { .. } => {
                network(message).with_hint(RUN_AGAIN)
            }
            Self::RefsKeepMoving { .. } => {
                network(message).with_hint("run the command again in a moment")
            }
            Self::NotTheProtocol { .. } => network(message).with_hint(
                "a proxy or another program answers there; check the address and the proxy \
                 settings",
            ),
            Self::Redirected { .. } => network(message).with_hint(
                "redirects are not followed, because the token would be sent there; \
                 if the new address is right: `muse remote set-url NAME URL`",
            ),
            Self::StorageRefused { .. } => network(message)
                .with_hint("run the command again; if it fails again, tell the server's operator"),
            Self::UnsafeStorage { .. } => CliError::failed(message)
                .with_hint("tell the server's operator: clients cannot be sent there"),
            Self::BadToken => CliError::new(ErrorKind::Denied, message)
                .with_hint("check MUSE_TOKEN, or log in again with `muse auth login`"),
            Self::BadAnswer { .. } => CliError::failed(message)
                .with_hint("client and server may be of different versions: `muse --version`"),
        }
    }
}

/// The error, with what the server's log calls the request where the server itself has failed.
pub(super) fn with_request(
    error: CliError,
    problem: &Problem,
    request_id: Option<Box<str>>,
) -> CliError {
    match request_id {
        Some(id) if problem.status >= 500 => {
            error.with_hint(format!("the server's operator finds this request as {id}"))
        }
        _ => error,
    }
}

impl From<UrlError> for CliError {
    fn from(error: UrlError) -> Self {
        let hint = match &error {
            UrlError::Credentials => {
                "log in with `muse auth login URL`, or set MUSE_TOKEN".to_owned()
            }
            UrlError::Neither(_) => {
                "an address looks like https://HOST/OWNER/NAME, or is the path \
                                     of a repository or a bundle"
                    .to_owned()
            }
            UrlError::Ssh { host, path } => format!("try https://{host}/{path}"),
            UrlError::NoScheme(address) => {
                format!("try https://{address}, or http://{address} for a server without TLS")
            }
            _ => "an address looks like https://HOST/OWNER/NAME".to_owned(),
        };
        Self::usage(error.to_string()).with_hint(hint)
    }
}

/// What the server's reason means. `refused` is the kind where it refuses the request itself.
pub(super) fn explain_problem(
    problem: &Problem,
    login: Option<Login<'_>>,
    refused: ErrorKind,
) -> CliError {
    use ProblemCode as Code;
    let has_token = login.is_some_and(|login| login.has_token);
    let withheld = login.and_then(|login| Some(explain_withheld(login.withheld?, login.server)));
    let login = login.map_or_else(
        || "`muse auth login URL`".to_owned(),
        |login| format!("`muse auth login {}`", login.server.origin()),
    );
    let (kind, hint) = match problem.known_code() {
        Some(Code::Unauthorized) if has_token => (
            ErrorKind::Denied,
            Some(format!(
                "the server does not accept this token: check MUSE_TOKEN, or {login}"
            )),
        ),
        Some(Code::Unauthorized) => (
            ErrorKind::Denied,
            withheld.or_else(|| Some(format!("log in with {login}, or set MUSE_TOKEN"))),
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
            Some(withheld.unwrap_or_else(|| {
                format!("check the address; a private repository shows only after {login}")
            })),
        ),
        Some(Code::NonFastForward | Code::StaleRef) => (
            ErrorKind::Rejected,
            Some("fetch first: `muse pull`, then push again".to_owned()),
        ),
        Some(Code::ProtectedBranch) => (
            ErrorKind::Denied,
            Some("push to another branch; whoever runs the server can lift this".to_owned()),
        ),
        Some(Code::DefaultBranch) => (
            ErrorKind::Usage,
            Some("clones start on it; `--yes` deletes it nevertheless".to_owned()),
        ),
        // The server's own words say what to do.
        Some(Code::Unavailable) if !problem.detail.is_empty() => (ErrorKind::Network, None),
        Some(Code::Unavailable) => (
            ErrorKind::Network,
            Some("run the command again in a moment".to_owned()),
        ),
        Some(Code::TooManyRequests) => (
            ErrorKind::Network,
            Some("wait a little, then run the command again".to_owned()),
        ),
        Some(Code::QuotaExceeded) => (
            refused,
            Some("the day begins anew at midnight UTC".to_owned()),
        ),
        Some(Code::Internal) => (ErrorKind::Network, None),
        Some(Code::MissingDependency) => (
            refused,
            Some("the server's history has changed: `muse fetch`, then push again".to_owned()),
        ),
        Some(Code::SignatureRequired) => (
            refused,
            Some(
                "`muse commit -S` signs; where a branch takes only registered keys, `muse auth key \
                 add` registers yours"
                    .to_owned(),
            ),
        ),
        Some(Code::TooManyKeys) => (
            refused,
            Some("`muse auth key list` lists them, `muse auth key remove` removes one".to_owned()),
        ),
        Some(Code::MpackTooLarge | Code::PushTooLarge) => (
            refused,
            Some("push an older commit first: `muse push REMOTE COMMIT:BRANCH`".to_owned()),
        ),
        _ => match problem.status {
            401 | 403 => (ErrorKind::Denied, None),
            404 => (ErrorKind::NotFound, None),
            429 | 500.. => (ErrorKind::Network, None),
            _ => (refused, None),
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
    let who = match problem.known_code() {
        Some(Code::Unavailable) => "the server cannot work at the moment: ",
        _ => "",
    };
    let text = format!("{who}{text} ({})", problem.code);
    let mut error = CliError::new(kind, one_line(&text));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_cannot_work_is_what_fails() {
        let explained = |detail: &str| {
            let problem = Problem::new(ProblemCode::Unavailable, detail);
            explain_problem(&problem, None, ErrorKind::Failed)
        };
        let error = explained("try again in a moment");
        assert_eq!(
            error.render(),
            "error: the server cannot work at the moment: try again in a moment (unavailable)\n"
        );
        assert_eq!(explained("").hints, ["run the command again in a moment"]);
    }

    #[test]
    fn a_full_disk_is_named() {
        let error = TransportError::LocalFile {
            path: "/disk/x.part".into(),
            source: io::ErrorKind::StorageFull.into(),
        };
        let error = error.explain(None);
        assert_eq!(error.kind, ErrorKind::CannotWrite);
        assert_eq!(error.message, "no space left for /disk/x.part");
    }
}
