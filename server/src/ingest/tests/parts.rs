//! Uploads in parts: what is missing is said, and the parts make the mpack.

use muse_wire::api::job::{JobState, JobStatus};
use muse_wire::api::push::{PresignRequest, PresignResponse, RefUpdate, UnpackRequest};
use muse_wire::id::{MpackKey, PartId};
use muse_wire::limits::{MAX_PRESIGNED_PARTS, MAX_UPLOAD_PARTS, UPLOAD_PART_BYTES};
use muse_wire::mpack::Counts;
use muse_wire::problem::ProblemCode;

use super::{code_of, with_two_commits};
use crate::blobs::conformance::key_of;
use crate::blobs::{BlobArea, BlobKey};
use crate::error::Result;
use crate::sandbox::{Sandbox, update};

async fn presign(
    sandbox: &Sandbox,
    key: MpackKey,
    size_bytes: u64,
    parts: &[PartId],
) -> Result<PresignResponse> {
    let request = PresignRequest {
        mpack_key: key,
        size_bytes,
        counts: Counts::default(),
        updates: Vec::new(),
        parts: parts.to_vec(),
    };
    let ingest = &sandbox.server.ingest;
    let answer = ingest.presign(&sandbox.repo, &sandbox.identity, &request);
    answer.await
}

async fn unpack(
    sandbox: &Sandbox,
    key: MpackKey,
    parts: &[PartId],
    updates: &[RefUpdate],
) -> Result<JobStatus> {
    let request = UnpackRequest {
        mpack_key: key,
        updates: updates.to_vec(),
        parts: parts.to_vec(),
    };
    let ingest = &sandbox.server.ingest;
    let job = ingest.enqueue_unpack(&sandbox.repo, &sandbox.identity, request);
    Ok(sandbox.finish(&job.await?).await)
}

async fn stored_parts(sandbox: &Sandbox) -> usize {
    let parts = sandbox.blobs().list(BlobArea::Parts).await;
    parts.expect("lists").len()
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_are_asked_for_until_they_are_there_and_make_the_mpack() {
    let (mut sandbox, project, line) = with_two_commits().await;
    let mpack = project.mpack(&line[2..]);
    let (key, size_bytes) = (key_of(&mpack), mpack.len() as u64);
    let parts = [PartId::of(&mpack)];
    let answer = presign(&sandbox, key, size_bytes, &parts).await;
    let answer = answer.expect("answered");
    assert_eq!((answer.upload, answer.missing_parts), (None, vec![0]));
    assert_eq!(answer.part_uploads.len(), 1);
    let move_main = [update("main", Some(line[1]), Some(line[2]))];
    let early = unpack(&sandbox, key, &parts, &move_main).await;
    let early = code_of(early.expect_err("nothing is there"));
    assert_eq!(early, ProblemCode::MpackNotUploaded);

    sandbox.upload_part(&mpack).await;
    let answer = presign(&sandbox, key, size_bytes, &parts).await;
    assert_eq!(answer.expect("answered"), PresignResponse::default());
    let status = unpack(&sandbox, key, &parts, &move_main).await;
    let status = status.expect("queued");
    assert_eq!(status.status, JobState::Done, "{:?}", status.error);
    let steps = status.timings.iter().map(|timing| timing.step.as_str());
    assert_eq!(steps.take(2).collect::<Vec<_>>(), ["pin", "assemble"]);
    sandbox.stop_worker().await;
    assert_eq!(stored_parts(&sandbox).await, 0);
    let (client, _) = sandbox.clone_all().await;
    assert!(client.has_commit(&line[2]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_parts_of_a_published_mpack_are_not_needed() {
    let (mut sandbox, project, line) = with_two_commits().await;
    let mpack = project.mpack(&line[..2]);
    let (key, size_bytes) = (key_of(&mpack), mpack.len() as u64);
    let parts = [PartId::of(&mpack)];
    let answer = presign(&sandbox, key, size_bytes, &parts).await;
    assert_eq!(answer.expect("answered"), PresignResponse::default());
    // Sent nevertheless, they go.
    sandbox.upload_part(&mpack).await;
    let status = unpack(&sandbox, key, &parts, &[]).await.expect("queued");
    assert_eq!(status.status, JobState::Done, "{:?}", status.error);
    sandbox.stop_worker().await;
    assert_eq!(stored_parts(&sandbox).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_that_make_another_file_are_refused() {
    let (mut sandbox, project, line) = with_two_commits().await;
    let mpack = project.mpack(&line[2..]);
    let key = key_of(&mpack);
    let part = sandbox.upload_part(&mpack).await;
    let twice = [part, part];
    let status = unpack(&sandbox, key, &twice, &[]).await.expect("queued");
    let code = status.error.expect("refused").known_code();
    assert!(
        matches!(
            code,
            Some(ProblemCode::MpackKeyMismatch | ProblemCode::MpackMalformed)
        ),
        "{code:?}"
    );
    sandbox.stop_worker().await;
    let quarantined = BlobKey::quarantined(sandbox.repo.uuid, key);
    let size_bytes = sandbox.blobs().size(&quarantined).await.expect("answers");
    assert_eq!(size_bytes, Some(2 * mpack.len() as u64));
    assert_eq!(stored_parts(&sandbox).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_parts_there_are_has_to_fit() {
    let mut sandbox =
        Sandbox::idle(|config| config.push_limits.mpack_bytes = 300 * UPLOAD_PART_BYTES).await;
    let key = MpackKey::from_bytes([1; 32]);
    let part = PartId::from_bytes([2; 32]);
    let refused = async |size_bytes, count| {
        let answer = presign(&sandbox, key, size_bytes, &vec![part; count]).await;
        code_of(answer.expect_err("refused"))
    };
    assert_eq!(refused(UPLOAD_PART_BYTES, 2).await, ProblemCode::BadRequest);
    let two = UPLOAD_PART_BYTES + 1;
    assert_eq!(refused(two, 1).await, ProblemCode::BadRequest);
    let too_many = MAX_UPLOAD_PARTS + 1;
    assert_eq!(refused(1, too_many).await, ProblemCode::BadRequest);
    let too_large = 300 * UPLOAD_PART_BYTES + 1;
    assert_eq!(refused(too_large, 301).await, ProblemCode::MpackTooLarge);

    let all = presign(&sandbox, key, 300 * UPLOAD_PART_BYTES, &[part; 300]).await;
    let all = all.expect("answered");
    assert_eq!(all.missing_parts, (0..300).collect::<Vec<_>>());
    assert_eq!(all.part_uploads.len(), MAX_PRESIGNED_PARTS);

    // Together they are too large, whatever was announced.
    let part = sandbox.upload_part(&vec![0; 1 << 20]).await;
    let count = usize::try_from((300 * UPLOAD_PART_BYTES) >> 20).expect("few") + 1;
    sandbox.start_worker();
    let unpacked = unpack(&sandbox, key, &vec![part; count], &[]).await;
    let refusal = unpacked.expect("queued").error.expect("refused");
    assert_eq!(refusal.known_code(), Some(ProblemCode::MpackTooLarge));
}
