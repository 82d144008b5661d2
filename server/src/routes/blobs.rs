//! Presigned requests for blobs that this server keeps itself. They need no token: the signature in
//! the query says what is allowed.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::sync::Arc;

use hyper::StatusCode;
use muse_wire::api::MPACK_MEDIA_TYPE;
use muse_wire::problem::ProblemCode;

use crate::blobs::{BlobKey, BlobStore as _, DirectoryBlobs, SignatureError, StagingWriter};
use crate::blocking::run_blocking;
use crate::error::{Error, Result};
use crate::http::content::Content;
use crate::http::file::file_pieces;
use crate::http::response::{empty, streamed};
use crate::http::{Request, Response};

pub(super) struct BlobRoutes {
    /// None where blobs are kept elsewhere.
    pub(super) directory: Option<Arc<DirectoryBlobs>>,
}

impl BlobRoutes {
    /// `PUT /blobs/{key…}?size=…&expires=…&signature=…`: success means that exactly the named bytes
    /// are on disk.
    pub(super) async fn put(&self, request: &mut Request) -> Result<Response> {
        let directory = self.directory()?;
        let key: BlobKey = request.parsed("key")?;
        let size_bytes = directory
            .signer()
            .check_put(&key, request.query())
            .map_err(signature_error)?;
        let wrong_size = || {
            let detail = format!("this URL is for exactly {size_bytes} bytes");
            Error::problem(ProblemCode::BadRequest, detail)
        };
        let announced = request.body.announced_bytes();
        if announced.is_some_and(|bytes| bytes != size_bytes) {
            return Err(wrong_size());
        }
        let mut writer = StagingWriter::create(directory.staging_dir())
            .await
            .map_err(upload_error)?;
        loop {
            let data = request.body.fill().await?;
            let count = data.len();
            if count == 0 {
                break;
            }
            if writer.size_bytes() + count as u64 > size_bytes {
                return Err(wrong_size());
            }
            writer.write(data).await.map_err(upload_error)?;
            request.body.consume(count);
        }
        let staged = writer.finish().await.map_err(upload_error)?;
        if staged.size_bytes != size_bytes {
            return Err(wrong_size());
        }
        if staged.key.as_bytes() != key.digest() {
            let detail = format!("the bytes hash to {}", staged.key);
            return Err(Error::problem(ProblemCode::MpackKeyMismatch, detail));
        }
        directory.keep_upload(&key, staged).await?;
        Ok(empty(StatusCode::OK))
    }

    /// `GET /blobs/{key…}?expires=…&signature=…`
    pub(super) async fn get(&self, request: &mut Request) -> Result<Response> {
        let directory = self.directory()?;
        let key: BlobKey = request.parsed("key")?;
        directory
            .signer()
            .check_get(&key, request.query())
            .map_err(signature_error)?;
        let path = directory.path(&key);
        let opened = run_blocking(move || {
            let file = File::open(path)?;
            let size_bytes = file.metadata()?.len();
            Ok::<_, io::Error>((file, size_bytes))
        });
        let (file, size_bytes) = opened.await.map_err(|error| match error.kind() {
            ErrorKind::NotFound => Error::problem(ProblemCode::NotFound, "the blob is gone"),
            _ => Error::internal("opening a blob", error),
        })?;
        let content = Content {
            name: &key.mpack_key().to_hex(),
            media_type: MPACK_MEDIA_TYPE,
            size_bytes,
            public: false,
        };
        let read = async |range| Ok(streamed(file_pieces(file, range)));
        content.answer(&request.head, read).await
    }

    fn directory(&self) -> Result<&DirectoryBlobs> {
        let directory = self.directory.as_deref();
        directory.ok_or_else(|| Error::problem(ProblemCode::NotFound, "blobs are kept elsewhere"))
    }
}

fn signature_error(error: SignatureError) -> Error {
    Error::problem(ProblemCode::InvalidSignature, error.to_string())
}

fn upload_error(error: io::Error) -> Error {
    Error::internal("receiving an upload", error)
}
