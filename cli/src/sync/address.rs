//! Where a remote is: on a server, or a file or directory of this machine.

use std::fmt;
use std::path::{Path, PathBuf};

use url::Url;

use crate::transport::{RemoteUrl, UrlError};

/// Where a remote is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RemoteAddress {
    /// A repository on a server.
    Server(RemoteUrl),
    /// A repository's directory, or a bundle; absolute.
    Path(PathBuf),
}

impl RemoteAddress {
    /// The address that a text stands for. A path is one that begins like a path, a `file` URL, or
    /// what is there in `directory`.
    ///
    /// # Errors
    /// [`UrlError`] where it is none.
    pub fn parse(text: &str, directory: &Path) -> Result<Self, UrlError> {
        let is_url = text.contains("://");
        if is_url && text.starts_with("file:") {
            let path = Url::parse(text)
                .ok()
                .and_then(|url| url.to_file_path().ok());
            return match path {
                Some(path) => Ok(Self::Path(path)),
                None => Err(UrlError::FilePath(text.to_owned())),
            };
        }
        let begins_like_path = ["/", "./", "../"]
            .iter()
            .any(|start| text.starts_with(start))
            || [".", ".."].contains(&text);
        if !is_url && !text.is_empty() && (begins_like_path || directory.join(text).exists()) {
            let path = directory.join(text);
            let absolute = path.canonicalize().or_else(|_| std::path::absolute(&path));
            return Ok(Self::Path(absolute.unwrap_or(path)));
        }
        RemoteUrl::parse(text)
            .map(Self::Server)
            .map_err(|error| match error {
                UrlError::Malformed(shown) => UrlError::Neither(shown),
                error => error,
            })
    }

    /// The directory that a clone is given unless another is named.
    pub fn directory_name(&self) -> Option<PathBuf> {
        match self {
            Self::Server(url) => Some(PathBuf::from(url.repo().slug())),
            Self::Path(path) => path.file_stem().map(PathBuf::from),
        }
    }
}

impl fmt::Display for RemoteAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server(url) => url.fmt(f),
            Self::Path(path) => path.display().fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_told_from_urls() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let root = directory.path().canonicalize().expect("there");
        std::fs::write(root.join("a.bundle"), "").expect("writable");
        let parse = |text: &str| RemoteAddress::parse(text, &root);
        let path = |path: &Path| Ok(RemoteAddress::Path(path.to_owned()));
        assert_eq!(parse("a.bundle"), path(&root.join("a.bundle")));
        assert_eq!(parse("./b"), path(&root.join("b")));
        assert_eq!(parse("."), path(&root));
        assert_eq!(parse("/x/y"), path(Path::new("/x/y")));
        assert_eq!(parse("file:///x/y%20z"), path(Path::new("/x/y z")));
        assert!(matches!(parse("file://host/x"), Err(UrlError::FilePath(_))));
        assert!(matches!(parse("b"), Err(UrlError::Neither(_))));
        let server = parse("https://hub.example/ada/engine").expect("a URL");
        assert!(matches!(server, RemoteAddress::Server(_)));
        let names = [server, RemoteAddress::Path("/x/engine.bundle".into())];
        for address in names {
            assert_eq!(address.directory_name(), Some("engine".into()));
        }
    }
}
