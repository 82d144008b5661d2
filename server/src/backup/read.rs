//! Reading an archive.

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write as _};
use std::path::{Path, PathBuf};

use muse_wire::id::{Hasher, MpackKey};
use tar::{Archive, Entry};
use tempfile::{NamedTempFile, TempPath};
use tokio::runtime::Handle;

use super::{BUFFER_BYTES, BackupError, EntryName, Manifest, VERSION, directory_of, persist};
use crate::blobs::{BlobArea, BlobKey, Blobs, StagedFile};
use crate::blocking::run_blocking;
use crate::config::Config;
use crate::server::open_blobs;

/// What an SQLite database begins with.
const SQLITE_MAGIC: &[u8] = b"SQLite format 3\0";

/// The largest manifest that is read, in bytes.
const MAX_MANIFEST_BYTES: u64 = 1 << 16;

/// Puts the data of an archive where `config` says, which has no database yet.
///
/// # Errors
/// [`BackupError`]; then there is still no database.
pub async fn restore<R: Read + Send + 'static>(
    config: &Config,
    archive: R,
) -> Result<Manifest, BackupError> {
    let database = config.database_path().ok_or(BackupError::NotSqlite)?;
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let mut path = database.clone().into_os_string();
        path.push(suffix);
        let path = PathBuf::from(path);
        // What is left of a database would be taken for a part of this one.
        if path.symlink_metadata().is_ok() {
            return Err(BackupError::NotEmpty(path));
        }
    }
    fs::create_dir_all(&config.data_dir).map_err(BackupError::io("create the data directory"))?;
    let (config, handle) = (config.clone(), Handle::current());
    run_blocking(move || {
        let mut restoration = Restoration {
            config,
            database,
            blobs: None,
            copy: None,
            secret: None,
            manifest: None,
            handle,
            restored: (0, 0),
        };
        let mut archive = Archive::new(archive);
        for entry in archive.entries().map_err(BackupError::Unreadable)? {
            restoration.take(entry.map_err(BackupError::Unreadable)?)?;
        }
        restoration.finish()
    })
    .await
}

struct Restoration {
    config: Config,
    /// Where the database is to be.
    database: PathBuf,
    /// Opened when the first one comes.
    blobs: Option<Blobs>,
    copy: Option<TempPath>,
    secret: Option<TempPath>,
    manifest: Option<Manifest>,
    handle: Handle,
    /// How many blobs, and bytes of blobs and the database.
    restored: (u64, u64),
}

impl Restoration {
    fn take(&mut self, entry: Entry<'_, impl Read>) -> Result<(), BackupError> {
        let path = entry.path().map_err(BackupError::Unreadable)?;
        let path = path.to_string_lossy().into_owned();
        let foreign = || BackupError::Foreign(path.clone());
        let name: EntryName = path.parse().map_err(|()| foreign())?;
        if !entry.header().entry_type().is_file() {
            return Err(foreign());
        }
        match name {
            EntryName::Database => self.take_database(entry),
            EntryName::Secret => self.take_secret(entry),
            EntryName::Blob(key) => self.take_blob(key, entry),
            EntryName::Manifest => {
                let manifest = serde_json::from_reader(entry.take(MAX_MANIFEST_BYTES));
                let manifest: Manifest = manifest.map_err(|_| foreign())?;
                if manifest.version != VERSION {
                    return Err(BackupError::Version(manifest.version));
                }
                self.manifest = Some(manifest);
                Ok(())
            }
        }
    }

    fn take_database(&mut self, entry: Entry<'_, impl Read>) -> Result<(), BackupError> {
        let staged = stage(directory_of(&self.database), entry)?;
        let mut start = Vec::new();
        File::open(&staged.path)
            .and_then(|file| file.take(SQLITE_MAGIC.len() as u64).read_to_end(&mut start))
            .map_err(BackupError::io("read the database"))?;
        if start != SQLITE_MAGIC {
            return Err(BackupError::Foreign(EntryName::DATABASE.to_owned()));
        }
        self.copy = Some(staged.path);
        self.restored.1 += staged.size_bytes;
        Ok(())
    }

    fn take_secret(&mut self, entry: Entry<'_, impl Read>) -> Result<(), BackupError> {
        self.secret = Some(stage(&self.config.data_dir, entry)?.path);
        Ok(())
    }

    fn take_blob(&mut self, key: BlobKey, entry: Entry<'_, impl Read>) -> Result<(), BackupError> {
        let blobs = match &self.blobs {
            Some(blobs) => Blobs::clone(blobs),
            None => {
                let opened = open_blobs(&self.config)?;
                self.blobs.insert(opened).clone()
            }
        };
        let staged = stage(blobs.staging_dir(), entry)?;
        if key.area() == BlobArea::Mpacks && staged.key != key.mpack_key() {
            return Err(BackupError::Damaged(key));
        }
        // One that is there already may be damaged, which can be why this is done.
        self.handle.block_on(async {
            blobs.delete(&key).await?;
            blobs.put_file(&key, &staged.path).await
        })?;
        self.restored.0 += 1;
        self.restored.1 += staged.size_bytes;
        Ok(())
    }

    /// Puts the database in its place, if everything is there.
    fn finish(self) -> Result<Manifest, BackupError> {
        let (Some(copy), Some(manifest)) = (self.copy, self.manifest) else {
            return Err(BackupError::CutShort);
        };
        if (manifest.blobs, manifest.bytes) != self.restored {
            return Err(BackupError::CutShort);
        }
        const WRITE: &str = "write to the data directory";
        if let Some(secret) = self.secret {
            let path = self.config.secret_path();
            persist(&path, |path| secret.persist(path)).map_err(BackupError::io(WRITE))?;
        }
        // A server that was started in the meantime keeps its own.
        persist(&self.database, |path| copy.persist_noclobber(path))
            .map_err(BackupError::io(WRITE))?;
        Ok(manifest)
    }
}

/// Copies an entry to a temporary file, which is synced.
fn stage(directory: &Path, mut entry: Entry<'_, impl Read>) -> Result<StagedFile, BackupError> {
    const WRITE: &str = "write what the backup holds";
    let mut file = NamedTempFile::new_in(directory).map_err(BackupError::io(WRITE))?;
    let mut hasher = Hasher::new();
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut size_bytes = 0;
    loop {
        let count = match entry.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(BackupError::io("read the backup")(error)),
        };
        hasher.update(&buffer[..count]);
        file.write_all(&buffer[..count])
            .map_err(BackupError::io(WRITE))?;
        size_bytes += count as u64;
    }
    if size_bytes != entry.size() {
        return Err(BackupError::CutShort);
    }
    file.as_file().sync_all().map_err(BackupError::io(WRITE))?;
    let key = MpackKey::from_bytes(hasher.finish());
    Ok(StagedFile {
        path: file.into_temp_path(),
        size_bytes,
        key,
    })
}
