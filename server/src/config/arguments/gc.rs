//! `musehub gc` and `musehub doctor`.

use clap::Args;
use muse_wire::name::RepoName;

use super::data::DataArguments;
use super::retention::RetentionArguments;

/// `musehub gc`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  musehub gc --dry-run --data hub
    List what would be deleted.
  musehub gc --data hub
    Delete it.")]
pub struct GcArguments {
    /// Delete nothing; only print what would be deleted.
    #[arg(long)]
    pub dry_run: bool,
    /// Only what belongs to this repository.
    #[arg(long, value_name = "OWNER/NAME", value_parser = RepoName::parse)]
    pub repo: Option<RepoName>,
    /// How long what nobody needs is kept.
    #[command(flatten)]
    pub retention: RetentionArguments,
    /// Where the server's data is.
    #[command(flatten)]
    pub data: DataArguments,
}

/// `musehub doctor`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  musehub doctor --data hub
    Check that the blob store has what the database names.
  musehub doctor --hash --repair --repo ada/notes --data hub
    Read all of one repository, and bring back what can be.")]
pub struct DoctorArguments {
    /// Read every mpack and compare its hash, not only its size.
    #[arg(long)]
    pub hash: bool,
    /// Bring mpacks back that are missing, where the quarantine has them.
    #[arg(long)]
    pub repair: bool,
    /// Only this repository.
    #[arg(long, value_name = "OWNER/NAME", value_parser = RepoName::parse)]
    pub repo: Option<RepoName>,
    /// Where the server's data is.
    #[command(flatten)]
    pub data: DataArguments,
}
