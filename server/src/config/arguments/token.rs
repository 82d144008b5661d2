//! `musehub token`.

use std::num::ParseIntError;

use clap::{Subcommand, value_parser};
use muse_wire::name::RepoName;

use super::data::DataArguments;
use crate::store::tokens::{Scope, TokenId};

/// Longest life of a token that ends by itself: ten years.
const MAX_DAYS: i64 = 10 * 365;

/// `musehub token`.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Create a token and print it, alone, on stdout. It cannot be shown again.
    #[command(after_help = "Examples:
  musehub token create --user ada --data hub
    Print a token that pushes to and fetches from whatever its user may.
  musehub token create --user ada --repo ada/notes --scope read --expires 90 --label CI --data hub
    Print one for builds: for one repository, for reading, for 90 days.")]
    Create {
        /// The user it belongs to.
        #[arg(long, value_name = "NAME")]
        user: String,
        /// `read`, `write` or `admin`.
        #[arg(long, default_value = "write")]
        scope: Scope,
        /// Make it good for this repository alone, as a build needs it: to fetch (`--scope read`)
        /// or also to push (`--scope write`), and for nothing else.
        #[arg(long, value_name = "OWNER/NAME", value_parser = RepoName::parse)]
        repo: Option<RepoName>,
        /// Let it end after so many days.
        #[arg(long, value_name = "DAYS", value_parser = value_parser!(u32).range(1..=MAX_DAYS))]
        expires: Option<u32>,
        /// What it is for.
        #[arg(long, value_name = "TEXT", default_value = "")]
        label: String,
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
    /// List tokens, without their secrets: id, user, scope, state, repository, end, last use and
    /// label, tab-separated; `-` stands for what there is not.
    #[command(after_help = "Examples:
  musehub token list --user ada --data hub
    List the tokens of a user.")]
    List {
        /// Only this user's.
        #[arg(long, value_name = "NAME")]
        user: Option<String>,
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
    /// Revoke a token.
    #[command(after_help = "Examples:
  musehub token revoke 3 --data hub
    Revoke the token with this id.")]
    Revoke {
        /// Its id, as listed.
        #[arg(value_parser = parse_token_id)]
        id: TokenId,
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
}

fn parse_token_id(text: &str) -> Result<TokenId, ParseIntError> {
    text.parse().map(TokenId)
}
