//! From a location to the store that it names.

use std::path::Path;
use std::sync::Arc;

use url::Url;

use super::directory::DirectoryBlobs;
use super::error::OpenBlobsError;
use super::s3::S3Blobs;
use super::signed_url::UrlSigner;
use super::store::Blobs;

/// An open blob store.
#[derive(Debug, Clone)]
pub struct OpenBlobs {
    /// The store.
    pub store: Blobs,
    /// The same store, if this server itself answers its presigned requests.
    pub directory: Option<Arc<DirectoryBlobs>>,
}

/// Opens the store that `location` names: a directory, `file:///DIR`, or
/// `s3://BUCKET/PREFIX?endpoint=URL&region=NAME&path_style=true` with the usual `AWS_*` variables.
///
/// `signer` signs the requests that a directory store answers through this server; `staging_dir` is
/// for temporary files where blobs are not local. Below `public_url`, if there is one, everybody
/// can read the store's lasting blobs whose names they know.
///
/// # Errors
/// [`OpenBlobsError`] says what is wrong with the location.
pub fn open(
    location: &str,
    signer: UrlSigner,
    staging_dir: &Path,
    public_url: Option<&Url>,
) -> Result<OpenBlobs, OpenBlobsError> {
    let invalid = |reason: &str| OpenBlobsError::Url {
        url: location.to_owned(),
        reason: reason.to_owned(),
    };
    if !location.contains("://") {
        return open_directory(Path::new(location), signer, public_url);
    }
    let url = Url::parse(location).map_err(|error| invalid(&error.to_string()))?;
    match url.scheme() {
        "file" => {
            let path = url
                .to_file_path()
                .map_err(|()| invalid("it is not an absolute path on this machine"))?;
            open_directory(&path, signer, public_url)
        }
        "s3" => Ok(OpenBlobs {
            store: Arc::new(S3Blobs::open(&url, staging_dir)?.with_public_url(public_url)),
            directory: None,
        }),
        _ => Err(invalid("it is not a directory, file: or s3: URL")),
    }
}

fn open_directory(
    path: &Path,
    signer: UrlSigner,
    public_url: Option<&Url>,
) -> Result<OpenBlobs, OpenBlobsError> {
    let directory = DirectoryBlobs::open(path, signer)?.with_public_url(public_url);
    let directory = Arc::new(directory);
    Ok(OpenBlobs {
        store: Arc::clone(&directory) as Blobs,
        directory: Some(directory),
    })
}
