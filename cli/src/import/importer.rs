//! The steps of an import.

use std::path::Path;

use super::error::ImportError;
use super::losses::Losses;
use super::options::ImportOptions;
use super::plan::Plan;
use super::source::Source;
use super::summary::ImportSummary;
use super::{branches, links, objects, records, tags};
use crate::report::Reporter;
use crate::repository::Repository;

/// Imports what the git repository at `git` holds and `repository` does not. A repository without
/// commits gets git's `HEAD`, too.
///
/// # Errors
/// [`ImportError`]; no ref has moved.
pub fn import_git(
    repository: &Repository,
    git: &Path,
    options: ImportOptions,
    reporter: &dyn Reporter,
) -> Result<ImportSummary, ImportError> {
    repository.refs.read()?.refuse_unfinished_checkout()?;
    let source = Source::open(git)?;
    let mut losses = Losses::new(options.skip_unrecordable);
    let tips = source.tips(&mut losses)?;
    let known = records::known_commits(repository)?;
    let mut plan = Plan::make(&source, &tips, known, reporter, &mut losses)?;
    links::check(&source, &mut plan, &mut losses)?;
    let mut summary = ImportSummary {
        commits: plan.commits.len() as u64,
        previous_commit: repository.refs.head_commit()?,
        ..ImportSummary::default()
    };
    let objects = objects::write(repository, &source, &plan, reporter, &mut summary)?;
    let imported = records::write(
        repository,
        &source,
        &tips,
        &plan,
        &objects,
        reporter,
        &mut losses,
    )?;
    let annotations = tags::write(repository, &source, &tips, &imported, &mut losses)?;
    drop((plan, objects, source));
    branches::update(
        repository,
        &tips,
        &imported,
        &annotations,
        options,
        reporter,
        &mut summary,
    )?;
    if summary.commits > 0 || !summary.moved.is_empty() {
        summary.warnings = losses.warnings();
    }
    Ok(summary)
}
