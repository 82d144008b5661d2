//! The address of a repository on a server: `http://HOST:PORT/OWNER/NAME`.

use std::fmt;

use muse_wire::name::{NameError, RepoName};
use url::Url;

/// A checked repository address.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RemoteUrl {
    origin: Url,
    repo: RepoName,
}

/// Why a text is no repository address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// It is no URL at all.
    #[error("{0:?} is not a URL")]
    Malformed(String),
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

impl RemoteUrl {
    /// Checks an address.
    ///
    /// # Errors
    /// [`UrlError`] naming the rule that it breaks; never repeats a password.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let url = Url::parse(text.trim()).map_err(|_| {
            // What stands before an `@` may be a secret.
            let shown = text.rsplit_once('@').map_or(text, |(_, rest)| rest);
            UrlError::Malformed(shown.chars().take(200).collect())
        })?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(UrlError::Scheme(url.scheme().to_owned()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlError::Credentials);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(UrlError::Path);
        }
        let path = url.path().trim_matches('/').to_owned();
        let (owner, slug) = path.split_once('/').ok_or(UrlError::Path)?;
        if slug.contains('/') {
            return Err(UrlError::Path);
        }
        let repo = RepoName::new(owner, slug)?;
        let mut origin = url;
        origin.set_path("/");
        Ok(Self { origin, repo })
    }

    /// The server, as `scheme://host[:port]`: what credentials are kept for.
    pub fn origin(&self) -> String {
        self.origin.origin().ascii_serialization()
    }

    /// Host and port, for messages.
    pub fn host(&self) -> String {
        let host = self.origin.host_str().unwrap_or_default();
        match self.origin.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// The repository on the server.
    pub const fn repo(&self) -> &RepoName {
        &self.repo
    }

    /// The URL of one of the repository's calls.
    pub(super) fn call(&self, path: &str) -> Url {
        self.server_call(&format!("{}/{path}", self.repo))
    }

    /// The URL of one of the server's calls.
    pub(super) fn server_call(&self, path: &str) -> Url {
        let mut url = self.origin.clone();
        url.set_path(path);
        url
    }

    /// A presigned URL, which may be a path on this server.
    pub(super) fn resolve(&self, url: &str) -> Option<Url> {
        let url = self.origin.join(url).ok()?;
        matches!(url.scheme(), "http" | "https").then_some(url)
    }
}

impl fmt::Display for RemoteUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.origin(), self.repo)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_origin_owner_and_name() {
        let url = RemoteUrl::parse("http://127.0.0.1:8765/ada/engine/").expect("valid");
        assert_eq!(url.to_string(), "http://127.0.0.1:8765/ada/engine");
        assert_eq!(url.origin(), "http://127.0.0.1:8765");
        assert_eq!(
            url.call("refs").as_str(),
            "http://127.0.0.1:8765/ada/engine/refs"
        );
        let upload = url.resolve("/blobs/a?x=1").expect("valid");
        assert_eq!(upload.as_str(), "http://127.0.0.1:8765/blobs/a?x=1");
        let elsewhere = url.resolve("https://s3.example.org/b").expect("valid");
        assert_eq!(elsewhere.host_str(), Some("s3.example.org"));
        assert_eq!(url.resolve("file:///etc/passwd"), None);
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
        assert_eq!(
            error("u:secret@h:a/b"),
            UrlError::Scheme("u".into()),
            "no password in the message"
        );
        assert_eq!(error("../a@h"), UrlError::Malformed("h".into()));
    }
}
