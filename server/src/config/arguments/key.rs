//! `musehub key`.

use clap::Subcommand;
use muse_wire::commit::PublicKey;

use super::data::DataArguments;

/// `musehub key`.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Register a key that a user signs commits with, as `muse auth key add` does for oneself, or
    /// name it anew.
    #[command(after_help = "Examples:
  musehub key add ada ed25519:3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29 \
    --name laptop --data hub
    Let her signatures by this key count.")]
    Add {
        /// The user.
        #[arg(value_name = "USER")]
        user: String,
        /// Its public half: `ed25519:` and 64 hexadecimal digits, as `muse auth keygen` prints it.
        #[arg(value_name = "KEY")]
        key: PublicKey,
        /// What to call it.
        #[arg(long)]
        name: String,
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
    /// List the keys of a user: key, when it was registered, and name, tab-separated.
    #[command(after_help = "Examples:
  musehub key list ada --data hub
    List the keys that she has registered.")]
    List {
        /// The user.
        #[arg(value_name = "USER")]
        user: String,
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
    /// Remove a key of a user: what it signs no longer counts, what it signed stays.
    #[command(after_help = "Examples:
  musehub key remove ada \
    ed25519:3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29 --data hub
    Let signatures by this key no longer count.")]
    Remove {
        /// The user.
        #[arg(value_name = "USER")]
        user: String,
        /// The key, as listed.
        #[arg(value_name = "KEY")]
        key: PublicKey,
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
}
