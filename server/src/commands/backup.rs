//! `musehub backup` and `musehub restore`.

use std::fs::File;
use std::io::{self, BufReader, BufWriter};
use std::path::{Path, PathBuf};

use musehub::backup::{Manifest, back_up, restore};
use musehub::config::arguments::{BackupArguments, RestoreArguments};
use tempfile::NamedTempFile;

use super::{CommandError, print_line};

/// Stands for stdout, or stdin.
const STANDARD_STREAM: &str = "-";

/// How many bytes are written or read at a time.
const BUFFER_BYTES: usize = 1 << 20;

/// Runs `musehub backup`. The file appears when it is whole.
pub(crate) async fn run(arguments: BackupArguments) -> Result<(), CommandError> {
    let config = arguments.data.config();
    let path = arguments.file;
    if path == Path::new(STANDARD_STREAM) {
        let out = BufWriter::with_capacity(BUFFER_BYTES, io::stdout());
        back_up(&config, out).await?;
        return Ok(());
    }
    let cannot_write = |source| CommandError::WriteFile {
        path: path.clone(),
        source,
    };
    let directory = directory_of(&path);
    let file = NamedTempFile::new_in(&directory).map_err(cannot_write)?;
    let out = file.reopen().map_err(cannot_write)?;
    let manifest = back_up(&config, BufWriter::with_capacity(BUFFER_BYTES, out)).await?;
    file.as_file().sync_all().map_err(cannot_write)?;
    let kept = file.persist_noclobber(&path);
    kept.map_err(|error| cannot_write(error.error))?;
    let synced = File::open(directory).and_then(|directory| directory.sync_all());
    synced.map_err(cannot_write)?;
    report("backed up", manifest)
}

/// Runs `musehub restore`.
pub(crate) async fn restore_from(arguments: RestoreArguments) -> Result<(), CommandError> {
    let config = arguments.data.config();
    let path = arguments.file;
    let manifest = if path == Path::new(STANDARD_STREAM) {
        restore(&config, io::stdin()).await?
    } else {
        let file = File::open(&path).map_err(|source| CommandError::ReadFile { path, source })?;
        restore(&config, BufReader::with_capacity(BUFFER_BYTES, file)).await?
    };
    report("restored", manifest)
}

fn report(done: &str, manifest: Manifest) -> Result<(), CommandError> {
    let Manifest { blobs, bytes, .. } = manifest;
    print_line(&format!("{done}: {blobs} blobs, {bytes} bytes"))
}

fn directory_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(directory) if directory != Path::new("") => directory.to_owned(),
        _ => PathBuf::from("."),
    }
}
