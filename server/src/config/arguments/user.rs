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
}
