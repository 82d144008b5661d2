//! The steps of an import.

use std::path::Path;

use muse_wire::id::CommitId;
use muse_wire::name::RefName;

use super::error::ImportError;
use super::losses::Losses;
use super::options::ImportOptions;
use super::plan::Plan;
use super::source::{Source, Tips};
use super::summary::ImportSummary;
use super::written::Written;
use super::{blobs, branches, lfs, links, objects, records, tags};
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
    let mut summary = ImportSummary {
        previous_commit: repository.refs.head_commit()?,
        ..ImportSummary::default()
    };
    let written = write(
        repository,
        &source,
        &tips,
        reporter,
        &mut losses,
        &mut summary,
    )?;
    drop(source);
    branches::update(repository, &tips, &written, options, reporter, &mut summary)?;
    if summary.commits > 0 || !summary.moved.is_empty() {
        summary.warnings = losses.warnings();
    }
    Ok(summary)
}

/// Imports what `revisions` of the git repository at `git` reach, each under the name of a branch
/// or tag, and leaves the refs of `repository` as they are. Returns the commits that such refs have
/// to name, in the same order.
///
/// # Errors
/// [`ImportError`].
pub fn import_commits(
    repository: &Repository,
    git: &Path,
    revisions: &[(RefName, String)],
    reporter: &dyn Reporter,
) -> Result<Vec<CommitId>, ImportError> {
    let source = Source::open(git)?;
    let mut losses = Losses::default();
    let tips = source.tips_at(revisions)?;
    let written = write(
        repository,
        &source,
        &tips,
        reporter,
        &mut losses,
        &mut ImportSummary::default(),
    )?;
    let named = tips.refs.iter().map(|tip| written.named_by(tip));
    Ok(named.collect())
}

/// Writes what `tips` reach and is not here.
fn write(
    repository: &Repository,
    source: &Source,
    tips: &Tips,
    reporter: &dyn Reporter,
    losses: &mut Losses,
    summary: &mut ImportSummary,
) -> Result<Written, ImportError> {
    let known = records::known_commits(repository, source)?;
    let mut plan = Plan::make(source, tips, known, reporter, losses)?;
    links::check(source, &mut plan, losses)?;
    let mut lengths = blobs::lengths(source, &plan.blobs)?;
    lfs::resolve(repository, source, &mut plan, &lengths, reporter, losses)?;
    lengths.extend(plan.lfs.files.iter().map(|file| file.pointer.length));
    summary.commits = plan.commits.len() as u64;
    summary.lfs_files = plan.lfs.files.len() as u64;
    let objects = objects::write(repository, source, &plan, &lengths, reporter, summary)?;
    let imported = records::write(repository, source, tips, &plan, &objects, reporter, losses)?;
    let annotations = tags::write(repository, source, tips, &imported, losses)?;
    Ok(Written {
        imported,
        annotations,
    })
}
