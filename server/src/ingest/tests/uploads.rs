//! What becomes of an upload, and of what is stored, when pushes of one mpack meet.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use muse_wire::api::job::JobState;
use muse_wire::api::push::PresignRequest;
use muse_wire::id::{CommitId, MpackKey};
use muse_wire::problem::ProblemCode;
use tokio::task::JoinHandle;

use super::{code_of, stream, with_two_commits};
use crate::blobs::conformance::key_of;
use crate::blobs::{BlobArea, BlobKey, Blobs};
use crate::config::DailyQuota;
use crate::error::Result;
use crate::ingest::{Ingest, IngestOptions};
use crate::jobs::Cancellation;
use crate::memory::MemoryBudget;
use crate::sandbox::{GatedBlobs, Sandbox, update};
use crate::store::jobs::JobKind;
use crate::store::publish::FollowUps;

/// Whether the repository's blobs hold this mpack: its upload, itself, quarantined.
async fn places(sandbox: &Sandbox, key: MpackKey) -> [bool; 3] {
    let repo_id = sandbox.repo.uuid;
    let mut found = [false; 3];
    for (found, blob) in found.iter_mut().zip([
        BlobKey::upload(repo_id, key),
        BlobKey::mpack(repo_id, key),
        BlobKey::quarantined(repo_id, key),
    ]) {
        *found = sandbox
            .blobs()
            .size(&blob)
            .await
            .expect("answers")
            .is_some();
    }
    found
}

async fn assert_nothing_is_pinned(sandbox: &Sandbox) {
    let pinned = sandbox.blobs().list(BlobArea::Pinned).await;
    assert_eq!(pinned.expect("lists"), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_lacks_something_stays_uploaded_until_it_fits() {
    let (mut sandbox, mut project, line) = with_two_commits().await;
    let child = project.add_line(Some(line[2]), 1)[0];
    let mpack = project.mpack(&[child]);
    let push = update("main", Some(line[2]), Some(child));
    let refused = sandbox.push(&mpack, std::slice::from_ref(&push)).await;
    let code = refused.expect_err("refused").known_code();
    assert_eq!(code, Some(ProblemCode::MissingDependency));
    assert_eq!(places(&sandbox, key_of(&mpack)).await, [true, false, false]);
    assert_nothing_is_pinned(&sandbox).await;

    sandbox.push_main(&project, &line[2..]).await;
    let job = sandbox.enqueue(key_of(&mpack), &[push]).await;
    let status = sandbox.finish(&job.expect("queued")).await;
    assert_eq!(status.status, JobState::Done, "{:?}", status.error);
    // The job is done before its worker has tidied up.
    sandbox.stop_worker().await;
    assert_eq!(places(&sandbox, key_of(&mpack)).await, [false, true, false]);
    assert_nothing_is_pinned(&sandbox).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_push_can_come_again_without_its_upload() {
    let (sandbox, mut project, line) = with_two_commits().await;
    let tip = project.add_line(Some(line[1]), 1)[0];
    let mpack = project.mpack(&[tip]);
    let stale = update("main", Some(line[0]), Some(tip));
    let refused = sandbox.push(&mpack, &[stale]).await;
    let code = refused.expect_err("refused").known_code();
    assert_eq!(code, Some(ProblemCode::StaleRef));
    let push = update("main", Some(line[1]), Some(tip));
    let job = sandbox.enqueue(key_of(&mpack), &[push]).await;
    let status = sandbox.finish(&job.expect("queued")).await;
    assert_eq!(status.status, JobState::Done, "{:?}", status.error);
}

/// A job that verifies a bad upload of `mpack`'s key, held while it reads the bytes, and what lets
/// it go on and says how it ends.
struct HeldJob {
    gate: Arc<GatedBlobs>,
    running: JoinHandle<Result<()>>,
}

impl HeldJob {
    async fn start(sandbox: &Sandbox, mpack: &[u8], tip: CommitId) -> Self {
        let mut bad = mpack.to_vec();
        // In the middle of the frames, so that only the pass over all bytes can tell.
        bad[70] ^= 1;
        sandbox.upload(key_of(mpack), &bad).await;
        let update = update("dev", None, Some(tip));
        let queued = sandbox.enqueue(key_of(mpack), &[update]).await;
        queued.expect("queued");
        let gate = Arc::new(GatedBlobs::new(sandbox.blobs()));
        let ingest = Ingest::new(
            sandbox.store().clone(),
            Arc::clone(&gate) as Blobs,
            IngestOptions {
                push_limits: Default::default(),
                queued_jobs_per_repo: 100,
                presign_lifetime: Duration::from_secs(60),
                daily_quota: DailyQuota::default(),
            },
            MemoryBudget::new(1 << 30),
            |_, _| Ok(FollowUps::default()),
        );
        let claimed = sandbox
            .store()
            .claim(&[JobKind::Unpack], "held", Duration::from_secs(600));
        let claimed = claimed.await.expect("answers").expect("a job");
        let running =
            tokio::spawn(async move { ingest.run_unpack(claimed, Cancellation::default()).await });
        gate.somebody_waits().await;
        Self { gate, running }
    }

    async fn end(self) -> ProblemCode {
        self.gate.open();
        let ended = self.running.await.expect("no panic");
        code_of(ended.expect_err("refused"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_takes_nothing_from_a_push_that_was_published_meanwhile() {
    let (mut sandbox, project, line) = with_two_commits().await;
    sandbox.stop_worker().await;
    let mpack = project.mpack(&line[2..]);
    let held = HeldJob::start(&sandbox, &mpack, line[2]).await;
    // The same mpack in one request, whole: another's bad upload is no reason to refuse it.
    let main = update("main", Some(line[1]), Some(line[2]));
    let status = stream(&sandbox, Some(&mpack), vec![main]).await;
    assert_eq!(status.expect("pushed").commits_written, Some(1));

    let code = held.end().await;
    assert!(
        matches!(
            code,
            ProblemCode::MpackKeyMismatch | ProblemCode::MpackMalformed
        ),
        "{code}"
    );
    assert_eq!(places(&sandbox, key_of(&mpack)).await, [false, true, true]);
    assert_nothing_is_pinned(&sandbox).await;
    let (client, _) = sandbox.clone_all().await;
    assert!(client.has_commit(&line[2]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_swapped_while_it_is_verified_changes_nothing() {
    let (mut sandbox, project, line) = with_two_commits().await;
    sandbox.stop_worker().await;
    let mpack = project.mpack(&line[2..]);
    let held = HeldJob::start(&sandbox, &mpack, line[2]).await;
    let upload = BlobKey::upload(sandbox.repo.uuid, key_of(&mpack));
    sandbox.blobs().delete(&upload).await.expect("deleted");
    let good = Bytes::from(mpack.clone());
    sandbox.blobs().put_bytes(&upload, good).await.expect("put");
    let code = held.end().await;
    assert!(
        matches!(
            code,
            ProblemCode::MpackKeyMismatch | ProblemCode::MpackMalformed
        ),
        "{code}"
    );
    // Whatever became of the upload, the mpack can be pushed now.
    sandbox.start_worker();
    sandbox.push_main(&project, &line[2..]).await;
    sandbox.stop_worker().await;
    assert_eq!(places(&sandbox, key_of(&mpack)).await, [false, true, true]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_mpack_whose_blob_is_lost_can_be_pushed_again() {
    let (mut sandbox, project, line) = with_two_commits().await;
    sandbox.stop_worker().await;
    let mpack = project.mpack(&line[..2]);
    let blob = BlobKey::mpack(sandbox.repo.uuid, key_of(&mpack));
    sandbox.blobs().delete(&blob).await.expect("deleted");
    let request = PresignRequest {
        mpack_key: key_of(&mpack),
        size_bytes: mpack.len() as u64,
        counts: project.draft(&line[..2]).counts(),
        updates: Vec::new(),
        parts: Vec::new(),
    };
    let presigned = sandbox
        .server
        .ingest
        .presign(&sandbox.repo, &sandbox.identity, &request)
        .await;
    assert!(presigned.expect("answered").upload.is_some());
    sandbox.start_worker();
    let again = update("again", None, Some(line[1]));
    sandbox.push(&mpack, &[again]).await.expect("pushed");
    sandbox.clone_all().await;
}
