//! Whether every mpack that readers are given is in the blob store, whole, and whether the database
//! has all that branches and tags reach.

mod history;

use std::io::{self, Read};

use muse_wire::id::{Hasher, MpackKey};
use muse_wire::name::RepoName;

use crate::blobs::{BlobError, BlobKey, Blobs};
use crate::blocking::run_blocking;
use crate::gc::GcError;
use crate::store::{Repo, Store};

pub use self::history::{Gap, examine_history};

/// How many bytes are hashed at a time.
const BUFFER_BYTES: usize = 1 << 20;

/// What is wrong with an mpack's blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    /// There is none.
    Missing,
    /// It has another size.
    WrongSize,
    /// Its bytes are others.
    WrongBytes,
}

impl Damage {
    /// For people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::WrongSize => "of another size",
            Self::WrongBytes => "damaged",
        }
    }
}

/// An mpack whose blob is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamagedMpack {
    /// Its repository.
    pub repo: RepoName,
    /// Its key.
    pub key: MpackKey,
    /// What is wrong.
    pub damage: Damage,
    /// Whether it is whole again, by a copy that was in the quarantine.
    pub is_repaired: bool,
}

/// What to do besides comparing sizes.
#[derive(Debug, Clone, Copy, Default)]
pub struct DoctorOptions {
    /// Read all bytes, and compare their hashes.
    pub hash: bool,
    /// Bring back what is missing from the quarantine.
    pub repair: bool,
}

/// Examines the mpacks of a repository; calls `found` for each that is damaged.
///
/// # Errors
/// [`GcError`].
pub async fn examine(
    store: &Store,
    blobs: &Blobs,
    repo: &Repo,
    options: DoctorOptions,
    mut found: impl FnMut(DamagedMpack),
) -> Result<(), GcError> {
    for mpack in store.mpacks(repo.id).await? {
        let blob = BlobKey::mpack(repo.uuid, mpack.key);
        let damage = match blobs.size(&blob).await? {
            None => Damage::Missing,
            Some(size_bytes) if size_bytes != mpack.size_bytes => Damage::WrongSize,
            Some(_) if options.hash && !hashes_to(blobs, &blob, mpack.key).await? => {
                Damage::WrongBytes
            }
            Some(_) => continue,
        };
        let is_repaired = options.repair
            && damage == Damage::Missing
            && bring_back(blobs, &blob, mpack.key).await?;
        found(DamagedMpack {
            repo: repo.name.clone(),
            key: mpack.key,
            damage,
            is_repaired,
        });
    }
    Ok(())
}

/// Copies a missing blob from the quarantine, if its bytes are there.
async fn bring_back(blobs: &Blobs, blob: &BlobKey, key: MpackKey) -> Result<bool, BlobError> {
    let quarantined = BlobKey::quarantined(blob.repo_id(), key);
    let is_there = blobs.size(&quarantined).await?.is_some();
    if !is_there || !hashes_to(blobs, &quarantined, key).await? {
        return Ok(false);
    }
    blobs.copy(&quarantined, blob).await?;
    Ok(true)
}

async fn hashes_to(blobs: &Blobs, blob: &BlobKey, key: MpackKey) -> Result<bool, BlobError> {
    let mut reader = blobs.reader(blob).await?;
    let hashed = run_blocking(move || {
        let mut hasher = Hasher::new();
        let mut buffer = vec![0; BUFFER_BYTES];
        loop {
            match reader.read(&mut buffer)? {
                0 => return Ok(hasher.finish()),
                count => hasher.update(&buffer[..count]),
            }
        }
    });
    let hashed: io::Result<[u8; 32]> = hashed.await;
    let hashed = hashed.map_err(|error| BlobError::store(blob, error))?;
    Ok(hashed == *key.as_bytes())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::blobs::conformance::key_of;
    use crate::sandbox::{Project, Sandbox};

    async fn damaged(sandbox: &Sandbox, options: DoctorOptions) -> Vec<(Damage, bool)> {
        let mut damaged = Vec::new();
        let examined = examine(
            sandbox.store(),
            sandbox.blobs(),
            &sandbox.repo,
            options,
            |mpack| damaged.push((mpack.damage, mpack.is_repaired)),
        );
        examined.await.expect("examined");
        damaged
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_missing_comes_back_from_the_quarantine() {
        let sandbox = Sandbox::new().await;
        let mut project = Project::default();
        let line = project.add_line(None, 2);
        sandbox.push_main(&project, &line).await;
        let (plain, repair) = (
            DoctorOptions::default(),
            DoctorOptions {
                repair: true,
                ..DoctorOptions::default()
            },
        );
        assert_eq!(damaged(&sandbox, plain).await, []);
        let blob = BlobKey::mpack(sandbox.repo.uuid, key_of(&project.mpack(&line)));
        sandbox.blobs().quarantine(&blob).await.expect("moved");
        assert_eq!(damaged(&sandbox, plain).await, [(Damage::Missing, false)]);
        assert_eq!(damaged(&sandbox, repair).await, [(Damage::Missing, true)]);
        assert_eq!(damaged(&sandbox, plain).await, []);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn other_bytes_are_noticed_and_never_brought_back() {
        let sandbox = Sandbox::new().await;
        let mut project = Project::default();
        let line = project.add_line(None, 2);
        sandbox.push_main(&project, &line).await;
        let mpack = project.mpack(&line);
        let key = key_of(&mpack);
        let uuid = sandbox.repo.uuid;
        let put = async |blob: &BlobKey, bytes: Vec<u8>| {
            sandbox.blobs().delete(blob).await.expect("deleted");
            let put = sandbox.blobs().put_bytes(blob, Bytes::from(bytes));
            put.await.expect("put");
        };
        let hash = DoctorOptions {
            hash: true,
            repair: true,
        };
        let mut other = mpack.clone();
        other[40] ^= 1;
        put(&BlobKey::mpack(uuid, key), other.clone()).await;
        assert_eq!(damaged(&sandbox, DoctorOptions::default()).await, []);
        assert_eq!(damaged(&sandbox, hash).await, [(Damage::WrongBytes, false)]);
        put(&BlobKey::mpack(uuid, key), mpack[1..].to_vec()).await;
        assert_eq!(damaged(&sandbox, hash).await, [(Damage::WrongSize, false)]);
        put(&BlobKey::quarantined(uuid, key), other).await;
        let blob = BlobKey::mpack(uuid, key);
        sandbox.blobs().delete(&blob).await.expect("deleted");
        assert_eq!(damaged(&sandbox, hash).await, [(Damage::Missing, false)]);
    }
}
