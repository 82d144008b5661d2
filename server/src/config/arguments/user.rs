//! `musehub user`.

use clap::Subcommand;

use super::data::DataArguments;

/// `musehub user`.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Create a user.
    Create {
        /// Lowercase letters, digits, `-`, `_` and `.`.
        name: String,
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
    /// List users: name, `active` or `disabled`, and when they were created, tab-separated.
    List {
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
    /// Rename a user, and with them the addresses of their repositories.
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
    Disable {
        /// The user.
        name: String,
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
    /// Let a disabled user's tokens be good again.
    Enable {
        /// The user.
        name: String,
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
    /// Delete a user who owns no repositories, with their tokens; asks for their name first, at a
    /// terminal.
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
