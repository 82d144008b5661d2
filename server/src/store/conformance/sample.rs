//! Repositories, and pushes as the store sees them.

use muse_wire::api::key::RegisterKeyRequest;
use muse_wire::api::push::{Force, RefUpdate};
use muse_wire::commit::{CommitEnvelope, PublicKey};
use muse_wire::dag::CommitNode;
use muse_wire::id::{ChunkId, CommitId, MpackKey, ObjectId, SnapshotId};
use muse_wire::mpack::{ChunkRow, Counts, ObjectRow};
use muse_wire::name::{RefName, RepoName};

use crate::store::accounts::User;
use crate::store::commits::NewCommit;
use crate::store::jobs::{JobKind, NewJob};
use crate::store::large_objects::NewLargeObject;
use crate::store::publish::{FollowUps, NewMpack, Publication};
use crate::store::refs::{RefLogEntry, RefLogPage};
use crate::store::repos::{NewRepo, Repo, RepoId};
use crate::store::snapshots::{StoredRecord, StoredSnapshot};
use crate::store::{Actor, Store};

pub(super) const MAIN: &str = "refs/heads/main";

/// Creates the public repository `OWNER/SLUG`, and its owner where there is none.
pub(crate) async fn repo(store: &Store, name: &str) -> Repo {
    let name = RepoName::parse(name).expect("valid");
    if store
        .user(name.owner())
        .await
        .expect("user looked up")
        .is_none()
    {
        store
            .create_user(name.owner(), Actor::Operator)
            .await
            .expect("user created");
    }
    let new = NewRepo {
        name,
        private: false,
        default_branch: ref_name(MAIN),
    };
    store
        .create_repo(&new, Actor::Operator)
        .await
        .expect("repository created")
}

/// The moves of a ref, the latest first.
pub(super) async fn ref_log(store: &Store, repo: RepoId, name: &str) -> Vec<RefLogEntry> {
    let page = RefLogPage {
        name: Some(ref_name(name)),
        before: None,
        limit: 100,
    };
    store.ref_log(repo, &page).await.expect("read")
}

/// Creates a user.
pub(super) async fn user(store: &Store, name: &str) -> User {
    let created = store.create_user(name, Actor::Operator).await;
    created.expect("user created");
    let user = store.user(name).await.expect("user looked up");
    user.expect("just created")
}

/// Key `number`, under a name.
pub(super) fn new_key(number: u8, name: &str) -> RegisterKeyRequest {
    RegisterKeyRequest {
        public_key: PublicKey::from_bytes([number; PublicKey::BYTES]),
        name: name.to_owned(),
    }
}

pub(super) fn ref_name(name: &str) -> RefName {
    RefName::new(name).expect("valid")
}

/// An id that differs for each number.
fn id_bytes(number: u32) -> [u8; 32] {
    let mut bytes = [0xab; 32];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    bytes
}

pub(super) fn commit_id(number: u32) -> CommitId {
    CommitId::from_bytes(id_bytes(number))
}

pub(super) fn snapshot_id(number: u32) -> SnapshotId {
    SnapshotId::from_bytes(id_bytes(number))
}

pub(super) fn object_id(number: u32) -> ObjectId {
    ObjectId::from_bytes(id_bytes(number))
}

pub(super) fn mpack_key(number: u32) -> MpackKey {
    MpackKey::from_bytes(id_bytes(number))
}

/// Commit `number` of a straight line, whose generation is its number.
pub(super) fn commit(number: u32) -> NewCommit {
    let parents = (number > 1).then(|| commit_id(number - 1));
    NewCommit {
        id: commit_id(number),
        node: CommitNode {
            parents: parents.into_iter().collect(),
            generation: number,
            committed_at: 1_700_000_000 + i64::from(number),
        },
        snapshot: snapshot_id(number),
        envelope: CommitEnvelope::plain(format!("record {number}").into_bytes()),
    }
}

/// Snapshot `number` of a straight line that begins with a keyframe.
pub(super) fn snapshot(number: u32) -> StoredSnapshot {
    StoredSnapshot {
        id: snapshot_id(number),
        base: (number > 1).then(|| snapshot_id(number - 1)),
        record: StoredRecord::from_column(format!("snapshot {number}").into_bytes()),
        chain_bytes: u64::from(number - 1) * 10,
        listing_bytes: 1_000 + u64::from(number),
    }
}

pub(super) fn object(number: u32) -> ObjectRow {
    ObjectRow {
        id: object_id(number),
        frame: number / 100,
        offset: number % 100,
        length: number,
    }
}

pub(super) fn chunk_id(number: u32) -> ChunkId {
    ChunkId::from_bytes(id_bytes(number))
}

pub(super) fn chunk(number: u32) -> ChunkRow {
    ChunkRow {
        id: chunk_id(number),
        frame: number / 10,
        offset: number % 10,
        length: number,
    }
}

/// Large object `number`, whose chunks are those of these numbers.
pub(super) fn large_object(number: u32, chunks: &[u32]) -> NewLargeObject {
    NewLargeObject {
        id: object_id(number),
        length: chunks.iter().map(|chunk| u64::from(*chunk)).sum(),
        chunks: chunks
            .iter()
            .map(|&chunk| (chunk_id(chunk), chunk))
            .collect(),
    }
}

/// A publication of large objects and of the chunks of these numbers, without a commit.
pub(super) fn large_push(
    repo: RepoId,
    key: u32,
    chunks: impl Iterator<Item = u32>,
    large_objects: Vec<NewLargeObject>,
) -> Publication {
    let mpack = NewMpack {
        chunks: chunks.map(chunk).collect(),
        large_objects,
        ..mpack(key, 0..0)
    };
    Publication {
        mpack: Some(mpack),
        ..publication(repo)
    }
}

/// An mpack of the commits of these numbers, with one snapshot and one object each.
pub(super) fn mpack(key: u32, numbers: impl Iterator<Item = u32> + Clone) -> NewMpack {
    let count = numbers.clone().count() as u64;
    NewMpack {
        key: mpack_key(key),
        size_bytes: 1_000 * count,
        counts: Counts {
            objects: count,
            commits: count,
            snapshots: count,
            object_bytes: 2_000 * count,
            base_bytes: 0,
        },
        step: None,
        thin: None,
        frames: Vec::new(),
        objects: numbers.clone().map(object).collect(),
        chunks: Vec::new(),
        large_objects: Vec::new(),
        commits: numbers.clone().map(commit).collect(),
        snapshots: numbers.map(snapshot).collect(),
        outside_objects: Vec::new(),
        outside_chunks: Vec::new(),
    }
}

/// A publication of nothing.
pub(super) fn publication(repo: RepoId) -> Publication {
    Publication {
        repo,
        actor: None,
        mpack: None,
        received_bytes: 0,
        collections: 0,
        updates: Vec::new(),
        signed: Vec::new(),
        job: None,
        timings: Vec::new(),
        follow_ups: FollowUps::default(),
    }
}

/// A publication that moves one ref between commits of these numbers.
pub(super) fn moving(repo: RepoId, name: &str, old: Option<u32>, new: Option<u32>) -> Publication {
    Publication {
        updates: vec![update(name, old, new)],
        ..publication(repo)
    }
}

/// The update of a ref between commits of these numbers, not forced.
pub(super) fn update(name: &str, old: Option<u32>, new: Option<u32>) -> RefUpdate {
    ref_update(name, old.map(commit_id), new.map(commit_id))
}

/// The update of a ref that is not forced.
pub(crate) fn ref_update(name: &str, old: Option<CommitId>, new: Option<CommitId>) -> RefUpdate {
    RefUpdate {
        name: ref_name(name),
        old,
        new,
        force: Force::No,
        delete_default_branch: false,
    }
}

/// Publishes commits 1 to `count`, and `main` at the last.
pub(super) async fn push_line(store: &Store, repo: RepoId, count: u32) {
    let first_push = Publication {
        mpack: Some(mpack(count, 1..=count)),
        ..moving(repo, MAIN, None, Some(count))
    };
    store.publish(first_push).await.expect("published");
}

pub(super) async fn unfinished(store: &Store, repo: RepoId) -> u64 {
    let count = store.unfinished_jobs(repo, JobKind::Unpack).await;
    count.expect("counted")
}

pub(super) fn job(repo: RepoId, request: u8) -> NewJob {
    NewJob {
        repo,
        kind: JobKind::Unpack,
        request_digest: [request; 32],
        payload: vec![request],
        owner: None,
        updates: Vec::new(),
        queue_limit: 100,
    }
}
