//! Answers with content that never changes under its name: entity tags, ranges, and caching for
//! ever.

use std::ops::Range;
use std::time::Duration;

use headers::{
    AcceptRanges, CacheControl, ContentLength, ContentRange, ETag, HeaderMapExt as _, IfNoneMatch,
    IfRange,
};
use http_range_header::RangeUnsatisfiableError::ZeroSuffix;
use http_range_header::{EndPosition, StartPosition, parse_range_header};
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, StatusCode};
use muse_wire::problem::ProblemCode;

use super::problem::error_response;
use super::response::{Body, Response, empty};
use crate::error::{Error, Result};

/// A year, which to HTTP caches means for ever.
const MAX_AGE: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Content that never changes under its name.
#[derive(Debug)]
pub(crate) struct Content<'a> {
    /// Its name, which is its entity tag, too.
    pub(crate) name: &'a str,
    /// Media type.
    pub(crate) media_type: &'static str,
    /// Its size in bytes.
    pub(crate) size_bytes: u64,
    /// Whether shared caches may keep it.
    pub(crate) public: bool,
}

impl Content<'_> {
    /// Answers a request for the content, or for a single range of it; `body` gives a range's
    /// bytes.
    ///
    /// # Errors
    /// Whatever `body` gives.
    pub(crate) async fn answer(
        &self,
        request: &Parts,
        body: impl AsyncFnOnce(Range<u64>) -> Result<Body>,
    ) -> Result<Response> {
        let method = &request.method;
        let request = &request.headers;
        let etag: ETag = format!("\"{}\"", self.name)
            .parse()
            .expect("names of content are hexadecimal");
        let known = request.typed_get::<IfNoneMatch>();
        if known.is_some_and(|known| !known.precondition_passes(&etag)) {
            let mut response = empty(StatusCode::NOT_MODIFIED);
            self.describe(response.headers_mut(), etag);
            return Ok(response);
        }
        // A client that has a part of other content cannot continue it with a range of this one.
        let is_same = match request.typed_try_get::<IfRange>() {
            Ok(condition) => condition.is_none_or(|known| !known.is_modified(Some(&etag), None)),
            Err(_) => false,
        };
        let range = match request.get(header::RANGE) {
            // Ranges are for GET alone.
            Some(value) if is_same && method == Method::GET => self.requested_range(value),
            _ => None,
        };
        if range.as_ref().is_some_and(Range::is_empty) {
            return Ok(self.outside());
        }
        let sent = range.clone().unwrap_or(0..self.size_bytes);
        let mut response = Response::new(body(sent.clone()).await?);
        let headers = response.headers_mut();
        self.describe(headers, etag);
        headers.typed_insert(ContentLength(sent.end - sent.start));
        if range.is_some() {
            let described = ContentRange::bytes(sent, self.size_bytes);
            headers.typed_insert(described.expect("the range lies inside the content"));
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        }
        Ok(response)
    }

    /// The answer where the range lies outside.
    fn outside(&self) -> Response {
        let size = self.size_bytes;
        let detail = format!("there are {size} bytes");
        let mut response = error_response(Error::problem(ProblemCode::RangeNotSatisfiable, detail));
        let headers = response.headers_mut();
        headers.typed_insert(ContentRange::unsatisfied_bytes(size));
        response
    }

    fn describe(&self, headers: &mut HeaderMap, etag: ETag) {
        let caching = CacheControl::new().with_max_age(MAX_AGE).with_immutable();
        headers.typed_insert(if self.public {
            caching.with_public()
        } else {
            caching.with_private()
        });
        headers.typed_insert(etag);
        headers.typed_insert(AcceptRanges::bytes());
        for (name, value) in [
            (header::CONTENT_TYPE, self.media_type),
            // A user uploaded these bytes: no browser may take them for a page of this server.
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (
                header::CONTENT_SECURITY_POLICY,
                "sandbox; default-src 'none'",
            ),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }

    /// The single range that a `Range` header asks for, empty where it lies outside; `None` where
    /// the header is to be ignored.
    fn requested_range(&self, value: &HeaderValue) -> Option<Range<u64>> {
        let size = self.size_bytes;
        let range = match value.to_str().map(parse_range_header) {
            Ok(Ok(parsed)) => match parsed.ranges[..] {
                [range] => match (range.start, range.end) {
                    (StartPosition::FromLast(count), _) => size.saturating_sub(count)..size,
                    (StartPosition::Index(first), EndPosition::LastByte) => first..size,
                    (StartPosition::Index(first), EndPosition::Index(last)) if first <= last => {
                        first..last.saturating_add(1).min(size)
                    }
                    (StartPosition::Index(_), EndPosition::Index(_)) => return None,
                },
                _ => return None,
            },
            Ok(Err(ZeroSuffix)) => size..size,
            _ => return None,
        };
        Some(range)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use futures::{FutureExt as _, stream};
    use http_body_util::BodyExt as _;
    use hyper::header::HeaderName;
    use hyper::http;
    use proptest::prelude::*;
    use proptest::sample::select;
    use proptest::test_runner::RngSeed;

    use super::*;
    use crate::http::response::streamed;

    fn get(pairs: &[(HeaderName, &'static str)], size_bytes: u64) -> Response {
        send(Method::GET, pairs, size_bytes)
    }

    fn send(method: Method, pairs: &[(HeaderName, &'static str)], size_bytes: u64) -> Response {
        let (mut request, ()) = http::Request::new(()).into_parts();
        request.method = method;
        request.headers = pairs
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_static(value)))
            .collect();
        let content = Content {
            name: "name",
            media_type: "application/octet-stream",
            size_bytes,
            public: false,
        };
        let answer = content.answer(&request, async |range| {
            let bytes: Vec<u8> = range.map(|byte| byte as u8).collect();
            Ok(streamed(stream::iter([Ok(Bytes::from(bytes))])))
        });
        let answer = answer.now_or_never().expect("there is nothing to wait for");
        answer.expect("the body is there")
    }

    async fn ranged(value: &'static str) -> (u16, Vec<u8>) {
        let response = get(&[(header::RANGE, value)], 10);
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.expect("in memory");
        (status, body.to_bytes().to_vec())
    }

    #[tokio::test]
    async fn single_ranges_are_served() {
        let all: Vec<u8> = (0..10).collect();
        assert_eq!(ranged("bytes=0-0").await, (206, vec![0]));
        assert_eq!(ranged("bytes=8-").await, (206, vec![8, 9]));
        assert_eq!(ranged("bytes=-3").await, (206, vec![7, 8, 9]));
        assert_eq!(ranged("bytes=-300").await, (206, all.clone()));
        assert_eq!(
            ranged("bytes=5-18446744073709551615").await,
            (206, all[5..].to_vec())
        );
        // A header that is not a single range of bytes is ignored.
        for ignored in [
            "bytes=1-2,4-5",
            "bytes=5-4",
            "items=0-1",
            "bytes=x-y",
            "bytes=-",
        ] {
            assert_eq!(ranged(ignored).await, (200, all.clone()), "{ignored}");
        }
    }

    #[test]
    fn a_range_is_described_with_the_whole_length() {
        let response = get(&[(header::RANGE, "bytes=2-4")], 10);
        let headers = response.headers();
        assert_eq!(headers[header::CONTENT_RANGE], "bytes 2-4/10");
        assert_eq!(headers[header::CONTENT_LENGTH], "3");
        assert_eq!(headers[header::ETAG], "\"name\"");
        let caching = headers[header::CACHE_CONTROL].to_str().expect("ASCII");
        for directive in ["private", "immutable", "max-age=31536000"] {
            assert!(caching.contains(directive), "{caching}");
        }
    }

    #[test]
    fn ranges_outside_are_refused() {
        for (value, size_bytes) in [("bytes=10-", 10), ("bytes=-0", 10), ("bytes=0-", 0)] {
            let response = get(&[(header::RANGE, value)], size_bytes);
            assert_eq!(response.status(), 416, "{value}");
            let whole = format!("bytes */{size_bytes}");
            assert_eq!(response.headers()[header::CONTENT_RANGE], whole);
        }
    }

    #[test]
    fn ranges_are_for_get_alone() {
        for value in ["bytes=2-4", "bytes=10-"] {
            let response = send(Method::HEAD, &[(header::RANGE, value)], 10);
            assert_eq!(response.status(), 200, "{value}");
            assert_eq!(response.headers()[header::CONTENT_LENGTH], "10");
        }
    }

    #[test]
    fn content_that_the_client_has_is_not_sent_again() {
        let status = |pairs: &[_]| get(pairs, 10).status().as_u16();
        for (known, expected) in [
            ("\"other\", W/\"name\"", 304),
            ("*", 304),
            ("\"other\"", 200),
        ] {
            assert_eq!(status(&[(header::IF_NONE_MATCH, known)]), expected);
        }
        for (known, expected) in [("\"name\"", 206), ("\"other\"", 200), ("name", 200)] {
            let resumed = [(header::RANGE, "bytes=5-"), (header::IF_RANGE, known)];
            assert_eq!(status(&resumed), expected, "{known}");
        }
    }

    /// A `Range` header, or what looks like one.
    fn ranges() -> impl Strategy<Value = String> {
        let number = prop_oneof![
            (0_u64..12).prop_map(|number| number.to_string()),
            any::<u64>().prop_map(|number| number.to_string()),
            select(vec!["", "-", "+1", "18446744073709551616", "x"]).prop_map(str::to_owned),
        ];
        let range = (number.clone(), number).prop_map(|(first, last)| format!("{first}-{last}"));
        let ranges = prop::collection::vec(range, 0..3).prop_map(|ranges| ranges.join(","));
        let unit = select(vec!["bytes=", "bytes = ", "Bytes=", "items=", ""]);
        prop_oneof![
            4 => (unit, ranges).prop_map(|(unit, ranges)| format!("{unit}{ranges}")),
            1 => prop::collection::vec(any::<char>(), 0..20).prop_map(String::from_iter),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            rng_seed: RngSeed::Fixed(0),
            ..ProptestConfig::default()
        })]

        #[test]
        fn whatever_range_is_asked_for_lies_inside(
            range in ranges(),
            size_bytes in prop_oneof![0_u64..12, any::<u64>()],
        ) {
            let Ok(value) = HeaderValue::from_str(&range) else {
                return Ok(());
            };
            let (mut request, ()) = http::Request::new(()).into_parts();
            request.headers.insert(header::RANGE, value);
            let content = Content {
                name: "name",
                media_type: "application/octet-stream",
                size_bytes,
                public: true,
            };
            let mut sent = None;
            let answer = content.answer(&request, async |range| {
                sent = Some(range);
                Ok(streamed(stream::iter([])))
            });
            let answer = answer.now_or_never().expect("there is nothing to wait for");
            let response = answer.expect("the body is there");
            let described = response.headers().get(header::CONTENT_RANGE);
            let described = described.map(|value| value.to_str().expect("ASCII").to_owned());
            match (response.status().as_u16(), sent) {
                (200, Some(sent)) => {
                    prop_assert_eq!((sent, described), (0..size_bytes, None));
                }
                (206, Some(sent)) => {
                    prop_assert!(sent.start < sent.end && sent.end <= size_bytes);
                    let (first, last) = (sent.start, sent.end - 1);
                    let expected = format!("bytes {first}-{last}/{size_bytes}");
                    prop_assert_eq!(described, Some(expected));
                    let length = response.headers()[header::CONTENT_LENGTH].to_str();
                    prop_assert_eq!(length.expect("ASCII"), (sent.end - sent.start).to_string());
                }
                (416, None) => {
                    prop_assert_eq!(described, Some(format!("bytes */{size_bytes}")));
                }
                other => prop_assert!(false, "{other:?}"),
            }
        }
    }
}
