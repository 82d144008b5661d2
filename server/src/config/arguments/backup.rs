//! `musehub backup` and `musehub restore`.

use std::path::PathBuf;

use clap::Args;

use super::data::DataArguments;

/// `musehub backup`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  musehub backup hub.tar --data hub
    Write everything to a new file, while the server runs.")]
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
#[command(after_help = "Examples:
  musehub restore hub.tar --data new-hub
    Put everything into a new directory.")]
pub struct RestoreArguments {
    /// The archive; `-` for stdin.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Where the server's data is to be.
    #[command(flatten)]
    pub data: DataArguments,
}
