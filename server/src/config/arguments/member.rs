//! `musehub member`.

use clap::Subcommand;
use muse_wire::name::RepoName;

use super::data::DataArguments;
use crate::store::members::Role;

/// `musehub member`.
#[derive(Debug, Subcommand)]
pub enum MemberCommand {
    /// Make a user a member of a repository, or change their role.
    #[command(after_help = "Examples:
  musehub member add ada/notes grace --role write --data hub
    Let a user push to a repository.")]
    Add {
        /// The repository.
        #[arg(value_name = "OWNER/NAME", value_parser = RepoName::parse)]
        repo: RepoName,
        /// The user.
        #[arg(value_name = "USER")]
        user: String,
        /// `read` fetches, `write` also pushes, `maintain` also chooses the default branch, and
        /// `admin` also renames and deletes the repository and changes who sees it.
        #[arg(long)]
        role: Role,
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
    /// Take a member's role away.
    #[command(after_help = "Examples:
  musehub member remove ada/notes grace --data hub
    Take her role away.")]
    Remove {
        /// The repository.
        #[arg(value_name = "OWNER/NAME", value_parser = RepoName::parse)]
        repo: RepoName,
        /// The user.
        #[arg(value_name = "USER")]
        user: String,
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
    /// List who may do what in a repository: user and role, tab-separated, its owner first.
    #[command(after_help = "Examples:
  musehub member list ada/notes --data hub
    List who may do what.")]
    List {
        /// The repository.
        #[arg(value_name = "OWNER/NAME", value_parser = RepoName::parse)]
        repo: RepoName,
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
}
