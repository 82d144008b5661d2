//! `musehub user`.

use clap::Subcommand;

use super::data::DataArguments;

/// `musehub user`.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Create a user.
    #[command(after_help = "Examples:
  musehub user create ada --data hub
    Make a user.")]
    Create {
        /// Lowercase letters, digits, `-`, `_` and `.`.
        name: String,
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
    /// List users: name, `active` or `disabled`, and when they were created, tab-separated.
    #[command(after_help = "Examples:
  musehub user list --data hub
    List all users.")]
    List {
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
    /// Rename a user, and with them the addresses of their repositories.
    #[command(after_help = "Examples:
  musehub user rename ada lovelace --data hub
    Rename a user: `ada/notes` becomes `lovelace/notes`.")]
    Rename {
        /// The user.
        name: String,
        /// Lowercase letters, digits, `-`, `_` and `.`.
        new_name: String,
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
    /// Let a user's tokens be good for nothing; what they own and pushed stays as it is.
    #[command(after_help = "Examples:
  musehub user disable ada --data hub
    Let no token of hers be good for anything.")]
    Disable {
        /// The user.
        name: String,
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
    /// Let a disabled user's tokens be good again.
    #[command(after_help = "Examples:
  musehub user enable ada --data hub
    Let her tokens be good again.")]
    Enable {
        /// The user.
        name: String,
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
    /// Delete a user who owns no repositories, with their tokens; asks for their name first, at a
    /// terminal.
    #[command(after_help = "Examples:
  musehub user delete ada --yes --data hub
    Delete a user without asking.")]
    Delete {
        /// The user.
        name: String,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
}
