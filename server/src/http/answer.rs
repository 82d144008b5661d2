//! Answers: control bodies as MessagePack or JSON, and streams of bytes.

use std::io;

use bytes::Bytes;
use futures::{Stream, TryStreamExt as _};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::Frame;
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{StatusCode, http};
use muse_wire::api::{JSON_MEDIA_TYPE, MSGPACK_MEDIA_TYPE};
use serde::Serialize;

/// What routes answer with.
pub(crate) type Response = http::Response<Body>;
/// An answer's body.
pub(crate) type Body = UnsyncBoxBody<Bytes, io::Error>;

/// The forms of a control body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Media {
    /// MessagePack with named fields, the default.
    MessagePack,
    /// JSON, for people and scripts.
    Json,
}

impl Media {
    /// The form of a body with these headers; `None` for one that is neither.
    pub(crate) fn of_body(headers: &HeaderMap) -> Option<Self> {
        match headers.get(header::CONTENT_TYPE) {
            None => Some(Self::MessagePack),
            Some(value) => Self::named(value.to_str().ok()?),
        }
    }

    /// The form in which a client with these headers wants its answer: the first that it accepts, else
    /// the one that it sent.
    pub(crate) fn wanted(headers: &HeaderMap) -> Self {
        let accepted = headers.get_all(header::ACCEPT).iter();
        accepted
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .find_map(Self::named)
            .or_else(|| Self::of_body(headers))
            .unwrap_or(Self::MessagePack)
    }

    fn named(text: &str) -> Option<Self> {
        let name = text.split(';').next().unwrap_or_default().trim();
        if name.eq_ignore_ascii_case(MSGPACK_MEDIA_TYPE) {
            Some(Self::MessagePack)
        } else if name.eq_ignore_ascii_case(JSON_MEDIA_TYPE) {
            Some(Self::Json)
        } else {
            None
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::MessagePack => MSGPACK_MEDIA_TYPE,
            Self::Json => JSON_MEDIA_TYPE,
        }
    }

    /// An answer with this control body.
    pub(crate) fn answer(self, status: StatusCode, body: &impl Serialize) -> Response {
        let encoded = match self {
            Self::MessagePack => {
                rmp_serde::to_vec_named(body).expect("API bodies always encode into memory")
            }
            Self::Json => serde_json::to_vec(body).expect("API bodies always encode into memory"),
        };
        with_type(status, self.as_str(), encoded)
    }
}

/// An answer of these bytes, not to be kept by caches.
pub(crate) fn with_type(status: StatusCode, media_type: &'static str, body: Vec<u8>) -> Response {
    let mut response = Response::new(full(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// An answer with nothing in it.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(header::HeaderName, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn the_answer_takes_the_form_that_is_asked_for() {
        use header::{ACCEPT, CONTENT_TYPE};
        for (sent, expected) in [
            (vec![], Media::MessagePack),
            (vec![(ACCEPT, "*/*")], Media::MessagePack),
            (vec![(ACCEPT, "application/json")], Media::Json),
            (
                vec![(ACCEPT, "text/html, Application/JSON;q=0.9")],
                Media::Json,
            ),
            (
                vec![(CONTENT_TYPE, "application/json; charset=utf-8")],
                Media::Json,
            ),
            (
                vec![
                    (CONTENT_TYPE, "application/json"),
                    (ACCEPT, "application/msgpack"),
                ],
                Media::MessagePack,
            ),
        ] {
            assert_eq!(Media::wanted(&headers(&sent)), expected, "{sent:?}");
        }
    }

    #[test]
    fn other_forms_of_body_are_not_read() {
        let form = [(header::CONTENT_TYPE, "application/x-www-form-urlencoded")];
        assert_eq!(Media::of_body(&headers(&form)), None);
    }
}
