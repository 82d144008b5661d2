//! Why a command failed.

use std::io;
use std::path::PathBuf;

use musehub::StartError;
use musehub::admin::AdminError;
use musehub::backup::BackupError;
use musehub::gc::GcError;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Admin(#[from] AdminError),
    #[error("{what}: add --yes if you mean it")]
    Unconfirmed { what: String },
    #[error("{0} was not deleted: that is not its name")]
    Misspelt(String),
    #[error(transparent)]
    Gc(#[from] GcError),
    #[error(transparent)]
    Backup(#[from] BackupError),
    #[error("cannot read {}", path.display())]
    ReadFile { path: PathBuf, source: io::Error },
    #[error("damaged or missing: {0}")]
    Damaged(usize),
    #[error("migrations that are pending: {0}")]
    Pending(usize),
    #[error("cannot read the answer")]
    Answer(#[source] io::Error),
    #[error("cannot print the result")]
    Print(#[source] io::Error),
    #[error("cannot set up the process")]
    Process(#[source] io::Error),
}
