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
    #[command(after_help = "Examples:
  musehub repo create ada/notes --data hub
    Make a repository that everybody may read.
  musehub repo create ada/diary --private --data hub
    Make one that only its owner and members see.")]
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
    #[command(after_help = "Examples:
  musehub repo list --data hub
    List all repositories.")]
    List {
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
    /// Show how many bytes repositories take in the blob store: the owner or the address, then what
    /// readers are given, what was merged, what no ref reaches, what was built for readers, and all
    /// together, tab-separated. What was merged or is reached by no ref is deleted later.
    #[command(after_help = "Examples:
  musehub repo usage --by-owner --data hub
    Show how many bytes each owner has.")]
    Usage {
        /// Add up what each owner has.
        #[arg(long)]
        by_owner: bool,
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
    /// Rename a repository below its owner.
    #[command(after_help = "Examples:
  musehub repo rename ada/notes diary --data hub
    Make `ada/diary` of `ada/notes`.")]
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
    #[command(after_help = "Examples:
  musehub repo visibility ada/notes private --data hub
    Let only the owner and members see a repository.")]
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
    #[command(after_help = "Examples:
  musehub repo protect ada/notes main --data hub
    Let the branch neither be forced nor deleted.
  musehub repo protect ada/notes main --signed-only --data hub
    Take only signed commits, too.
  musehub repo protect ada/notes main --registered-keys-only --data hub
    Take only commits that those who may push have signed.")]
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
        /// Take only commits that are signed by a key that the repository's owner or a member who
        /// may push has registered, with `muse auth key add` or `musehub key add`.
        #[arg(long)]
        registered_keys_only: bool,
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
    /// Lift the protection of a branch.
    #[command(after_help = "Examples:
  musehub repo unprotect ada/notes main --data hub
    Lift the protection.")]
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
    #[command(after_help = "Examples:
  musehub repo protections ada/notes --data hub
    List the protected branches.")]
    Protections {
        /// The repository.
        #[arg(value_name = "OWNER/NAME", value_parser = RepoName::parse)]
        name: RepoName,
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
    /// Delete a repository with all its history; asks for its name first, at a terminal.
    #[command(after_help = "Examples:
  musehub repo delete ada/notes --yes --data hub
    Delete a repository without asking.")]
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
