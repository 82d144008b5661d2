//! The address of a repository on a server: `http://HOST:PORT/OWNER/NAME`.

use std::fmt;

use muse_wire::name::{NameError, RepoName};
use url::{Host, Url};

/// Most characters of a wrong address that are shown.
const MAX_SHOWN: usize = 200;

/// A checked server address: `scheme://host[:port]`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ServerUrl(Url);

/// A checked repository address.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RemoteUrl {
    server: ServerUrl,
    repo: RepoName,
}

/// Why a text is no repository address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// It is no URL at all.
    #[error("{0:?} is not a URL")]
    Malformed(String),
    /// Neither a URL nor a path at which something is.
    #[error("{0:?} is neither a URL nor a file or directory here")]
    Neither(String),
    /// As ssh and scp name a place.
    #[error("{host}:{path} is an address for ssh, which muse does not speak")]
    Ssh {
        /// Before the colon.
        host: String,
        /// After it.
        path: String,
    },
    /// A `file` URL that names no file of this machine.
    #[error("{0:?} names no file of this machine")]
    FilePath(String),
    /// A host without a scheme.
    #[error("{0:?} has no scheme")]
    NoScheme(String),
    /// Neither `http` nor `https`.
    #[error("the URL scheme {0:?} is not supported")]
    Scheme(String),
    /// It carries a user name or a password, which would end up in the configuration and in logs.
    #[error("the URL must not carry a user name, a password or a token")]
    Credentials,
    /// The path is not `/OWNER/NAME`.
    #[error("the URL does not end in /OWNER/NAME")]
    Path,
    /// Owner or name break the rules.
    #[error(transparent)]
    Name(#[from] NameError),
}

impl ServerUrl {
    /// Checks an address; a path, such as a repository's, is left out.
    ///
    /// # Errors
    /// [`UrlError`] naming the rule that it breaks; never repeats a password.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let mut url = parse_http(text)?;
        url.set_path("/");
        Ok(Self(url))
    }

    /// The address as text: what credentials are kept for.
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// Host and port, for messages.
    pub fn host(&self) -> String {
        host_of(&self.0)
    }

    /// Whether this is the server at `HOST` or `HOST:PORT`; without a port, any port is meant.
    pub fn is_at(&self, address: &str) -> bool {
        let host = self.0.host_str().unwrap_or_default();
        let port = self.0.port_or_known_default().unwrap_or_default();
        address.eq_ignore_ascii_case(host)
            || address.eq_ignore_ascii_case(&format!("{host}:{port}"))
    }

    /// Whether it is encrypted.
    pub(super) fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// The host as the URL has it.
    pub(super) fn url_host(&self) -> Option<Host<&str>> {
        self.0.host()
    }

    /// Whether nobody on the way can read what is sent: over TLS, or on this machine.
    pub fn is_private(&self) -> bool {
        self.is_https() || self.is_loopback()
    }

    /// Whether it is on this machine.
    pub(super) fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }

    /// The URL of one of the server's endpoints.
    pub(super) fn endpoint(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(path);
        url
    }

    /// A presigned URL, which may be a path on this server.
    pub(super) fn resolve(&self, url: &str) -> Option<Url> {
        let url = self.0.join(url).ok()?;
        matches!(url.scheme(), "http" | "https").then_some(url)
    }
}

impl RemoteUrl {
    /// Checks an address.
    ///
    /// # Errors
    /// [`UrlError`] naming the rule that it breaks; never repeats a password.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let mut url = parse_http(text)?;
        let path = url.path().trim_matches('/').to_owned();
        let (owner, slug) = path.split_once('/').ok_or(UrlError::Path)?;
        if slug.contains('/') {
            return Err(UrlError::Path);
        }
        let repo = RepoName::new(owner, slug)?;
        url.set_path("/");
        Ok(Self {
            server: ServerUrl(url),
            repo,
        })
    }

    /// The server.
    pub const fn server(&self) -> &ServerUrl {
        &self.server
    }

    /// The repository on the server.
    pub const fn repo(&self) -> &RepoName {
        &self.repo
    }

    /// The URL of one of the repository's endpoints.
    pub(super) fn endpoint(&self, path: &str) -> Url {
        self.server.endpoint(&format!("{}/{path}", self.repo))
    }
}

/// Host and port of a URL, for messages.
pub(super) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// An HTTP URL without secrets, query and fragment.
fn parse_http(text: &str) -> Result<Url, UrlError> {
    let text = text.trim();
    if !text.contains("://") {
        return Err(without_scheme(text));
    }
    let url = Url::parse(text).map_err(|_| malformed(text))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(UrlError::Scheme(url.scheme().to_owned()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(UrlError::Credentials);
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(UrlError::Path);
    }
    Ok(url)
}

/// What an address without `://` may have been meant as.
fn without_scheme(text: &str) -> UrlError {
    let shown = without_secret(text);
    let is_host = |host: &str| {
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        !host.is_empty() && host.chars().all(is_allowed)
    };
    let (authority, path) = shown.split_once('/').unwrap_or((shown, ""));
    match authority.split_once(':') {
        Some((host, port)) if is_host(host) && port.parse::<u16>().is_ok() => {
            UrlError::NoScheme(shown.to_owned())
        }
        Some((host, _)) if is_host(host) => UrlError::Ssh {
            host: host.to_owned(),
            path: shown[host.len() + 1..].chars().take(MAX_SHOWN).collect(),
        },
        None if is_host(authority) && authority.contains('.') && !path.is_empty() => {
            UrlError::NoScheme(shown.to_owned())
        }
        _ => malformed(text),
    }
}

fn malformed(text: &str) -> UrlError {
    UrlError::Malformed(without_secret(text).chars().take(MAX_SHOWN).collect())
}

/// An address from the `@` on: what is before it may be a secret.
fn without_secret(text: &str) -> &str {
    text.rsplit_once('@').map_or(text, |(_, rest)| rest)
}

impl fmt::Display for RemoteUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.server.origin(), self.repo)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_origin_owner_and_name() {
        let url = RemoteUrl::parse("http://127.0.0.1:8765/ada/engine/").expect("valid");
        assert_eq!(url.to_string(), "http://127.0.0.1:8765/ada/engine");
        assert_eq!(url.server().origin(), "http://127.0.0.1:8765");
        assert_eq!(
            url.endpoint("refs").as_str(),
            "http://127.0.0.1:8765/ada/engine/refs"
        );
        let upload = url.server().resolve("/blobs/a?x=1").expect("valid");
        assert_eq!(upload.as_str(), "http://127.0.0.1:8765/blobs/a?x=1");
        let elsewhere = url
            .server()
            .resolve("https://s3.example.org/b")
            .expect("valid");
        assert_eq!(elsewhere.host_str(), Some("s3.example.org"));
        assert_eq!(url.server().resolve("file:///etc/passwd"), None);
    }

    #[test]
    fn every_other_form_is_refused() {
        let error = |text| RemoteUrl::parse(text).expect_err("refused");
        assert_eq!(error("https://u:secret@h/a/b"), UrlError::Credentials);
        assert_eq!(error("https://token@h/a/b"), UrlError::Credentials);
        assert_eq!(error("ssh://h/a/b"), UrlError::Scheme("ssh".into()));
        assert_eq!(error("https://h/a"), UrlError::Path);
        assert_eq!(error("https://h/a/b/c"), UrlError::Path);
        assert_eq!(error("https://h/a/b?x"), UrlError::Path);
        assert!(matches!(error("https://h/a/.."), UrlError::Path));
        assert!(matches!(error("https://h/a/%2e%2e%2fb"), UrlError::Name(_)));
        let ssh = |host: &str, path: &str| UrlError::Ssh {
            host: host.into(),
            path: path.into(),
        };
        assert_eq!(error("u:secret@h:a/b"), ssh("h", "a/b"), "no password");
        assert_eq!(error("git@hub.example:a/b"), ssh("hub.example", "a/b"));
        for address in ["localhost:8765", "localhost:8765/a/b", "hub.example/a/b"] {
            assert_eq!(error(address), UrlError::NoScheme(address.into()));
        }
        assert_eq!(error("../a@h"), UrlError::Malformed("h".into()));
    }
}
