//! Pushes to protected branches.

use ed25519_dalek::SigningKey;
use muse_wire::api::job::JobState;
use muse_wire::api::key::RegisterKeyRequest;
use muse_wire::api::push::{Force, RefUpdate};
use muse_wire::commit::PublicKey;
use muse_wire::id::CommitId;
use muse_wire::problem::{Problem, ProblemCode};

use crate::sandbox::{Project, Sandbox, update};
use crate::store::accounts::UserId;
use crate::store::conformance::sample;
use crate::store::members::Role;
use crate::store::protections::{Protection, SignatureRule};
use crate::store::{Actor, Store};

/// A sandbox whose `main` has two commits and is protected.
async fn protected(signatures: SignatureRule) -> (Sandbox, Project, Vec<CommitId>) {
    let sandbox = Sandbox::new().await;
    let mut project = Project::default();
    let line = project.add_line(None, 2);
    sandbox.push_main(&project, &line).await;
    let protection = Protection {
        branch: update("main", None, None).name,
        allows_force: false,
        allows_deletion: false,
        signatures,
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
    let (sandbox, mut project, line) = protected(SignatureRule::Unsigned).await;
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
    let (sandbox, mut project, line) = protected(SignatureRule::Signed).await;
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

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_is_stored_unsigned_cannot_be_signed_by_a_later_push() {
    let (sandbox, mut project, line) = protected(SignatureRule::Signed).await;
    let next = project.add(&[line[1]], &[("file", Some("next"))]);
    let aside = update("dev", None, Some(next));
    let mpack = project.mpack(&[next]);
    assert_eq!(refusals(&sandbox, &mpack, &aside).await, (None, None));
    // The id is the same, and so the signature would not be kept.
    project.sign(&next);
    let update = update("main", Some(line[1]), Some(next));
    let refused = sandbox.push(&project.mpack(&[next]), &[update]).await;
    let detail = refused.expect_err("refused").detail;
    assert!(
        detail.contains(&format!("{next} is not signed")),
        "{detail}"
    );
}

fn public_key(secret: u8) -> PublicKey {
    let key = SigningKey::from_bytes(&[secret; 32]);
    PublicKey::from_bytes(key.verifying_key().to_bytes())
}

async fn register(store: &Store, user: UserId, secret: u8) {
    let new = RegisterKeyRequest {
        public_key: public_key(secret),
        name: "key".to_owned(),
    };
    let registered = store.register_key(user, &new, Actor::Operator).await;
    registered.expect("registered");
}

/// A branch that takes only what is signed by registered keys, and what is pushed to it.
struct RegisteredBranch {
    sandbox: Sandbox,
    project: Project,
    tip: CommitId,
}

impl RegisteredBranch {
    async fn new() -> Self {
        let (sandbox, project, line) = protected(SignatureRule::RegisteredKeys).await;
        Self {
            sandbox,
            project,
            tip: line[1],
        }
    }

    /// Adds a commit on top of another one, signed by these keys.
    fn add(&mut self, parent: CommitId, secrets: &[u8]) -> CommitId {
        let commit = self.project.add_line(Some(parent), 1)[0];
        self.project.sign_by(&commit, secrets);
        commit
    }

    /// Pushes these commits to `main`, the last of which becomes its tip.
    async fn push(&mut self, commits: &[CommitId]) -> Result<(), Problem> {
        let tip = *commits.last().expect("there are some");
        let update = update("main", Some(self.tip), Some(tip));
        let mpack = self.project.mpack(commits);
        let job = self.sandbox.push(&mpack, &[update]).await?;
        assert_eq!(job.status, JobState::Done);
        self.tip = tip;
        Ok(())
    }

    /// Pushes a commit that is signed by these keys.
    async fn push_signed_by(&mut self, secrets: &[u8]) -> Result<(), Problem> {
        let commit = self.add(self.tip, secrets);
        self.push(&[commit]).await
    }
}

/// Expects that a push was refused for want of a signature, for this reason.
fn expect_refused(outcome: Result<(), Problem>, reason: &str) {
    let problem = outcome.expect_err("refused");
    let code = problem.known_code();
    assert_eq!(code, Some(ProblemCode::SignatureRequired), "{problem}");
    assert!(problem.detail.contains(reason), "{problem}");
}

const BY_NO_KEY: &str = "has no signature by a key that somebody who may push here has registered";

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_can_take_only_what_registered_keys_have_signed() {
    let mut branch = RegisteredBranch::new().await;
    let owner = branch.sandbox.repo.owner_id;
    expect_refused(branch.push_signed_by(&[]).await, "is not signed");
    expect_refused(branch.push_signed_by(&[1]).await, BY_NO_KEY);
    register(branch.sandbox.store(), owner, 1).await;
    branch.push_signed_by(&[1]).await.expect("registered");
    // One of several signatures is enough.
    branch.push_signed_by(&[2, 1]).await.expect("registered");

    // Every commit is asked for, and the first that fails is named.
    let stranger = branch.add(branch.tip, &[2]);
    let own = branch.add(stranger, &[1]);
    let named = format!("{stranger} {BY_NO_KEY}");
    expect_refused(branch.push(&[stranger, own]).await, &named);

    // A key that is removed no longer counts, and what the branch has of it stays.
    let (store, key) = (branch.sandbox.store(), public_key(1));
    let removed = store.remove_key(owner, &key, Actor::Operator);
    assert!(removed.await.expect("removed"));
    expect_refused(branch.push_signed_by(&[1]).await, BY_NO_KEY);
    register(branch.sandbox.store(), owner, 3).await;
    branch.push_signed_by(&[3]).await.expect("registered");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_count_of_those_alone_who_may_push() {
    let mut branch = RegisteredBranch::new().await;
    let store = branch.sandbox.store().clone();
    sample::repo(&store, "bob/own").await;
    let bob = store.user("bob").await.expect("asked").expect("there");
    register(&store, bob.id, 1).await;
    expect_refused(branch.push_signed_by(&[1]).await, BY_NO_KEY);
    for (role, counts) in [(Role::Read, false), (Role::Write, true)] {
        let repo = branch.sandbox.repo.clone();
        let set = store.set_member(&repo, &bob, role, Actor::Operator).await;
        set.expect("set");
        let pushed = branch.push_signed_by(&[1]).await;
        assert_eq!(pushed.is_ok(), counts, "{role:?}: {pushed:?}");
    }
    let disabled = store.set_user_disabled(&bob, true, Actor::Operator);
    assert!(disabled.await.expect("disabled"));
    expect_refused(branch.push_signed_by(&[1]).await, BY_NO_KEY);
}
