//! `musehub member`.

use clap::Subcommand;
use muse_wire::name::RepoName;

use super::data::DataArguments;
use crate::store::members::Role;

/// `musehub member`.
#[derive(Debug, Subcommand)]
pub enum MemberCommand {
    /// Make a user a member of a repository, or change their role.
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
    List {
        /// The repository.
        #[arg(value_name = "OWNER/NAME", value_parser = RepoName::parse)]
        repo: RepoName,
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
}
