//! Mpacks that were refused because of their bytes.

use std::collections::HashMap;

use muse_wire::id::MpackKey;
use muse_wire::name::RepoName;
use uuid::Uuid;

use super::{AdminError, find_repo};
use crate::blobs::{BlobArea, BlobKey, Blobs};
use crate::store::{Actor, Repo, Store};

/// An mpack in the quarantine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// The repository that it was pushed to; `None` where that is gone.
    pub repo: Option<RepoName>,
    /// The key under which it was pushed.
    pub mpack: MpackKey,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// Since when it has been there, in milliseconds since 1970.
    pub since_ms: i64,
}

/// The mpacks in the quarantine, or those of one repository, the latest first.
///
/// # Errors
/// [`AdminError`] where there is no such repository, or the blob store fails.
pub async fn list_quarantine(
    store: &Store,
    blobs: &Blobs,
    repo: Option<&RepoName>,
) -> Result<Vec<Quarantined>, AdminError> {
    let repos = match repo {
        Some(name) => vec![find_repo(store, name).await?],
        None => store.repos(None).await?,
    };
    let names: HashMap<Uuid, RepoName> = repos
        .into_iter()
        .map(|repo| (repo.uuid, repo.name))
        .collect();
    let mut entries = blobs.list(BlobArea::Quarantine).await?;
    entries.retain(|entry| repo.is_none() || names.contains_key(&entry.key.repo_id()));
    entries.sort_unstable_by_key(|entry| (-entry.modified_ms, entry.key));
    let quarantined = entries.into_iter().map(|entry| Quarantined {
        repo: names.get(&entry.key.repo_id()).cloned(),
        mpack: entry.key.mpack_key(),
        size_bytes: entry.size_bytes,
        since_ms: entry.modified_ms,
    });
    Ok(quarantined.collect())
}

/// Takes an mpack for uploaded again: a push that would upload it sends no bytes, and all of them
/// are checked.
///
/// # Errors
/// [`AdminError`] where there is no such mpack in the quarantine, or the blob store fails.
pub async fn release_mpack(
    store: &Store,
    blobs: &Blobs,
    name: &RepoName,
    mpack: MpackKey,
) -> Result<(), AdminError> {
    let (repo, quarantined) = find(store, blobs, name, mpack).await?;
    let upload = BlobKey::upload(repo.uuid, mpack);
    blobs.copy(&quarantined, &upload).await?;
    blobs.delete(&quarantined).await?;
    log(store, &repo, "quarantine.release", mpack).await
}

/// Deletes an mpack from the quarantine.
///
/// # Errors
/// As [`release_mpack`].
pub async fn delete_quarantined(
    store: &Store,
    blobs: &Blobs,
    name: &RepoName,
    mpack: MpackKey,
) -> Result<(), AdminError> {
    let (repo, quarantined) = find(store, blobs, name, mpack).await?;
    blobs.delete(&quarantined).await?;
    log(store, &repo, "quarantine.delete", mpack).await
}

async fn find(
    store: &Store,
    blobs: &Blobs,
    name: &RepoName,
    mpack: MpackKey,
) -> Result<(Repo, BlobKey), AdminError> {
    let repo = find_repo(store, name).await?;
    let quarantined = BlobKey::quarantined(repo.uuid, mpack);
    match blobs.size(&quarantined).await? {
        Some(_) => Ok((repo, quarantined)),
        None => Err(AdminError::NotQuarantined(mpack)),
    }
}

async fn log(
    store: &Store,
    repo: &Repo,
    act: &'static str,
    mpack: MpackKey,
) -> Result<(), AdminError> {
    let (name, detail) = (&repo.name, mpack.to_string());
    Ok(store.log_act(act, name, detail, Actor::Operator).await?)
}
