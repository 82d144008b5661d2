//! Pushes: a verdict before any byte is sent, then the bytes, in the request or beside it.

use std::io;
use std::sync::Arc;

use hyper::StatusCode;
use muse_wire::api::MPACK_MEDIA_TYPE;
use muse_wire::api::push::{
    PresignRequest, STREAM_CONTROL_TAG, StreamControl, StreamedMpack, UnpackRequest,
};
use muse_wire::limits::MAX_CONTROL_BODY_BYTES;
use muse_wire::problem::ProblemCode;
use tokio::sync::Semaphore;

use super::auth::Auth;
use super::jobs::accepted;
use crate::blobs::StagedFile;
use crate::error::{Error, Result};
use crate::http::{Format, Request, RequestBody, Response, Spool};
use crate::ingest::Ingest;
use crate::store::members::Role;
use crate::store::{Identity, Repo};

/// Tag and payload length before a control frame's payload.
const CONTROL_HEADER_BYTES: usize = 1 + 8;

/// How many control frames of streamed pushes are checked at a time. One that is decoded may take
/// several megabytes.
const MAX_CONCURRENT_CHECKS: usize = 8;

pub(super) struct PushRoutes {
    auth: Auth,
    ingest: Arc<Ingest>,
    /// Permits to decode and check control frames of streamed pushes.
    checks: Semaphore,
}

impl PushRoutes {
    pub(super) fn new(auth: Auth, ingest: Arc<Ingest>) -> Self {
        let checks = Semaphore::new(MAX_CONCURRENT_CHECKS);
        Self {
            auth,
            ingest,
            checks,
        }
    }

    /// `POST /{owner}/{slug}/push/presign`
    pub(super) async fn presign(&self, request: &mut Request) -> Result<Response> {
        let (repo, caller) = self.auth.repo_with(request, Role::Write).await?;
        let asked: PresignRequest = request.decode().await?;
        let response = self.ingest.presign(&repo, &caller.identity, &asked).await?;
        Ok(request.answer(StatusCode::OK, &response))
    }

    /// `POST /{owner}/{slug}/push/unpack-mpack`
    pub(super) async fn unpack(&self, request: &mut Request) -> Result<Response> {
        let (repo, caller) = self.auth.repo_with(request, Role::Write).await?;
        let asked: UnpackRequest = request.decode().await?;
        let status = self
            .ingest
            .enqueue_unpack(&repo, &caller.identity, asked)
            .await?;
        Ok(accepted(request, &status))
    }

    /// `POST /{owner}/{slug}/push/stream`
    pub(super) async fn stream(&self, request: &mut Request) -> Result<Response> {
        let (repo, caller) = self.auth.repo_with(request, Role::Write).await?;
        request.expect_media_type(MPACK_MEDIA_TYPE)?;
        let frame = ControlFrame::read(&mut request.body).await?;
        let announced = self.check(&repo, &caller.identity, &frame).await?;
        let received = match &announced {
            Some(announced) => Some(self.receive(request, announced).await?),
            None => None,
        };
        if !request.body.fill().await?.is_empty() {
            let detail = "bytes follow what the control frame announces";
            return Err(Error::problem(ProblemCode::BadRequest, detail));
        }
        let permit = self.ingest.stream_permit().await;
        let control = frame.decode().await?;
        let accepted =
            self.ingest
                .accept_stream(&repo, &caller.identity, control, received, permit);
        Ok(request.answer(StatusCode::OK, &accepted.await?))
    }

    /// Checks what a control frame asks for; returns the mpack that it announces.
    async fn check(
        &self,
        repo: &Repo,
        identity: &Identity,
        frame: &ControlFrame,
    ) -> Result<Option<StreamedMpack>> {
        let _permit = self.checks.acquire().await.expect("it is never closed");
        let control = frame.decode().await?;
        self.ingest.check_updates(repo, &control.updates).await?;
        if let Some(mpack) = &control.mpack {
            let size_bytes = mpack.size_bytes;
            self.ingest.check_quota(repo, identity, size_bytes).await?;
        }
        Ok(control.mpack)
    }

    /// Receives the announced mpack, and nothing after it.
    async fn receive(
        &self,
        request: &mut Request,
        announced: &StreamedMpack,
    ) -> Result<StagedFile> {
        let mut writer = self.ingest.stage_stream(announced.size_bytes).await?;
        while writer.size_bytes() < announced.size_bytes {
            let data = request.body.fill().await?;
            if data.is_empty() {
                let detail = "the body was cut short";
                return Err(Error::problem(ProblemCode::BadRequest, detail));
            }
            let missing = announced.size_bytes - writer.size_bytes();
            let missing = usize::try_from(missing).unwrap_or(usize::MAX);
            let count = data.len().min(missing);
            writer.write(&data[..count]).await.map_err(staging_error)?;
            request.body.consume(count);
        }
        let staged = writer.finish().await.map_err(staging_error)?;
        if staged.key != announced.mpack_key {
            let detail = format!("the mpack hashes to {}", staged.key);
            return Err(Error::problem(ProblemCode::MpackKeyMismatch, detail));
        }
        Ok(staged)
    }
}

/// The frame before the mpack's bytes. Its updates may take megabytes, so they are decoded for as
/// long as they are needed: not while the mpack arrives, nor while its push waits for others.
struct ControlFrame(Spool);

impl ControlFrame {
    async fn read(body: &mut RequestBody) -> Result<Self> {
        let header = body.read_exact(CONTROL_HEADER_BYTES).await?.read().await?;
        let (tag, length) = header.split_at(1);
        if tag != [STREAM_CONTROL_TAG] {
            let detail = "the body does not start with a control frame";
            return Err(Error::problem(ProblemCode::BadRequest, detail));
        }
        let length = u64::from_le_bytes(length.try_into().expect("eight bytes were read"));
        let length = usize::try_from(length)
            .ok()
            .filter(|length| *length <= MAX_CONTROL_BODY_BYTES)
            .ok_or_else(|| {
                let detail = format!("a control frame has at most {MAX_CONTROL_BODY_BYTES} bytes");
                Error::problem(ProblemCode::BodyTooLarge, detail)
            })?;
        Ok(Self(body.read_exact(length).await?))
    }

    async fn decode(&self) -> Result<StreamControl> {
        Format::MessagePack.decode(&self.0.read().await?)
    }
}

fn staging_error(error: io::Error) -> Error {
    Error::internal("receiving an mpack", error)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use futures::FutureExt as _;
    use muse_wire::id::MpackKey;
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    use super::*;

    /// A control frame that is valid.
    fn control_frame() -> Vec<u8> {
        let control = StreamControl {
            updates: Vec::new(),
            mpack: Some(StreamedMpack {
                mpack_key: MpackKey::from_bytes([1; 32]),
                size_bytes: 9,
            }),
        };
        frame(&encoded(&control))
    }

    fn encoded(control: &StreamControl) -> Vec<u8> {
        rmp_serde::to_vec_named(control).expect("memory takes all")
    }

    fn frame(payload: &[u8]) -> Vec<u8> {
        let length = (payload.len() as u64).to_le_bytes();
        [&[STREAM_CONTROL_TAG], &length[..], payload].concat()
    }

    /// Bodies: whatever, or a valid one of which a few bytes are changed, with others behind it.
    fn bodies() -> impl Strategy<Value = Vec<u8>> {
        let bends = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3);
        let rest = prop::collection::vec(any::<u8>(), 0..20);
        let bent = (bends, rest).prop_map(|(bends, rest)| {
            let mut body = [control_frame(), rest].concat();
            for (index, byte) in bends {
                let at = index.index(body.len());
                body[at] = byte;
            }
            body
        });
        let payload = prop::collection::vec(any::<u8>(), 0..40);
        prop_oneof![
            bent,
            payload.clone().prop_map(|payload| frame(&payload)),
            payload,
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            rng_seed: RngSeed::Fixed(0),
            ..ProptestConfig::default()
        })]

        #[test]
        fn a_control_frame_is_read_and_nothing_behind_it(body in bodies(), piece in 1..9_usize) {
            let pieces = body.chunks(piece).map(Bytes::copy_from_slice).collect();
            let mut arriving = RequestBody::in_pieces(pieces);
            let read = async {
                let frame = ControlFrame::read(&mut arriving).await?;
                frame.decode().await
            };
            match read.now_or_never().expect("all of it has arrived") {
                Ok(control) => {
                    let length = u64::from_le_bytes(body[1..9].try_into().expect("8 bytes"));
                    let rest = &body[9 + length as usize..];
                    let left = arriving.read_exact(rest.len()).now_or_never();
                    let left = left.expect("arrived").expect("there").read().now_or_never();
                    prop_assert_eq!(left.expect("in memory").expect("there"), rest);
                    let again = Format::MessagePack.decode(&encoded(&control));
                    let again: StreamControl = again.expect("just encoded");
                    prop_assert_eq!(again, control);
                }
                Err(Error::Problem(problem)) => {
                    prop_assert!((400..500).contains(&problem.status), "{problem:?}");
                },
                Err(other) => prop_assert!(false, "{other:?}"),
            }
        }
    }
}
