//! Writing an archive.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufWriter, ErrorKind, Read, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use tar::{Builder, Header};
use tempfile::NamedTempFile;
use tokio::runtime::Handle;

use super::{
    AREAS, BUFFER_BYTES, BackupError, EntryName, Manifest, VERSION, directory_of, persist,
};
use crate::blobs::{BlobEntry, BlobError, BlobKey};
use crate::blocking::run_blocking;
use crate::config::Config;
use crate::server::{open_blobs, open_existing_store};
use crate::store::Store;

/// Writes an archive of the data of `config` to `out`, and flushes it.
///
/// # Errors
/// [`BackupError`]; then `out` holds a part of an archive, which no restoration takes.
pub async fn back_up<W: Write + Send + 'static>(
    config: &Config,
    out: W,
) -> Result<Manifest, BackupError> {
    let store = open_existing_store(config).await?;
    let blobs = open_blobs(config)?;
    let copy = NamedTempFile::new_in(blobs.staging_dir());
    let copy = copy.map_err(BackupError::io("write a temporary file"))?;
    let needed = needed(&store).await?;
    if !store.copy_to(copy.path()).await? {
        return Err(BackupError::NotSqlite);
    }
    // Listed after the copy was made, so that all that it names is there.
    let mut entries = Vec::new();
    for area in AREAS {
        entries.extend(blobs.list(area).await?);
    }
    let there: HashSet<BlobKey> = entries.iter().map(|entry| entry.key).collect();
    if let Some(missing) = needed.iter().find(|blob| !there.contains(blob)) {
        return Err(BackupError::Missing(*missing));
    }
    let secret = config.secret_path();
    let handle = Handle::current();
    run_blocking(move || {
        let mut archive = Archive::new(out);
        let file = copy.reopen();
        let file = file.map_err(BackupError::io("read the copy of the database"))?;
        archive.add_file(EntryName::Database, file)?;
        drop(copy);
        match File::open(&secret) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            opened => {
                let file = opened.map_err(BackupError::io("read the secret"))?;
                archive.add_file(EntryName::Secret, file)?;
            }
        }
        for entry in entries {
            match handle.block_on(blobs.reader(&entry.key)) {
                Ok(reader) => archive.add_blob(&entry, reader)?,
                // Nobody needs it any more: an upload that was unpacked, or a merged mpack.
                Err(BlobError::NotFound(_)) if !needed.contains(&entry.key) => {}
                Err(error) => return Err(error.into()),
            }
        }
        archive.finish()
    })
    .await
}

/// Writes an archive to a new file, which appears when it is whole.
///
/// # Errors
/// [`BackupError`]; then there is no file.
pub async fn back_up_to_file(config: &Config, path: &Path) -> Result<Manifest, BackupError> {
    let cannot_write = |source| BackupError::WriteFile {
        path: path.to_owned(),
        source,
    };
    let file = NamedTempFile::new_in(directory_of(path)).map_err(cannot_write)?;
    let out = file.reopen().map_err(cannot_write)?;
    let manifest = back_up(config, BufWriter::with_capacity(BUFFER_BYTES, out)).await?;
    file.as_file().sync_all().map_err(cannot_write)?;
    persist(path, |path| file.into_temp_path().persist_noclobber(path)).map_err(cannot_write)?;
    Ok(manifest)
}

/// The mpacks that readers are given: what no ref reaches is not missed.
async fn needed(store: &Store) -> Result<HashSet<BlobKey>, BackupError> {
    let mut needed = HashSet::new();
    for repo in store.repos(None).await? {
        let mpacks = store.given_mpacks(repo.id).await?.into_iter();
        needed.extend(mpacks.map(|mpack| BlobKey::mpack(repo.uuid, mpack.key)));
    }
    Ok(needed)
}

struct Archive<W: Write> {
    tar: Builder<W>,
    manifest: Manifest,
}

impl<W: Write> Archive<W> {
    fn new(out: W) -> Self {
        Self {
            tar: Builder::new(out),
            manifest: Manifest {
                version: VERSION,
                blobs: 0,
                bytes: 0,
            },
        }
    }

    fn add_file(&mut self, name: EntryName, file: File) -> Result<(), BackupError> {
        let metadata = file.metadata();
        let size_bytes = metadata.map_err(BackupError::io("read a file"))?.len();
        if name == EntryName::Database {
            self.manifest.bytes += size_bytes;
        }
        self.add(name, size_bytes, file)
    }

    fn add_blob(&mut self, entry: &BlobEntry, reader: impl Read) -> Result<(), BackupError> {
        let mut reader = reader.take(entry.size_bytes);
        self.add(EntryName::Blob(entry.key), entry.size_bytes, &mut reader)?;
        if reader.limit() > 0 {
            return Err(BackupError::Changed(entry.key));
        }
        self.manifest.blobs += 1;
        self.manifest.bytes += entry.size_bytes;
        Ok(())
    }

    fn add(
        &mut self,
        name: EntryName,
        size_bytes: u64,
        bytes: impl Read,
    ) -> Result<(), BackupError> {
        let mut header = Header::new_gnu();
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        header.set_size(size_bytes);
        header.set_mode(0o600);
        header.set_mtime(now.as_secs());
        self.tar
            .append_data(&mut header, name.path(), bytes)
            .map_err(BackupError::io("write the backup"))
    }

    fn finish(mut self) -> Result<Manifest, BackupError> {
        let manifest = self.manifest;
        let json = serde_json::to_vec(&manifest).expect("numbers always encode");
        self.add(EntryName::Manifest, json.len() as u64, &*json)?;
        let written = self.tar.into_inner().and_then(|mut out| out.flush());
        written.map_err(BackupError::io("write the backup"))?;
        Ok(manifest)
    }
}
