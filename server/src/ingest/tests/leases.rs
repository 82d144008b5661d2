//! Forced updates: a lease holds on every way that a push can take.

use muse_wire::api::push::{Force, PresignRequest, RefUpdate};
use muse_wire::id::CommitId;
use muse_wire::problem::ProblemCode;

use super::{code_of, stream, with_two_commits};
use crate::blobs::conformance::key_of;
use crate::sandbox::{Project, Sandbox, update};

/// What each way in says to a push of `tip` with this update: presign, unpack and stream.
async fn verdicts(
    sandbox: &Sandbox,
    project: &Project,
    tip: CommitId,
    update: &RefUpdate,
) -> [Option<ProblemCode>; 3] {
    let mpack = project.mpack(&[tip]);
    let request = PresignRequest {
        mpack_key: key_of(&mpack),
        size_bytes: mpack.len() as u64,
        counts: project.draft(&[tip]).counts(),
        updates: vec![update.clone()],
        parts: Vec::new(),
    };
    let presigned = sandbox
        .server
        .ingest
        .presign(&sandbox.repo, &sandbox.identity, &request)
        .await;
    let unpacked = sandbox.push(&mpack, std::slice::from_ref(update)).await;
    let streamed = stream(sandbox, Some(&mpack), vec![update.clone()]).await;
    [
        presigned.err().map(code_of),
        unpacked.err().and_then(|problem| problem.known_code()),
        streamed.err().map(code_of),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_on_another_commit_is_stale_on_every_way() {
    let (sandbox, mut project, line) = with_two_commits().await;
    let fork = project.add_line(Some(line[0]), 1)[0];
    // An ancestor of what `main` is at, a commit that does not exist, and none at all.
    for seen in [Some(line[0]), Some(CommitId::from_bytes([7; 32])), None] {
        let leased = RefUpdate {
            force: Force::WithLease,
            ..update("main", seen, Some(fork))
        };
        let stale = [Some(ProblemCode::StaleRef); 3];
        assert_eq!(
            verdicts(&sandbox, &project, fork, &leased).await,
            stale,
            "{seen:?}"
        );
        assert_eq!(sandbox.refs().await["refs/heads/main"], line[1]);
    }
    // On a branch that does not exist, a lease on a commit is stale, too.
    let leased = RefUpdate {
        force: Force::WithLease,
        ..update("gone", Some(line[0]), Some(fork))
    };
    let stale = [Some(ProblemCode::StaleRef); 3];
    assert_eq!(verdicts(&sandbox, &project, fork, &leased).await, stale);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_on_the_right_commit_allows_to_lose_it() {
    let (sandbox, mut project, line) = with_two_commits().await;
    let fork = project.add_line(Some(line[0]), 1)[0];
    let leased = RefUpdate {
        force: Force::WithLease,
        ..update("main", Some(line[1]), Some(fork))
    };
    assert_eq!(verdicts(&sandbox, &project, fork, &leased).await, [None; 3]);
    assert_eq!(sandbox.refs().await["refs/heads/main"], fork);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unconditional_push_ignores_what_was_seen() {
    let (sandbox, mut project, line) = with_two_commits().await;
    for seen in [Some(line[0]), Some(CommitId::from_bytes([7; 32])), None] {
        let fork = project.add_line(Some(line[0]), 1)[0];
        let always = RefUpdate {
            force: Force::Always,
            ..update("main", seen, Some(fork))
        };
        assert_eq!(
            verdicts(&sandbox, &project, fork, &always).await,
            [None; 3],
            "{seen:?}"
        );
        assert_eq!(sandbox.refs().await["refs/heads/main"], fork);
    }
}
