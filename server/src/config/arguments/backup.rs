//! `musehub backup` and `musehub restore`.

use std::path::PathBuf;

use clap::Args;

use super::data::DataArguments;

/// `musehub backup`.
#[derive(Debug, Args)]
pub struct BackupArguments {
    /// The archive, a new file; `-` for stdout.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Where the server's data is.
    #[command(flatten)]
    pub data: DataArguments,
}

/// `musehub restore`.
#[derive(Debug, Args)]
pub struct RestoreArguments {
    /// The archive; `-` for stdin.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Where the server's data is to be.
    #[command(flatten)]
    pub data: DataArguments,
}
