//! Archives that are written, read, cut short and changed.

use std::fs::{self, File};
use std::path::Path;

use muse_wire::api::key::RegisterKeyRequest;
use muse_wire::commit::PublicKey;
use tar::{Builder, EntryType, Header};
use tempfile::TempDir;

use super::{BackupError, EntryName, Manifest, back_up, restore};
use crate::blobs::conformance::key_of;
use crate::blobs::{BlobArea, BlobKey};
use crate::config::Config;
use crate::sandbox::{Project, Sandbox};
use crate::store::Actor;
use crate::{open_blobs, open_existing_store};

/// A server with two commits, an upload and a built mpack, and its backup.
struct BackedUp {
    sandbox: Sandbox,
    config: Config,
    archive: Vec<u8>,
    manifest: Manifest,
    /// Where to restore to.
    target: TempDir,
}

impl BackedUp {
    async fn new() -> Self {
        let mut config = None;
        let mut sandbox = Sandbox::idle(|defaults| config = Some(defaults.clone())).await;
        let config = config.expect("it was called");
        sandbox.start_worker();
        let mut project = Project::default();
        let line = project.add_line(None, 2);
        sandbox.push_main(&project, &line).await;
        let key = RegisterKeyRequest {
            public_key: PublicKey::from_bytes([1; PublicKey::BYTES]),
            name: "laptop".to_owned(),
        };
        let owner = sandbox.repo.owner_id;
        let registered = sandbox.store().register_key(owner, &key, Actor::Operator);
        registered.await.expect("registered");
        sandbox.upload(key_of(b"upload"), b"upload").await;
        sandbox.upload_part(b"part").await;
        let target = tempfile::tempdir().expect("a temporary directory");
        let (manifest, archive) = archive(&config, target.path()).await.expect("backed up");
        Self {
            sandbox,
            config,
            archive,
            manifest,
            target,
        }
    }

    fn target(&self) -> Config {
        Config::new(self.target.path().join("data"))
    }

    async fn restore(&self, archive: &[u8]) -> Result<Manifest, BackupError> {
        restore(&self.target(), std::io::Cursor::new(archive.to_vec())).await
    }

    fn has_no_database(&self) -> bool {
        !self.target().data_dir.join("musehub.sqlite").exists()
    }
}

async fn archive(config: &Config, directory: &Path) -> Result<(Manifest, Vec<u8>), BackupError> {
    let path = directory.join("backup.tar");
    let manifest = back_up(config, File::create(&path).expect("created")).await?;
    Ok((manifest, fs::read(path).expect("read")))
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_comes_back() {
    let backed_up = BackedUp::new().await;
    let BackedUp {
        sandbox, manifest, ..
    } = &backed_up;
    let restored = backed_up.restore(&backed_up.archive).await;
    assert_eq!(restored.expect("restored"), *manifest);
    let target = backed_up.target();
    let (store, blobs) = (
        open_existing_store(&target).await.expect("opens"),
        open_blobs(&target).expect("opens"),
    );
    let repo = store.repo(&sandbox.repo.name).await.expect("answers");
    let repo = repo.expect("is there");
    let refs = store.refs(repo.id).await.expect("answers");
    assert_eq!(
        refs,
        sandbox
            .store()
            .refs(sandbox.repo.id)
            .await
            .expect("answers")
    );
    let keys = store.registered_keys(repo.owner_id).await.expect("answers");
    assert_eq!(keys[0].name, "laptop");
    for area in [BlobArea::Mpacks, BlobArea::Uploads, BlobArea::Parts] {
        let there = sandbox.blobs().list(area).await.expect("listed");
        assert_eq!(there.len(), 1);
        for entry in there {
            let size_bytes = blobs.size(&entry.key).await.expect("answers");
            assert_eq!(size_bytes, Some(entry.size_bytes));
        }
    }
    let secret = |config: &Config| fs::read(config.data_dir.join("secret")).expect("read");
    assert_eq!(secret(&target), secret(&backed_up.config));
    let again = backed_up.restore(&backed_up.archive).await;
    assert!(matches!(again, Err(BackupError::NotEmpty(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_cut_short_leaves_no_database() {
    let backed_up = BackedUp::new().await;
    let archive = &backed_up.archive;
    // Before, inside and between entries, and before the manifest.
    let manifest = archive.len() - 5 * 512;
    for length in [0, 100, 512, archive.len() / 2, manifest] {
        let outcome = backed_up.restore(&archive[..length]).await;
        let error = outcome.expect_err("cut short");
        assert!(
            matches!(error, BackupError::CutShort | BackupError::Unreadable(_)),
            "{length}: {error}"
        );
        assert!(backed_up.has_no_database());
    }
    let whole = backed_up.restore(archive).await;
    whole.expect("what was left does not hinder");
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_bytes_of_an_mpack_are_noticed() {
    let backed_up = BackedUp::new().await;
    let mut archive = backed_up.archive.clone();
    let magic = archive
        .windows(4)
        .position(|window| *window == b"\x89MPK"[..])
        .expect("it holds an mpack");
    archive[magic + 40] ^= 1;
    let error = backed_up.restore(&archive).await.expect_err("damaged");
    assert!(matches!(error, BackupError::Damaged(_)), "{error}");
    assert!(backed_up.has_no_database());
}

#[tokio::test(flavor = "multi_thread")]
async fn other_archives_are_not_taken() {
    let backed_up = BackedUp::new().await;
    for name in ["etc/passwd", "blobs/../secret", "../secret", "blobs/tmp/x"] {
        let mut tar = Builder::new(Vec::new());
        let mut header = Header::new_gnu();
        header.set_size(1);
        // As a hostile archive has it: the library refuses to write such a name.
        let field = &mut header.as_old_mut().name;
        field[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        tar.append(&header, &b"x"[..]).expect("in memory");
        let archive = tar.into_inner().expect("in memory");
        let error = backed_up.restore(&archive).await.expect_err("foreign");
        assert!(matches!(error, BackupError::Foreign(_)), "{name}: {error}");
    }
    for (name, kind) in [
        ("musehub.sqlite", EntryType::Regular),
        ("musehub.sqlite", EntryType::Symlink),
        ("secret", EntryType::GNUSparse),
    ] {
        let mut tar = Builder::new(Vec::new());
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(7);
        let appended = tar.append_data(&mut header, name, &b"garbage"[..]);
        appended.expect("in memory");
        let archive = tar.into_inner().expect("in memory");
        let error = backed_up.restore(&archive).await.expect_err("foreign");
        assert!(
            matches!(error, BackupError::Foreign(_) | BackupError::Unreadable(_)),
            "{name}: {error}"
        );
        assert!(backed_up.has_no_database());
    }
    let error = backed_up.restore(&[7; 2048]).await.expect_err("no archive");
    assert!(matches!(error, BackupError::Unreadable(_)), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_mpack_is_found_out_while_there_is_a_copy_elsewhere() {
    let backed_up = BackedUp::new().await;
    let BackedUp {
        sandbox, config, ..
    } = &backed_up;
    let listed = sandbox.blobs().list(BlobArea::Mpacks).await;
    let blob = listed.expect("listed")[0].key;
    sandbox.blobs().delete(&blob).await.expect("deleted");
    let error = archive(config, backed_up.target.path()).await;
    let error = error.expect_err("not whole");
    assert!(matches!(error, BackupError::Missing(missing) if missing == blob));
}

#[test]
fn names_are_read_as_they_are_written() {
    let built = BlobKey::built(uuid::Uuid::nil(), key_of(b"x"), uuid::Uuid::nil());
    let built = EntryName::Blob(built).path();
    built.parse::<EntryName>().expect_err("it is built again");
    let key = BlobKey::mpack(uuid::Uuid::nil(), key_of(b"x"));
    for name in [
        EntryName::Database,
        EntryName::Secret,
        EntryName::Manifest,
        EntryName::Blob(key),
    ] {
        assert_eq!(name.path().parse(), Ok(name));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_of_a_database_is_in_the_way() {
    let backed_up = BackedUp::new().await;
    let data = backed_up.target().data_dir;
    fs::create_dir_all(&data).expect("created");
    for name in ["musehub.sqlite-wal", "musehub.sqlite-shm", "musehub.sqlite"] {
        fs::write(data.join(name), "").expect("written");
        let outcome = backed_up.restore(&backed_up.archive).await;
        let error = outcome.expect_err("in the way");
        assert!(matches!(error, BackupError::NotEmpty(path) if path.ends_with(name)));
        fs::remove_file(data.join(name)).expect("removed");
    }
    // A damaged blob is not kept.
    let restored = backed_up.restore(&backed_up.archive).await;
    restored.expect("restored");
    let blobs = open_blobs(&backed_up.target()).expect("opens");
    let entry = blobs
        .list(BlobArea::Mpacks)
        .await
        .expect("listed")
        .remove(0);
    fs::write(data.join("blobs").join(entry.key.to_string()), "bad").expect("written");
    fs::remove_file(data.join("musehub.sqlite")).expect("removed");
    let restored = backed_up.restore(&backed_up.archive).await;
    restored.expect("restored");
    let size_bytes = blobs.size(&entry.key).await.expect("answers");
    assert_eq!(size_bytes, Some(entry.size_bytes));
}
