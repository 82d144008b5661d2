//! Answers with content that its name pins: ETag, ranges, and caching for ever.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use hyper::StatusCode;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use muse_wire::problem::ProblemCode;

use super::answer::{self, Body, Response};
use super::{CallError, refused};

/// Bytes of a file that are read at a time.
const PIECE_BYTES: u64 = 1024 * 1024;
/// Pieces that are read ahead of the client.
const PIECES_AHEAD: usize = 2;

/// Content that never changes under its name.
#[derive(Debug)]
pub(crate) struct Content<'a> {
    /// What names it; the ETag.
    pub(crate) name: &'a str,
    /// Media type.
    pub(crate) media_type: &'static str,
    /// All of its bytes.
    pub(crate) size_bytes: u64,
    /// Whether caches between us and the client may keep it.
    pub(crate) public: bool,
}

impl Content<'_> {
    /// Answers a request for the content or a single range of it; `body` gives the bytes of a range.
    ///
    /// # Errors
    /// A refusal where the range lies outside.
    pub(crate) fn answer(
        &self,
        request: &HeaderMap,
        body: impl FnOnce(Range<u64>) -> Body,
    ) -> Result<Response, CallError> {
        let etag = format!("\"{}\"", self.name);
        if lists(request, header::IF_NONE_MATCH, &etag) {
            let mut response = answer::empty(StatusCode::NOT_MODIFIED);
            self.describe(response.headers_mut(), &etag);
            return Ok(response);
        }
        // A range of what the client took for another content is of no use to it.
        let is_same = request
            .get(header::IF_RANGE)
            .is_none_or(|value| value.as_bytes() == etag.as_bytes());
        let range = match request.get(header::RANGE) {
            Some(value) if is_same => self.parse_range(value)?,
            _ => None,
        };
        let whole = 0..self.size_bytes;
        let (status, sent) = match range {
            Some(range) => (StatusCode::PARTIAL_CONTENT, range),
            None => (StatusCode::OK, whole),
        };
        let mut response = Response::new(body(sent.clone()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        self.describe(headers, &etag);
        headers.insert(header::CONTENT_LENGTH, (sent.end - sent.start).into());
        if status == StatusCode::PARTIAL_CONTENT {
            let (first, last) = (sent.start, sent.end - 1);
            insert(
                headers,
                header::CONTENT_RANGE,
                &format!("bytes {first}-{last}/{}", self.size_bytes),
            );
        }
        Ok(response)
    }

    fn describe(&self, headers: &mut HeaderMap, etag: &str) {
        let caching = if self.public {
            "public, max-age=31536000, immutable"
        } else {
            "private, max-age=31536000, immutable"
        };
        insert(headers, header::ETAG, etag);
        insert(headers, header::CACHE_CONTROL, caching);
        insert(headers, header::CONTENT_TYPE, self.media_type);
        insert(headers, header::ACCEPT_RANGES, "bytes");
        // Anybody's bytes: no browser shall take them for a page of ours.
        insert(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        insert(
            headers,
            header::CONTENT_SECURITY_POLICY,
            "sandbox; default-src 'none'",
        );
    }

    /// The single range that a `Range` header asks for; `None` where the header is to be ignored.
    fn parse_range(&self, value: &HeaderValue) -> Result<Option<Range<u64>>, CallError> {
        let Some((first, last)) = value
            .to_str()
            .ok()
            .and_then(|text| text.trim().strip_prefix("bytes="))
            .filter(|ranges| !ranges.contains(','))
            .and_then(|range| range.split_once('-'))
        else {
            return Ok(None);
        };
        let size = self.size_bytes;
        let range = match (first.trim().parse::<u64>(), last.trim().parse::<u64>()) {
            (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(size),
            (Ok(first), Err(_)) if last.trim().is_empty() => first..size,
            (Err(_), Ok(count)) if first.trim().is_empty() => size.saturating_sub(count)..size,
            _ => return Ok(None),
        };
        if range.is_empty() {
            let detail = format!("there are {size} bytes");
            return Err(refused(ProblemCode::RangeNotSatisfiable, detail));
        }
        Ok(Some(range))
    }
}

/// Whether a list of ETags holds this one, or is `*`.
fn lists(request: &HeaderMap, name: HeaderName, etag: &str) -> bool {
    let values = request.get_all(name).iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|value| value.trim().trim_start_matches("W/"))
        .any(|value| value == etag || value == "*")
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    let value = HeaderValue::from_str(value).expect("ids, numbers and constants are ASCII");
    headers.insert(name, value);
}

/// The bytes of a range of a file, read ahead in large pieces on threads that may block.
pub(crate) fn file_pieces(
    file: File,
    range: Range<u64>,
) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    let file = Arc::new(file);
    let starts = (range.start..range.end).step_by(PIECE_BYTES as usize);
    let pieces = futures::stream::iter(starts).map(move |start| {
        let (file, end) = (Arc::clone(&file), range.end.min(start + PIECE_BYTES));
        let read = tokio::task::spawn_blocking(move || {
            let mut piece = vec![0; (end - start) as usize];
            file.read_exact_at(&mut piece, start)?;
            Ok(Bytes::from(piece))
        });
        async { read.await.map_err(io::Error::other)? }
    });
    pieces.buffered(PIECES_AHEAD)
}

#[cfg(test)]
mod tests {
    use futures::TryStreamExt as _;
    use http_body_util::BodyExt as _;

    use super::*;

    fn get(pairs: &[(HeaderName, &'static str)], size_bytes: u64) -> Result<Response, CallError> {
        let request = pairs
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_static(value)))
            .collect();
        let content = Content {
            name: "name",
            media_type: "application/octet-stream",
            size_bytes,
            public: false,
        };
        content.answer(&request, |range| {
            let bytes: Vec<u8> = range.map(|byte| byte as u8).collect();
            answer::streamed(futures::stream::iter([Ok(Bytes::from(bytes))]))
        })
    }

    async fn ranged(value: &'static str) -> (u16, Vec<u8>) {
        let response = get(&[(header::RANGE, value)], 10).expect("satisfiable");
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
        // What is not a single range of bytes is as if it were not there.
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
    fn ranges_outside_are_refused() {
        for (value, size_bytes) in [("bytes=10-", 10), ("bytes=-0", 10), ("bytes=0-", 0)] {
            let error = get(&[(header::RANGE, value)], size_bytes).expect_err(value);
            assert_eq!(error.into_response().status(), 416, "{value}");
        }
    }

    #[test]
    fn what_the_client_has_is_not_sent_again() {
        let status = |pairs: &[_]| get(pairs, 10).expect("satisfiable").status().as_u16();
        assert_eq!(
            status(&[(header::IF_NONE_MATCH, "\"other\", W/\"name\"")]),
            304
        );
        assert_eq!(status(&[(header::IF_NONE_MATCH, "\"other\"")]), 200);
        let resumed = [(header::RANGE, "bytes=5-"), (header::IF_RANGE, "\"name\"")];
        assert_eq!(status(&resumed), 206);
        let changed = [(header::RANGE, "bytes=5-"), (header::IF_RANGE, "\"other\"")];
        assert_eq!(status(&changed), 200);
    }

    #[tokio::test]
    async fn pieces_of_a_file_come_in_order() {
        let contents: Vec<u8> = (0..3_000_000_u32).map(|i| (i / 11) as u8).collect();
        let path = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(path.path(), &contents).expect("write");
        for range in [0..3_000_000_u64, 5..5, 1_048_575..1_048_577] {
            let file = File::open(path.path()).expect("open");
            let pieces: Vec<_> = file_pieces(file, range.clone())
                .try_collect()
                .await
                .expect("read");
            assert_eq!(
                pieces.concat(),
                contents[range.start as usize..range.end as usize]
            );
        }
    }
}
