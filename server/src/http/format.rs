//! The two formats of control bodies, and which one a request asks for.

use headers::{ContentType, HeaderMap, HeaderMapExt as _};
use hyper::header;
use muse_wire::api::{JSON_MEDIA_TYPE, MSGPACK_MEDIA_TYPE, from_msgpack};
use muse_wire::problem::ProblemCode;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// A format of control bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// MessagePack with named fields, the default.
    MessagePack,
    /// JSON, for people and scripts.
    Json,
}

/// Whether a body with these headers is of this media type, whatever its parameters; a body of
/// which they say nothing is.
pub(super) fn is_body_of(headers: &HeaderMap, media_type: &str) -> bool {
    match headers.typed_try_get::<ContentType>() {
        Ok(None) => true,
        Ok(Some(found)) => essence(&found.to_string()).eq_ignore_ascii_case(media_type),
        Err(_) => false,
    }
}

/// A media type without its parameters.
fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}

impl Format {
    /// The format of a body with these headers; `None` for an unsupported one.
    pub(super) fn of_body(headers: &HeaderMap) -> Option<Self> {
        match headers.typed_try_get::<ContentType>() {
            Ok(None) => Some(Self::MessagePack),
            Ok(Some(media_type)) => Self::named(&media_type.to_string()),
            Err(_) => None,
        }
    }

    /// The format in which a client with these headers wants its answer: the first that it accepts,
    /// else the one that it sent.
    pub(crate) fn wanted(headers: &HeaderMap) -> Self {
        let accepted = headers.get_all(header::ACCEPT).iter();
        accepted
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .find_map(Self::named)
            .or_else(|| Self::of_body(headers))
            .unwrap_or(Self::MessagePack)
    }

    /// The format of this media type, whatever its parameters.
    fn named(media_type: &str) -> Option<Self> {
        let name = essence(media_type);
        if name.eq_ignore_ascii_case(MSGPACK_MEDIA_TYPE) {
            Some(Self::MessagePack)
        } else if name.eq_ignore_ascii_case(JSON_MEDIA_TYPE) {
            Some(Self::Json)
        } else {
            None
        }
    }

    /// The media type that is sent with it.
    pub(super) const fn media_type(self) -> &'static str {
        match self {
            Self::MessagePack => MSGPACK_MEDIA_TYPE,
            Self::Json => JSON_MEDIA_TYPE,
        }
    }

    /// Encodes a control body.
    pub(crate) fn encode(self, body: &impl Serialize) -> Vec<u8> {
        match self {
            Self::MessagePack => {
                rmp_serde::to_vec_named(body).expect("API bodies always encode into memory")
            }
            Self::Json => serde_json::to_vec(body).expect("API bodies always encode into memory"),
        }
    }

    /// Decodes a control body, which must be one value and nothing more.
    ///
    /// # Errors
    /// [`Error::Problem`] says what is wrong with it.
    pub(crate) fn decode<T: DeserializeOwned>(self, body: &[u8]) -> Result<T> {
        let decoded = match self {
            Self::Json => serde_json::from_slice(body).map_err(|error| error.to_string()),
            Self::MessagePack => from_msgpack(body).map_err(|error| error.to_string()),
        };
        decoded.map_err(|reason| {
            let detail = format!("the body cannot be read: {reason}");
            Error::problem(ProblemCode::BadRequest, detail)
        })
    }
}

#[cfg(test)]
mod tests {
    use hyper::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue};
    use muse_wire::api::MPACK_MEDIA_TYPE;
    use muse_wire::api::refs::NegotiateRequest;

    use super::*;

    fn headers(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn the_answer_has_the_format_that_is_asked_for() {
        for (sent, expected) in [
            (vec![], Format::MessagePack),
            (vec![(ACCEPT, "*/*")], Format::MessagePack),
            (vec![(ACCEPT, "application/json")], Format::Json),
            (
                vec![(ACCEPT, "text/html, Application/JSON;q=0.9")],
                Format::Json,
            ),
            (
                vec![(CONTENT_TYPE, "application/json; charset=utf-8")],
                Format::Json,
            ),
            (
                vec![
                    (CONTENT_TYPE, "application/json"),
                    (ACCEPT, "application/msgpack"),
                ],
                Format::MessagePack,
            ),
        ] {
            assert_eq!(Format::wanted(&headers(&sent)), expected, "{sent:?}");
        }
    }

    #[test]
    fn bodies_of_other_formats_are_not_read() {
        for other in ["application/x-www-form-urlencoded", "json", ""] {
            let sent = headers(&[(CONTENT_TYPE, other)]);
            assert_eq!(Format::of_body(&sent), None, "{other:?}");
        }
    }

    #[test]
    fn a_body_of_bytes_has_one_media_type() {
        for (sent, expected) in [
            (vec![], true),
            (vec![(CONTENT_TYPE, "application/vnd.muse.mpack")], true),
            (
                vec![(CONTENT_TYPE, "Application/vnd.muse.mpack; a=b")],
                true,
            ),
            (vec![(CONTENT_TYPE, "application/vnd.muse.mpack2")], false),
            (vec![(CONTENT_TYPE, "application/octet-stream")], false),
            (vec![(CONTENT_TYPE, "mpack")], false),
        ] {
            let is_mpack = is_body_of(&headers(&sent), MPACK_MEDIA_TYPE);
            assert_eq!(is_mpack, expected, "{sent:?}");
        }
    }

    fn detail(body: &[u8], format: Format) -> String {
        match format.decode::<NegotiateRequest>(body) {
            Err(Error::Problem(problem)) => problem.detail,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_body_is_one_value() {
        let request = NegotiateRequest {
            commits: vec![],
            refs: vec![],
        };
        let mut packed = rmp_serde::to_vec_named(&request).expect("encodes");
        let decoded: NegotiateRequest = Format::MessagePack.decode(&packed).expect("decodes");
        assert_eq!(decoded, request);
        packed.push(0xc0);
        assert!(detail(&packed, Format::MessagePack).contains("after the value"));
        assert!(detail(b"{} {}", Format::Json).contains("cannot be read"));
    }

    #[test]
    fn hostile_lengths_and_depths_are_errors() {
        // An array of four billion entries, a string of four gigabytes, a hundred thousand nested
        // arrays.
        let mut array = vec![0x81, 0xa7];
        array.extend_from_slice(b"commits");
        array.extend_from_slice(&[0xdd, 0xff, 0xff, 0xff, 0xff]);
        detail(&array, Format::MessagePack);
        detail(&[0xdb, 0xff, 0xff, 0xff, 0xff], Format::MessagePack);
        detail(&[0x91; 100_000], Format::MessagePack);
        detail("[".repeat(100_000).as_bytes(), Format::Json);
        detail(b"", Format::MessagePack);
    }
}
