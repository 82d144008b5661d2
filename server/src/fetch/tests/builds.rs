//! What is built for readers: once, within bounds, and not for ever.

use std::sync::Arc;
use std::time::Duration;

use muse_wire::api::fetch::{FetchPlan, FetchRequest};
use muse_wire::id::{CommitId, MpackKey};

use super::pushed;
use crate::error::Error;
use crate::fetch::service::{MAX_BUILDS_IN_REQUESTS, MAX_QUEUED_BUILDS};
use crate::fetch::{Fetch, FetchOptions, FetchOutcome};
use crate::history::VisibleObjects;
use crate::sandbox::{Sandbox, update};

/// The same data, as another process serves it.
fn other_process(sandbox: &Sandbox, patience: Duration) -> Fetch {
    let options = FetchOptions {
        presign_lifetime: Duration::from_secs(900),
        patience,
    };
    let (store, blobs) = (sandbox.store().clone(), sandbox.blobs().clone());
    let visible = Arc::new(VisibleObjects::new(store.clone()));
    Fetch::new(store, blobs, visible, options)
}

fn request(want: CommitId, have: CommitId) -> FetchRequest {
    FetchRequest {
        want: vec![want],
        have: vec![have],
        ..FetchRequest::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_several_ask_for_at_once_is_built_once() {
    let (sandbox, _, main) = pushed(&[6]).await;
    let other = other_process(&sandbox, Duration::from_secs(60));
    let wanted = || request(main[5], main[2]);
    let (here, there, again) = tokio::join!(
        sandbox.server.fetch.plan(&sandbox.repo, wanted()),
        other.plan(&sandbox.repo, wanted()),
        other.plan(&sandbox.repo, wanted()),
    );
    let mut keys = Vec::new();
    for outcome in [here, there, again] {
        match outcome.expect("planned") {
            FetchOutcome::Plan(plan) => keys.push(plan.mpacks[0].mpack_key),
            FetchOutcome::Job(job) => panic!("{job:?}"),
        }
    }
    assert!(keys.iter().all(|key| *key == keys[0]));
    assert_eq!(sandbox.built().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn builds_beyond_the_permits_are_jobs() {
    let (sandbox, _, main) = pushed(&[6]).await;
    let fetch = &sandbox.server.fetch;
    let permits = u32::try_from(MAX_BUILDS_IN_REQUESTS).expect("few");
    let taken = fetch.build_permits.acquire_many(permits).await;
    let outcome = fetch.plan(&sandbox.repo, request(main[5], main[2])).await;
    let FetchOutcome::Job(job) = outcome.expect("queued") else {
        panic!("it was built in the request");
    };
    drop(taken);
    let status = sandbox.finish(&job).await;
    assert_eq!(status.error, None);
    let plan = sandbox.plan(&main[5..], &main[2..3]).await;
    assert_eq!(plan.expect("planned").cache, "HIT");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_takes_too_long_is_a_job() {
    let (sandbox, _, main) = pushed(&[6]).await;
    let other = other_process(&sandbox, Duration::ZERO);
    let wanted = || request(main[5], main[2]);
    let outcome = other.plan(&sandbox.repo, wanted()).await;
    let FetchOutcome::Job(job) = outcome.expect("queued") else {
        panic!("it was waited for");
    };
    let status = sandbox.finish(&job).await;
    assert_eq!(status.error, None);
    let id = job.job_id.parse().expect("a job id");
    let job = sandbox.store().job(sandbox.repo.id, id).await;
    let job = job.expect("answers").expect("is there");
    let plan = other.plan_of_job(&sandbox.repo, &job).await;
    assert_eq!(plan.expect("planned").cache, "HIT");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_too_much_is_built_everything_is_given() {
    let (mut sandbox, _, main) = pushed(&[30]).await;
    let have_all = sandbox.clone_all().await;
    sandbox.stop_worker().await;
    let other = other_process(&sandbox, Duration::ZERO);
    let queued = usize::try_from(MAX_QUEUED_BUILDS).expect("few");
    for have in &main[..queued] {
        let outcome = other.plan(&sandbox.repo, request(main[29], *have)).await;
        assert!(matches!(outcome, Ok(FetchOutcome::Job(_))), "{outcome:?}");
    }
    let outcome = other
        .plan(&sandbox.repo, request(main[29], main[queued]))
        .await;
    let FetchOutcome::Plan(plan) = outcome.expect("planned") else {
        panic!("the queue is full");
    };
    let keys = |plan: &FetchPlan| plan.mpacks.iter().map(|mpack| mpack.mpack_key).collect();
    let (given, all): (Vec<MpackKey>, Vec<MpackKey>) = (keys(&plan), keys(&have_all.1));
    assert_eq!(given, all);
    let unknown = request(CommitId::from_bytes([7; 32]), main[queued]);
    let outcome = other.plan(&sandbox.repo, unknown).await;
    assert!(matches!(outcome, Err(Error::Problem(_))), "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_expired_is_deleted_and_pushed_bytes_stay() {
    let (sandbox, _, main) = pushed(&[6]).await;
    let plan = sandbox.plan(&main[5..], &main[2..3]).await;
    let mpack = plan.expect("planned").mpacks.remove(0);
    let built = sandbox.built().await;
    assert_eq!(built.len(), 1);
    // Somebody pushes the very bytes that the server built.
    let bytes = mpack.inline.expect("it is small");
    let again = update("again", None, Some(main[5]));
    sandbox.push(&bytes, &[again]).await.expect("pushed");

    let (fetch, store) = (&sandbox.server.fetch, sandbox.store());
    fetch
        .delete_expired_before(Duration::ZERO)
        .await
        .expect("deleted");
    assert_eq!(sandbox.built().await, built, "it has not expired");
    sandbox.expire_built().await;
    fetch.delete_expired().await.expect("deleted");
    assert_eq!(sandbox.built().await, built, "it may still be downloaded");
    fetch
        .delete_expired_before(Duration::ZERO)
        .await
        .expect("deleted");
    assert_eq!(sandbox.built().await, []);
    let left = store.take_expired_builds(Duration::ZERO, 1).await;
    assert_eq!(left.expect("asked"), []);
    sandbox.clone_all().await;
    let plan = sandbox.plan(&main[5..], &main[2..3]).await;
    assert_eq!(plan.expect("planned").mpacks[0].mpack_key, mpack.mpack_key);
}
