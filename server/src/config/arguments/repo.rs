//! `musehub repo`.

use clap::Subcommand;
use muse_wire::name::RepoName;

use super::data::DataArguments;

/// `musehub repo`.
#[derive(Debug, Subcommand)]
pub enum RepoCommand {
    /// Create a repository for an existing user.
    Create {
        /// Its address.
        #[arg(value_name = "OWNER/NAME", value_parser = RepoName::parse)]
        name: RepoName,
        /// Let only its owner and members see it.
        #[arg(long)]
        private: bool,
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
    /// List repositories: address, `public` or `private`, and id, tab-separated.
    List {
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
    /// Delete a repository with all its history; asks for its name first, at a terminal.
    Delete {
        /// Its address.
        #[arg(value_name = "OWNER/NAME", value_parser = RepoName::parse)]
        name: RepoName,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
}
