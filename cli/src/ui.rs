//! Between the library and people: everything that knows the terminal and the environment.
//!
//! [`context::Context`] is what every command gets. All printing goes through [`printer`]; errors
//! of the layers below become [`error::CliError`] in [`explain`], with a kind and a hint.

pub mod authorship;
pub mod checkout_command;
pub mod commit_format;
pub mod commit_message;
pub mod commit_text;
pub mod completion;
pub mod connect;
pub mod context;
pub mod diff_output;
mod diff_summary;
pub mod draft;
pub mod editor;
pub mod environment;
pub mod error;
pub mod escape;
pub mod explain;
pub mod hooks;
pub mod interrupt;
pub mod log_query;
pub mod outcome;
pub mod output;
pub mod pager;
pub mod palette;
pub mod passphrase;
pub mod printer;
pub mod progress;
pub mod prompt;
pub mod quantity;
pub mod ref_line;
pub mod ref_listing;
mod rename_text;
pub mod resume_args;
pub mod revisions_and_paths;
pub mod settings;
pub mod standpoint;
pub mod style;
pub mod time;
pub mod upstream_text;
pub mod usage_error;
