//! `musehub block`, `musehub takedown` and `musehub restore-object`.

use clap::{Args, Subcommand};
use muse_wire::id::{ID_PREFIX, ObjectId, ParseIdError};
use muse_wire::name::RepoName;

use super::data::DataArguments;

/// `musehub block`.
#[derive(Debug, Subcommand)]
pub enum BlockCommand {
    /// Block an object on the whole server: pushes that hold it are refused, and no repository
    /// gives it; they still clone, without it.
    #[command(after_help = "Examples:
  musehub block add 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 \
    --reason 'A key' --data hub
    Let no repository give a file.")]
    Add {
        /// The SHA-256 of its bytes, as hexadecimal digits.
        #[arg(value_name = "SHA256", value_parser = parse_object)]
        object: ObjectId,
        /// Why; readers are told.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
    /// Lift a block. Who cloned in the meantime gets the object with the next fetch.
    #[command(after_help = "Examples:
  musehub block remove 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 \
    --data hub
    Let the file be given again.")]
    Remove {
        /// The SHA-256 of its bytes, as hexadecimal digits.
        #[arg(value_name = "SHA256", value_parser = parse_object)]
        object: ObjectId,
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
    /// List blocked objects, the latest first: SHA-256, time and reason, tab-separated.
    #[command(after_help = "Examples:
  musehub block list --repo ada/notes --data hub
    List what is taken down in a repository.")]
    List {
        /// What is taken down in this repository instead.
        #[arg(long, value_name = "OWNER/NAME", value_parser = RepoName::parse)]
        repo: Option<RepoName>,
        /// Where the server's data is.
        #[command(flatten)]
        data: DataArguments,
    },
}

/// `musehub takedown`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  musehub takedown ada/notes \
    9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 --reason 'A key' --data hub
    Let one repository not give a file.")]
pub struct TakedownArguments {
    /// The repository.
    #[arg(value_name = "OWNER/NAME", value_parser = RepoName::parse)]
    pub repo: RepoName,
    /// The SHA-256 of the object's bytes, as hexadecimal digits.
    #[arg(value_name = "SHA256", value_parser = parse_object)]
    pub object: ObjectId,
    /// Why; readers are told.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Where the server's data is.
    #[command(flatten)]
    pub data: DataArguments,
}

/// `musehub restore-object`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  musehub restore-object ada/notes \
    9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 --data hub
    Let it be given again.")]
pub struct RestoreObjectArguments {
    /// The repository.
    #[arg(value_name = "OWNER/NAME", value_parser = RepoName::parse)]
    pub repo: RepoName,
    /// The SHA-256 of the object's bytes, as hexadecimal digits.
    #[arg(value_name = "SHA256", value_parser = parse_object)]
    pub object: ObjectId,
    /// Where the server's data is.
    #[command(flatten)]
    pub data: DataArguments,
}

/// An object's id, with or without what ids begin with.
fn parse_object(text: &str) -> Result<ObjectId, ParseIdError> {
    let digits = text.strip_prefix(ID_PREFIX).unwrap_or(text);
    format!("{ID_PREFIX}{}", digits.to_ascii_lowercase()).parse()
}
