//! `musehub quarantine`.

use clap::{Args, Subcommand};
use muse_wire::id::MpackKey;
use muse_wire::name::RepoName;

use super::data::DataArguments;

/// `musehub quarantine`.
#[derive(Debug, Subcommand)]
pub enum QuarantineCommand {
    /// List what is in the quarantine: repository, mpack, bytes and time, tab-separated; `-` stands
    /// for a repository that is gone.
    #[command(after_help = "Examples:
  musehub quarantine list --repo ada/notes --data hub
    List what was refused of one repository.")]
    List {
        /// Only of this repository.
        #[arg(long, value_name = "OWNER/NAME", value_parser = RepoName::parse)]
        repo: Option<RepoName>,
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
    /// Take an mpack for uploaded again, as after a block was lifted: a push that would upload it
    /// sends no bytes, and all of them are checked.
    #[command(after_help = "Examples:
  musehub quarantine release ada/notes \
    sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 --data hub
    Let a push be checked again.")]
    Release(QuarantinedMpack),
    /// Delete an mpack at once.
    #[command(after_help = "Examples:
  musehub quarantine delete ada/notes \
    sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 --data hub
    Delete its bytes at once.")]
    Delete(QuarantinedMpack),
}

/// An mpack in the quarantine.
#[derive(Debug, Args)]
pub struct QuarantinedMpack {
    /// The repository.
    #[arg(value_name = "OWNER/NAME", value_parser = RepoName::parse)]
    pub repo: RepoName,
    /// The mpack's key, as listed.
    #[arg(value_name = "MPACK")]
    pub mpack: MpackKey,
    /// Where the server's data is.
    #[command(flatten)]
    pub data: DataArguments,
}
