//! The options of commands that list refs.

use crate::history::{RefFilter, RefOrder, name_patterns};
use crate::repository::Repository;
use crate::ui::completion::Completes;
use crate::ui::error::CliError;

/// Which refs to list, and in which order.
#[derive(Debug, clap::Args)]
#[group(id = "ref_listing", multiple = true)]
pub struct RefListingArgs {
    /// Only those whose history has REV, which is the current commit unless given.
    #[arg(
        long,
        value_name = "REV",
        num_args = 0..=1,
        default_missing_value = "HEAD",
        add = Completes::Revision
    )]
    contains: Option<String>,
    /// Only those that are contained in REV, which is the current commit unless given.
    #[arg(
        long,
        value_name = "REV",
        num_args = 0..=1,
        default_missing_value = "HEAD",
        add = Completes::Revision
    )]
    merged: Option<String>,
    /// Only those that are not contained in REV, which is the current commit unless given.
    #[arg(
        long,
        value_name = "REV",
        num_args = 0..=1,
        default_missing_value = "HEAD",
        add = Completes::Revision
    )]
    no_merged: Option<String>,
    /// Order: name, version (v1.9 before v1.10) or date; with a - before it, the other way round.
    #[arg(
        long,
        value_name = "KEY",
        default_value = "name",
        hide_default_value = true,
        allow_hyphen_values = true
    )]
    pub sort: RefOrder,
}

impl RefListingArgs {
    /// What the options and `patterns` for names leave.
    ///
    /// # Errors
    /// If a revision is unknown or a pattern is none.
    pub fn filter(
        &self,
        repository: &Repository,
        patterns: &[String],
    ) -> Result<RefFilter, CliError> {
        let commit = |revision: &Option<String>| {
            let revision = revision.as_deref();
            revision.map(|name| repository.resolve(name)).transpose()
        };
        Ok(RefFilter {
            names: name_patterns(patterns).map_err(|error| CliError::usage(error.to_string()))?,
            merged: commit(&self.merged)?,
            not_merged: commit(&self.no_merged)?,
            contains: commit(&self.contains)?,
        })
    }
}
