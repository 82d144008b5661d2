//! What is in the work tree and cannot be in a snapshot.

use muse_wire::path::PathError;
use muse_wire::quote::{quote, quote_bytes};

use super::absolute_path::{MAX_ABSOLUTE_PATH_BYTES, too_long_here};

/// Most characters that are shown of a path that is too long.
const SHOWN_CHARACTERS: usize = 200;

/// A file or directory that no snapshot can hold, or that cannot be read where it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unrecordable {
    /// The path breaks a rule of the format.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The path, given by its bytes, is not UTF-8.
    #[error("the path {} is not allowed: it is not UTF-8", quote_bytes(.0))]
    NotUtf8(Vec<u8>),
    /// The system opens no path of this length.
    #[error(
        "the path {}, with that of the work tree before it, has {absolute_bytes} bytes; the system \
         opens at most {MAX_ABSOLUTE_PATH_BYTES}",
        shorten(.path)
    )]
    TooLong {
        /// From the root of the work tree; a directory's ends in a slash.
        path: String,
        /// Bytes from the root of the file system.
        absolute_bytes: usize,
    },
}

impl Unrecordable {
    /// The stable name of the reason, for programs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Path(_) => "not_allowed",
            Self::NotUtf8(_) => "not_utf8",
            Self::TooLong { .. } => "too_long",
        }
    }

    /// Why it cannot be recorded, without the path.
    pub fn reason(&self) -> String {
        match self {
            Self::Path(error) => error.reason.to_owned(),
            Self::NotUtf8(_) => "it is not UTF-8".to_owned(),
            Self::TooLong { absolute_bytes, .. } => too_long_here(*absolute_bytes),
        }
    }

    /// The path as it is printed where it is called `path`: quoted where bytes need it, and
    /// shortened where it is very long.
    pub fn shown_as(&self, path: &[u8]) -> String {
        match self {
            Self::TooLong { .. } => shorten(&String::from_utf8_lossy(path)),
            _ => quote_bytes(path).into_owned(),
        }
    }

    /// The path's bytes, as far as they are kept.
    pub fn path(&self) -> &[u8] {
        match self {
            Self::Path(error) => error.path.as_bytes(),
            Self::NotUtf8(path) => path,
            Self::TooLong { path, .. } => path.as_bytes(),
        }
    }
}

/// The start of a path, quoted.
fn shorten(path: &str) -> String {
    match path.char_indices().nth(SHOWN_CHARACTERS) {
        Some((end, _)) => format!("{}…", quote(&path[..end])),
        None => quote(path).into_owned(),
    }
}
