//! Pushes: a verdict before any byte is sent, then the bytes in the request or beside it.

use hyper::StatusCode;
use muse_wire::api::push::{
    PresignRequest, PresignResponse, STREAM_CONTROL_TAG, StreamControl, StreamedMpack,
    UnpackRequest,
};
use muse_wire::limits::{MAX_CONTROL_BODY_BYTES, PushLimits, STREAM_MAX_BYTES};
use muse_wire::mpack::Counts;
use muse_wire::problem::ProblemCode;

use super::jobs;
use crate::auth;
use crate::blobs::{BlobKey, StagedFile, StagingWriter};
use crate::http::{Call, CallError, Media, Response, body, refused};
use crate::ingest;
use crate::store::{Repo, StoreError};

/// Tag and payload length before a control frame's payload.
const CONTROL_HEADER_BYTES: usize = 1 + 8;

/// `POST /{owner}/{slug}/push/presign`
pub(crate) async fn presign(call: &mut Call) -> Result<Response, CallError> {
    let (repo, _) = auth::writable_repo(call).await?;
    let request: PresignRequest = call.decode().await?;
    let config = &call.state.config;
    check_size(request.size_bytes, config.push_limits.mpack_bytes)?;
    check_counts(&request.counts, &config.push_limits)?;
    ingest::check_updates(&call.state, &repo, &request.updates).await?;
    check_queue(call, &repo).await?;

    let blobs = &call.state.blobs;
    let upload = BlobKey::upload(repo.uuid, request.mpack_key);
    let kept = BlobKey::mpack(repo.uuid, request.mpack_key);
    let is_here = blobs.size(&kept).await?.is_some()
        || blobs.size(&upload).await? == Some(request.size_bytes);
    let upload = if is_here {
        None
    } else {
        let lifetime = config.presign_lifetime;
        let signed = blobs.presign_put(&upload, request.size_bytes, lifetime);
        Some(signed.await?)
    };
    Ok(call.answer(StatusCode::OK, &PresignResponse { upload }))
}

/// `POST /{owner}/{slug}/push/unpack-mpack`
pub(crate) async fn unpack(call: &mut Call) -> Result<Response, CallError> {
    let (repo, identity) = auth::writable_repo(call).await?;
    let request: UnpackRequest = call.decode().await?;
    let status = ingest::enqueue_unpack(&call.state, &repo, &identity, request).await?;
    Ok(jobs::accepted(call, &status))
}

/// `POST /{owner}/{slug}/push/stream`
pub(crate) async fn stream(call: &mut Call) -> Result<Response, CallError> {
    let (repo, identity) = auth::writable_repo(call).await?;
    let control = read_control_frame(call).await?;
    ingest::check_updates(&call.state, &repo, &control.updates).await?;
    let upload = match &control.mpack {
        Some(announced) => Some(receive(call, announced).await?),
        None => None,
    };
    if call.body.next().await?.is_some() {
        let detail = "bytes follow what the control frame announces";
        return Err(refused(ProblemCode::BadRequest, detail));
    }
    let status = ingest::accept_stream(&call.state, &repo, &identity, control, upload).await?;
    Ok(call.answer(StatusCode::OK, &status))
}

async fn read_control_frame(call: &mut Call) -> Result<StreamControl, CallError> {
    let header = call.body.take(CONTROL_HEADER_BYTES).await?;
    let (tag, length) = header.split_at(1);
    if tag != [STREAM_CONTROL_TAG] {
        let detail = "the body does not start with a control frame";
        return Err(refused(ProblemCode::BadRequest, detail));
    }
    let length = u64::from_le_bytes(length.try_into().expect("eight bytes were taken"));
    let length = usize::try_from(length)
        .ok()
        .filter(|length| *length <= MAX_CONTROL_BODY_BYTES)
        .ok_or_else(|| {
            let detail = format!("a control frame has at most {MAX_CONTROL_BODY_BYTES} bytes");
            refused(ProblemCode::BodyTooLarge, detail)
        })?;
    body::decode(Media::MessagePack, &call.body.take(length).await?)
}

/// Receives the announced mpack, and nothing after it.
async fn receive(call: &mut Call, announced: &StreamedMpack) -> Result<StagedFile, CallError> {
    let limit = call.state.config.push_limits.mpack_bytes;
    check_size(announced.size_bytes, limit.min(STREAM_MAX_BYTES))?;
    let mut writer = StagingWriter::create(call.state.blobs.staging_dir())
        .await
        .map_err(staging_failed)?;
    while writer.size_bytes() < announced.size_bytes {
        let Some(mut data) = call.body.next().await? else {
            return Err(refused(ProblemCode::BadRequest, "the body was cut short"));
        };
        let missing = announced.size_bytes - writer.size_bytes();
        let missing = usize::try_from(missing).unwrap_or(usize::MAX);
        let piece = data.split_to(data.len().min(missing));
        call.body.put_back(data);
        writer.write(&piece).await.map_err(staging_failed)?;
    }
    let staged = writer.finish().await.map_err(staging_failed)?;
    if staged.key != announced.mpack_key {
        let detail = format!("the mpack hashes to {}", staged.key);
        return Err(refused(ProblemCode::MpackKeyMismatch, detail));
    }
    Ok(staged)
}

pub(super) fn staging_failed(error: std::io::Error) -> CallError {
    CallError::Internal(Box::new(error))
}

fn check_size(size_bytes: u64, limit: u64) -> Result<(), CallError> {
    if size_bytes <= limit {
        return Ok(());
    }
    let detail = format!("the mpack has {size_bytes} bytes; at most {limit} are taken this way");
    Err(refused(ProblemCode::MpackTooLarge, detail))
}

fn check_counts(counts: &Counts, limits: &PushLimits) -> Result<(), CallError> {
    for (what, count, limit) in [
        ("objects", counts.objects, limits.objects),
        ("commits", counts.commits, limits.commits),
        ("raw bytes", counts.object_bytes, limits.raw_bytes),
    ] {
        if count > limit {
            let detail = format!("the push has {count} {what}; at most {limit} are taken");
            return Err(refused(ProblemCode::PushTooLarge, detail));
        }
    }
    Ok(())
}

async fn check_queue(call: &Call, repo: &Repo) -> Result<(), CallError> {
    let limit = call.state.config.queued_jobs_per_repo;
    if call.state.store.unfinished_jobs(repo.id).await? < limit {
        return Ok(());
    }
    Err(StoreError::QueueFull { limit }.into())
}
