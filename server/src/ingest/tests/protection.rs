//! Pushes to protected branches.

use muse_wire::api::job::JobState;
use muse_wire::api::push::{Force, RefUpdate};
use muse_wire::id::CommitId;
use muse_wire::problem::ProblemCode;

use crate::sandbox::{Project, Sandbox, update};
use crate::store::Actor;
use crate::store::protections::Protection;

/// A sandbox whose `main` has two commits and is protected.
async fn protected(signed_only: bool) -> (Sandbox, Project, Vec<CommitId>) {
    let sandbox = Sandbox::new().await;
    let mut project = Project::default();
    let line = project.add_line(None, 2);
    sandbox.push_main(&project, &line).await;
    let protection = Protection {
        branch: update("main", None, None).name,
        allows_force: false,
        allows_deletion: false,
        signed_only,
    };
    let protected = sandbox
        .store()
        .protect(&sandbox.repo, &protection, Actor::Operator);
    protected.await.expect("protected");
    (sandbox, project, line)
}

/// What an update is refused for: before anything is sent, and, where that says nothing, as a push.
async fn refusals(
    sandbox: &Sandbox,
    mpack: &[u8],
    update: &RefUpdate,
) -> (Option<ProblemCode>, Option<ProblemCode>) {
    let updates = std::slice::from_ref(update);
    let before = sandbox.server.ingest.check_updates(&sandbox.repo, updates);
    let before = before.await.err().map(super::code_of);
    let pushed = sandbox.push(mpack, updates).await;
    (
        before,
        pushed.err().and_then(|problem| problem.known_code()),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_protected_branch_is_neither_forced_nor_deleted() {
    let (sandbox, mut project, line) = protected(false).await;
    let next = project.add(&[line[1]], &[("file", Some("next"))]);
    let mpack = project.mpack(&[next]);
    let forced = RefUpdate {
        force: Force::WithLease,
        ..update("main", Some(line[1]), Some(line[0]))
    };
    let deletion = RefUpdate {
        delete_default_branch: true,
        ..update("main", Some(line[1]), None)
    };
    let refused = Some(ProblemCode::ProtectedBranch);
    for update in [forced, deletion] {
        let codes = refusals(&sandbox, &mpack, &update).await;
        assert_eq!(codes, (refused, refused), "{update:?}");
    }
    assert_eq!(sandbox.refs().await["refs/heads/main"], line[1]);
    let forward = update("main", Some(line[1]), Some(next));
    assert_eq!(refusals(&sandbox, &mpack, &forward).await, (None, None));
    // Others are free.
    let other = update("dev", None, Some(line[1]));
    assert_eq!(refusals(&sandbox, &mpack, &other).await, (None, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_can_take_only_signed_commits() {
    let (sandbox, mut project, line) = protected(true).await;
    let first = project.add(&[line[1]], &[("file", Some("first"))]);
    let second = project.add(&[first], &[("file", Some("second"))]);
    project.sign(&second);
    let refused = (None, Some(ProblemCode::SignatureRequired));
    let both = update("main", Some(line[1]), Some(second));
    let mpack = project.mpack(&[first, second]);
    assert_eq!(refusals(&sandbox, &mpack, &both).await, refused);

    // What came by way of another branch is looked at, too.
    let aside = update("dev", None, Some(first));
    let mpack = project.mpack(&[first]);
    assert_eq!(refusals(&sandbox, &mpack, &aside).await, (None, None));
    let mpack = project.mpack(&[second]);
    assert_eq!(refusals(&sandbox, &mpack, &both).await, refused);
    assert_eq!(sandbox.refs().await["refs/heads/main"], line[1]);

    let signed = project.add_line(Some(line[1]), 2);
    signed.iter().for_each(|commit| project.sign(commit));
    let update = update("main", Some(line[1]), Some(signed[1]));
    let status = sandbox.push(&project.mpack(&signed), &[update]).await;
    assert_eq!(status.expect("signed").status, JobState::Done);
}
