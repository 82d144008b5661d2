//! `musehub repo`.

use clap::{Subcommand, ValueEnum};
use muse_wire::name::{RefName, RepoName};

use super::data::DataArguments;

/// Who sees a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Visibility {
    /// Its owner and members alone.
    Private,
    /// Everybody.
    Public,
}

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
    /// Show how many bytes repositories take in the blob store: the owner or the address, then what
    /// readers are given, what was merged, what no ref reaches, what was built for readers, and all
    /// together, tab-separated. What was merged or is reached by no ref is deleted later.
    Usage {
        /// Add up what each owner has.
        #[arg(long)]
        by_owner: bool,
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
    /// Rename a repository below its owner.
    Rename {
        /// Its address.
        #[arg(value_name = "OWNER/NAME", value_parser = RepoName::parse)]
        name: RepoName,
        /// Its new name, without the owner.
        new_name: String,
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
    /// Let everybody see a repository, or its owner and members alone.
    Visibility {
        /// Its address.
        #[arg(value_name = "OWNER/NAME", value_parser = RepoName::parse)]
        name: RepoName,
        /// Who sees it.
        visibility: Visibility,
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
    /// Protect a branch, whatever anybody's role: it loses no commits and cannot be deleted.
    Protect {
        /// The repository.
        #[arg(value_name = "OWNER/NAME", value_parser = RepoName::parse)]
        name: RepoName,
        /// The branch, which need not exist.
        #[arg(value_parser = RefName::branch)]
        branch: RefName,
        /// Let it lose commits all the same.
        #[arg(long)]
        allow_force: bool,
        /// Let it be deleted all the same.
        #[arg(long)]
        allow_deletion: bool,
        /// Take only commits that are signed.
        #[arg(long)]
        signed_only: bool,
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
    /// Lift the protection of a branch.
    Unprotect {
        /// The repository.
        #[arg(value_name = "OWNER/NAME", value_parser = RepoName::parse)]
        name: RepoName,
        /// The branch.
        #[arg(value_parser = RefName::branch)]
        branch: RefName,
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
    /// List protected branches: name, and what they do not allow, tab-separated.
    Protections {
        /// The repository.
        #[arg(value_name = "OWNER/NAME", value_parser = RepoName::parse)]
        name: RepoName,
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
