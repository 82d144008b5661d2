//! Request bodies: read with a limit and a time-out, or not at all.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use hyper::http::request::Parts;
use muse_wire::limits::MAX_CONTROL_BODY_BYTES;
use muse_wire::problem::ProblemCode;
use serde::de::DeserializeOwned;

use super::{CallError, Media, refused};

/// Most bytes of a refused body that are still read so that the client gets to see the refusal. A
/// connection that is closed while the client sends often shows it a reset instead of the answer.
const MAX_DISCARDED_BYTES: usize = 64 * 1024 * 1024;
/// How long reading on for that may take in all.
const DISCARD_TIMEOUT: Duration = Duration::from_secs(10);

/// A request's body while it arrives.
#[derive(Debug)]
pub(crate) struct RequestBody {
    incoming: Incoming,
    idle_timeout: Duration,
    /// Bytes received but not asked for yet.
    pending: Bytes,
}

impl RequestBody {
    /// A body whose sender may pause for at most `idle_timeout`.
    pub(crate) const fn new(incoming: Incoming, idle_timeout: Duration) -> Self {
        Self {
            incoming,
            idle_timeout,
            pending: Bytes::new(),
        }
    }

    /// The length that the client announced.
    pub(crate) fn announced_bytes(&self) -> Option<u64> {
        self.incoming.size_hint().exact()
    }

    /// The next bytes; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, CallError> {
        if !self.pending.is_empty() {
            return Ok(Some(std::mem::take(&mut self.pending)));
        }
        loop {
            let frame = tokio::time::timeout(self.idle_timeout, self.incoming.frame())
                .await
                .map_err(|_| refused(ProblemCode::BadRequest, "the body did not arrive in time"))?;
            match frame {
                None => return Ok(None),
                Some(Err(_)) => {
                    return Err(refused(ProblemCode::BadRequest, "the body was cut short"));
                }
                // Trailers are of no interest.
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) if !data.is_empty() => return Ok(Some(data)),
                    _ => {}
                },
            }
        }
    }

    /// Gives back the rest of what [`RequestBody::next`] gave.
    pub(crate) fn put_back(&mut self, rest: Bytes) {
        self.pending = rest;
    }

    /// Exactly `count` bytes from the front.
    pub(crate) async fn take(&mut self, count: usize) -> Result<Vec<u8>, CallError> {
        let mut taken = Vec::with_capacity(count);
        while taken.len() < count {
            let Some(mut data) = self.next().await? else {
                return Err(refused(ProblemCode::BadRequest, "the body was cut short"));
            };
            let piece = data.split_to(data.len().min(count - taken.len()));
            taken.extend_from_slice(&piece);
            self.put_back(data);
        }
        Ok(taken)
    }

    /// The whole control body, decoded from the form that the headers name.
    pub(crate) async fn decode<T: DeserializeOwned>(
        &mut self,
        head: &Parts,
    ) -> Result<T, CallError> {
        let media = Media::of_body(&head.headers).ok_or_else(|| {
            refused(
                ProblemCode::UnsupportedMediaType,
                "send application/msgpack or application/json",
            )
        })?;
        let limit = MAX_CONTROL_BODY_BYTES;
        let too_large = || {
            let detail = format!("a control body has at most {limit} bytes");
            refused(ProblemCode::BodyTooLarge, detail)
        };
        if self
            .announced_bytes()
            .is_some_and(|bytes| bytes > limit as u64)
        {
            return Err(too_large());
        }
        let mut body = Vec::new();
        while let Some(data) = self.next().await? {
            if body.len() + data.len() > limit {
                return Err(too_large());
            }
            body.extend_from_slice(&data);
        }
        decode(media, &body)
    }

    /// Reads on after a refusal, within limits, and forgets what comes.
    pub(crate) async fn discard(&mut self) {
        let rest = async {
            let mut discarded = 0;
            while let Ok(Some(data)) = self.next().await {
                discarded += data.len();
                if discarded > MAX_DISCARDED_BYTES {
                    break;
                }
            }
        };
        // The answer goes out whether or not the client has finished.
        let _ = tokio::time::timeout(DISCARD_TIMEOUT, rest).await;
    }
}

/// A control body from its bytes, which must be one value and nothing more.
pub(crate) fn decode<T: DeserializeOwned>(media: Media, body: &[u8]) -> Result<T, CallError> {
    let decoded = match media {
        Media::Json => serde_json::from_slice(body).map_err(|error| error.to_string()),
        Media::MessagePack => {
            let mut rest = body;
            match rmp_serde::from_read(&mut rest) {
                Ok(_) if !rest.is_empty() => Err("there are bytes after the value".to_owned()),
                outcome => outcome.map_err(|error| error.to_string()),
            }
        }
    };
    decoded.map_err(|reason| {
        let detail = format!("the body cannot be read: {reason}");
        refused(ProblemCode::BadRequest, detail)
    })
}

#[cfg(test)]
mod tests {
    use muse_wire::api::refs::NegotiateRequest;

    use super::*;

    fn detail(body: &[u8], media: Media) -> String {
        match decode::<NegotiateRequest>(media, body) {
            Err(CallError::Refused(problem)) => problem.detail,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_body_is_one_value() {
        let request = NegotiateRequest { commits: vec![] };
        let mut packed = rmp_serde::to_vec_named(&request).expect("encodes");
        let decoded: NegotiateRequest = decode(Media::MessagePack, &packed).expect("decodes");
        assert_eq!(decoded, request);
        packed.push(0xc0);
        assert!(detail(&packed, Media::MessagePack).contains("after the value"));
        assert!(detail(b"{} {}", Media::Json).contains("cannot be read"));
    }

    #[test]
    fn hostile_lengths_and_depths_are_errors() {
        // An array of four billion entries, a string of four gigabytes, a hundred thousand arrays in each other.
        let mut array = vec![0x81, 0xa7];
        array.extend_from_slice(b"commits");
        array.extend_from_slice(&[0xdd, 0xff, 0xff, 0xff, 0xff]);
        detail(&array, Media::MessagePack);
        detail(&[0xdb, 0xff, 0xff, 0xff, 0xff], Media::MessagePack);
        detail(&[0x91; 100_000], Media::MessagePack);
        detail("[".repeat(100_000).as_bytes(), Media::Json);
        detail(b"", Media::MessagePack);
    }
}
