//! Presigned requests for blobs that this server keeps itself. No token is looked at: the signature
//! in the query says what is allowed.

use std::fs::File;

use hyper::StatusCode;
use muse_wire::api::MPACK_MEDIA_TYPE;
use muse_wire::problem::ProblemCode;

use super::push::staging_failed;
use crate::blobs::{BlobKey, BlobStore as _, DirectoryBlobs, StagingWriter};
use crate::failure::blocking;
use crate::http::answer::{empty, streamed};
use crate::http::content::{Content, file_pieces};
use crate::http::{Call, CallError, Response, refused};

/// `PUT /blobs/{key…}?size=…&expires=…&signature=…`: success means that exactly the named bytes are on disk.
pub(crate) async fn put(call: &mut Call) -> Result<Response, CallError> {
    let state = call.state.clone();
    let directory = served_directory(state.blobs.as_directory())?;
    let key: BlobKey = call.parsed("key")?;
    let size_bytes = directory
        .signer()
        .check_put(&key, query(call))
        .map_err(invalid_signature)?;
    let wrong_size = || {
        let detail = format!("this URL is for exactly {size_bytes} bytes");
        refused(ProblemCode::BadRequest, detail)
    };
    if call
        .body
        .announced_bytes()
        .is_some_and(|bytes| bytes != size_bytes)
    {
        return Err(wrong_size());
    }
    let mut writer = StagingWriter::create(directory.staging_dir())
        .await
        .map_err(staging_failed)?;
    while let Some(data) = call.body.next().await? {
        if writer.size_bytes() + data.len() as u64 > size_bytes {
            return Err(wrong_size());
        }
        writer.write(&data).await.map_err(staging_failed)?;
    }
    let staged = writer.finish().await.map_err(staging_failed)?;
    if staged.size_bytes != size_bytes {
        return Err(wrong_size());
    }
    if staged.key != key.mpack_key() {
        let detail = format!("the bytes hash to {}", staged.key);
        return Err(refused(ProblemCode::MpackKeyMismatch, detail));
    }
    directory.keep_upload(&key, staged).await?;
    Ok(empty(StatusCode::OK))
}

/// `GET /blobs/{key…}?expires=…&signature=…`
pub(crate) async fn get(call: &mut Call) -> Result<Response, CallError> {
    let directory = served_directory(call.state.blobs.as_directory())?;
    let key: BlobKey = call.parsed("key")?;
    directory
        .signer()
        .check_get(&key, query(call))
        .map_err(invalid_signature)?;
    let path = directory.path(&key);
    let opened = blocking(move || {
        let file = File::open(path)?;
        let size_bytes = file.metadata()?.len();
        Ok::<_, std::io::Error>((file, size_bytes))
    });
    let (file, size_bytes) = opened.await.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => refused(ProblemCode::NotFound, "the blob is gone"),
        _ => CallError::Internal(Box::new(error)),
    })?;
    let content = Content {
        name: &key.mpack_key().to_hex(),
        media_type: MPACK_MEDIA_TYPE,
        size_bytes,
        public: false,
    };
    content.answer(&call.head.headers, |range| {
        streamed(file_pieces(file, range))
    })
}

fn served_directory(directory: Option<&DirectoryBlobs>) -> Result<&DirectoryBlobs, CallError> {
    directory.ok_or_else(|| refused(ProblemCode::NotFound, "blobs are kept elsewhere"))
}

fn query(call: &Call) -> &str {
    call.head.uri.query().unwrap_or_default()
}

fn invalid_signature(error: crate::blobs::SignatureError) -> CallError {
    refused(ProblemCode::InvalidSignature, error.to_string())
}
