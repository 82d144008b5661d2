//! Rows as the queries select them, and what they become: the same for both engines.

use diesel::prelude::*;
use muse_wire::dag::CommitNode;
use muse_wire::id::{CommitId, ObjectId};
use muse_wire::mpack::Counts;
use muse_wire::name::RepoName;

use super::accounts::UserId;
use super::convert::{
    commit_id, job_state, mpack_key, number, object_id, ref_name, snapshot_id, split_parents,
    unpack,
};
use super::error::{Result, StoreError};
use super::history::{StoredCommit, StoredSnapshot};
use super::jobs::{Job, JobId, JobKind};
use super::mpacks::{MpackId, ObjectPlace, StoredMpack};
use super::repos::{Repo, RepoId};
use super::schema::{commits, jobs, mpack_index, mpacks, repos, snapshots, users};

/// A commit without its record.
#[derive(Queryable, Selectable)]
#[diesel(table_name = commits)]
pub(super) struct CommitRow {
    id: Vec<u8>,
    parents: Vec<u8>,
    generation: i64,
    committed_at: i64,
    snapshot_id: Vec<u8>,
    mpack_id: i64,
}

impl TryFrom<CommitRow> for (CommitId, StoredCommit) {
    type Error = StoreError;

    fn try_from(row: CommitRow) -> Result<Self> {
        let node = CommitNode {
            parents: split_parents(&row.parents)?,
            generation: number(row.generation)?,
            committed_at: row.committed_at,
        };
        let commit = StoredCommit {
            node,
            snapshot: snapshot_id(&row.snapshot_id)?,
            mpack: MpackId(row.mpack_id),
        };
        Ok((commit_id(&row.id)?, commit))
    }
}

/// A snapshot.
#[derive(Queryable, QueryableByName, Selectable)]
#[diesel(table_name = snapshots)]
pub(super) struct SnapshotRow {
    id: Vec<u8>,
    base: Option<Vec<u8>>,
    chain_bytes: i64,
    listing_bytes: i64,
    record: Vec<u8>,
}

impl TryFrom<SnapshotRow> for StoredSnapshot {
    type Error = StoreError;

    fn try_from(row: SnapshotRow) -> Result<Self> {
        Ok(Self {
            id: snapshot_id(&row.id)?,
            base: row.base.as_deref().map(snapshot_id).transpose()?,
            record: row.record,
            chain_bytes: number(row.chain_bytes)?,
            listing_bytes: number(row.listing_bytes)?,
        })
    }
}

/// An mpack.
#[derive(Queryable, Selectable)]
#[diesel(table_name = mpacks)]
pub(super) struct MpackRow {
    id: i64,
    key: Vec<u8>,
    size_bytes: i64,
    object_count: i64,
    commit_count: i64,
    snapshot_count: i64,
    object_bytes: i64,
    created_at_ms: i64,
}

impl TryFrom<MpackRow> for StoredMpack {
    type Error = StoreError;

    fn try_from(row: MpackRow) -> Result<Self> {
        Ok(Self {
            id: MpackId(row.id),
            key: mpack_key(&row.key)?,
            size_bytes: number(row.size_bytes)?,
            counts: Counts {
                objects: number(row.object_count)?,
                commits: number(row.commit_count)?,
                snapshots: number(row.snapshot_count)?,
                object_bytes: number(row.object_bytes)?,
            },
            created_at_ms: row.created_at_ms,
        })
    }
}

/// An object's place, joined with its mpack.
#[derive(Queryable, Selectable)]
#[diesel(table_name = mpack_index)]
pub(super) struct PlaceRow {
    object_id: Vec<u8>,
    mpack_id: i64,
    #[diesel(select_expression = mpacks::key, select_expression_type = mpacks::key)]
    mpack_key: Vec<u8>,
    frame: i64,
    frame_offset: i64,
    length: i64,
}

impl TryFrom<PlaceRow> for (ObjectId, ObjectPlace) {
    type Error = StoreError;

    fn try_from(row: PlaceRow) -> Result<Self> {
        let place = ObjectPlace {
            mpack: MpackId(row.mpack_id),
            mpack_key: mpack_key(&row.mpack_key)?,
            frame: number(row.frame)?,
            offset: number(row.frame_offset)?,
            length: number(row.length)?,
        };
        Ok((object_id(&row.object_id)?, place))
    }
}

/// A job, as far as it matters to others than its worker.
#[derive(Queryable, Selectable)]
#[diesel(table_name = jobs)]
pub(super) struct JobRow {
    id: String,
    repo_id: i64,
    kind: String,
    request_digest: Vec<u8>,
    payload: Vec<u8>,
    owner_id: Option<i64>,
    state: String,
    stage: Option<String>,
    attempts: i64,
    report: Vec<u8>,
    created_at_ms: i64,
}

impl TryFrom<JobRow> for Job {
    type Error = StoreError;

    fn try_from(row: JobRow) -> Result<Self> {
        Ok(Self {
            id: job_id(&row.id)?,
            repo: RepoId(row.repo_id),
            kind: JobKind::from_text(&row.kind).ok_or(StoreError::Corrupt("job kind"))?,
            request_digest: row
                .request_digest
                .try_into()
                .map_err(|_| StoreError::Corrupt("request digest"))?,
            payload: row.payload,
            owner: row.owner_id.map(UserId),
            state: job_state(&row.state)?,
            stage: row.stage,
            attempts: number(row.attempts)?,
            report: unpack(&row.report, "job report")?,
            created_at_ms: row.created_at_ms,
        })
    }
}

pub(super) fn job_id(text: &str) -> Result<JobId> {
    text.parse().map_err(|_| StoreError::Corrupt("job id"))
}

/// A repository, joined with its owner.
#[derive(Queryable, Selectable)]
#[diesel(table_name = repos)]
pub(super) struct RepoRow {
    id: i64,
    uuid: String,
    owner_id: i64,
    #[diesel(select_expression = users::name, select_expression_type = users::name)]
    owner: String,
    slug: String,
    private: bool,
    default_branch: String,
    created_at_ms: i64,
}

impl TryFrom<RepoRow> for Repo {
    type Error = StoreError;

    fn try_from(row: RepoRow) -> Result<Self> {
        Ok(Self {
            id: RepoId(row.id),
            uuid: row
                .uuid
                .parse()
                .map_err(|_| StoreError::Corrupt("repository id"))?,
            name: RepoName::new(&row.owner, &row.slug)
                .map_err(|_| StoreError::Corrupt("repository name"))?,
            owner_id: UserId(row.owner_id),
            private: row.private,
            default_branch: ref_name(row.default_branch)?,
            created_at_ms: row.created_at_ms,
        })
    }
}
