//! The blob store: where mpacks lie, in a local directory or in S3.
//!
//! Blobs are named by [`BlobKey`], written once and never changed. Whoever holds a presigned
//! request may make that one request, without a token, until it expires. Nothing here knows the
//! database.

#[cfg(any(test, feature = "testing"))]
pub mod conformance;
mod directory;
mod error;
mod key;
mod open;
mod probe;
mod s3;
mod signed_url;
mod staging;
mod store;

pub use directory::DirectoryBlobs;
pub use error::{BlobError, OpenBlobsError};
pub use key::{BlobArea, BlobKey, ParseBlobKeyError};
pub use open::{OpenBlobs, open};
pub(crate) use probe::probe;
pub use s3::S3Blobs;
pub(crate) use signed_url::SignatureError;
pub use signed_url::{BLOBS_PATH, UrlSigner};
pub use staging::{StagedFile, StagingWriter};
pub use store::{BlobEntry, BlobStore, Blobs};
