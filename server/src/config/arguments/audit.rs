//! `musehub audit`.

use clap::Args;
use muse_wire::name::RepoName;

use super::data::DataArguments;

/// `musehub audit`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  musehub audit --repo ada/notes --limit 20 --data hub
    Show the last twenty acts of administration that concern a repository.")]
pub struct AuditArguments {
    /// Only what was done to this repository, under this name.
    #[arg(long, value_name = "OWNER/NAME", value_parser = RepoName::parse)]
    pub repo: Option<RepoName>,
    /// Only what this user did, or what was done to them.
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// How many entries at most.
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub limit: u32,
    /// Where the server's data is.
    #[command(flatten)]
    pub data: DataArguments,
}
