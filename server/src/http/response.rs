//! Answers, with a body in memory or one that is produced while it is sent.

use std::io;

use bytes::Bytes;
use futures::{Stream, TryStreamExt as _};
use headers::{CacheControl, ETag, HeaderMapExt as _, Vary};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::Frame;
use hyper::header::{self, HeaderValue};
use hyper::{StatusCode, http};

/// What handlers answer with.
pub(crate) type Response = http::Response<Body>;
/// An answer's body.
pub(crate) type Body = UnsyncBoxBody<Bytes, io::Error>;

/// An answer of these bytes, which caches must not keep.
pub(crate) fn bytes(status: StatusCode, media_type: &'static str, body: Vec<u8>) -> Response {
    let mut response = Response::new(full(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.typed_insert(CacheControl::new().with_no_store());
    response
}

/// An answer that caches may keep, and ask about by its entity tag before they use it.
pub(crate) fn revalidated(mut response: Response, tag: ETag) -> Response {
    let headers = response.headers_mut();
    headers.typed_insert(CacheControl::new().with_private().with_no_cache());
    headers.typed_insert(Vary::from(header::ACCEPT));
    headers.typed_insert(tag);
    response
}

/// The answer to a client that has what it asks for already.
pub(crate) fn not_modified(tag: ETag) -> Response {
    revalidated(empty(StatusCode::NOT_MODIFIED), tag)
}

/// An answer without a body.
pub(crate) fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(full(Vec::new()));
    *response.status_mut() = status;
    response
}

/// A body that is produced while it is sent.
pub(crate) fn streamed(pieces: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Body {
    StreamBody::new(pieces.map_ok(Frame::data)).boxed_unsync()
}

fn full(body: Vec<u8>) -> Body {
    Full::new(Bytes::from(body))
        .map_err(|never| match never {})
        .boxed_unsync()
}
