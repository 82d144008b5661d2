//! `musehub backup` and `musehub restore`.

use std::fs::File;
use std::io::{self, BufReader, BufWriter};
use std::path::Path;

use musehub::backup::{Manifest, back_up, back_up_to_file, restore};
use musehub::config::arguments::{BackupArguments, RestoreArguments};

use super::{CommandError, print_line};

/// Stands for stdout, or stdin.
const STANDARD_STREAM: &str = "-";

/// How many bytes are written or read at a time.
const BUFFER_BYTES: usize = 1 << 20;

/// Runs `musehub backup`.
pub(crate) async fn run(arguments: BackupArguments) -> Result<(), CommandError> {
    let config = arguments.data.config();
    let path = arguments.file;
    if path == Path::new(STANDARD_STREAM) {
        let out = BufWriter::with_capacity(BUFFER_BYTES, io::stdout());
        back_up(&config, out).await?;
        return Ok(());
    }
    report("backed up", back_up_to_file(&config, &path).await?)
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
