//! `musehub token`.

use std::num::ParseIntError;

use clap::Subcommand;

use super::data::DataArguments;
use crate::store::accounts::{Scope, TokenId};

/// `musehub token`.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Create a token and print it, alone, on stdout. It cannot be shown again.
    Create {
        /// The user it belongs to.
        #[arg(long, value_name = "NAME")]
        user: String,
        /// `read`, `write` or `admin`.
        #[arg(long, default_value = "write")]
        scope: Scope,
        /// What it is for.
        #[arg(long, value_name = "TEXT", default_value = "")]
        label: String,
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
    /// List tokens, without their secrets: id, user, scope, state and label, tab-separated.
    List {
        /// Only this user's.
        #[arg(long, value_name = "NAME")]
        user: Option<String>,
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
    /// Revoke a token.
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
