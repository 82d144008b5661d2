//! The steps of an export.

use std::collections::HashMap;
use std::path::Path;

use muse_wire::id::CommitId;
use muse_wire::name::RefName;

use super::blobs;
use super::changes::pointed_to;
use super::commits::CommitWriter;
use super::error::ExportError;
use super::lfs_rules::LfsRules;
use super::options::ExportOptions;
use super::pack::PackWriter;
use super::refs::{self, NewRef};
use super::summary::ExportSummary;
use super::tags;
use super::target::Target;
use crate::git::CommitMap;
use crate::report::{Reporter, Unit};
use crate::repository::{Repository, RepositoryError};
use crate::walk::{PushSet, collect};

/// Exports what `repository` holds and the git repository at `path` does not: all branches and
/// tags with their history. A bare git repository is made where nothing is.
///
/// # Errors
/// [`ExportError`]; no ref has moved.
pub fn export_git(
    repository: &Repository,
    path: &Path,
    options: ExportOptions,
    reporter: &dyn Reporter,
) -> Result<ExportSummary, ExportError> {
    let refs = repository.refs.read()?;
    let shared = refs.iter().filter(|(name, _)| name.is_shared());
    let refs: Vec<(RefName, CommitId)> = shared
        .map(|(name, commit)| (name.clone(), commit))
        .collect();
    let target = Target::open(path)?;
    let exported = write_and_move(repository, &target, &refs, options, reporter);
    if exported.is_err() {
        target.clean_up();
    }
    exported
}

/// Exports what `refs` reach to the git repository at `path`, and leaves git's refs as they are.
/// Returns the ids that the refs have in git, in hexadecimal and in the same order.
///
/// # Errors
/// [`ExportError`].
pub fn export_objects(
    repository: &Repository,
    path: &Path,
    refs: &[(RefName, CommitId)],
    reporter: &dyn Reporter,
) -> Result<Vec<String>, ExportError> {
    let exported = write(repository, &Target::open(path)?, refs, reporter)?;
    Ok(exported
        .refs
        .iter()
        .map(|new| new.git.to_string())
        .collect())
}

fn write_and_move(
    repository: &Repository,
    target: &Target,
    refs: &[(RefName, CommitId)],
    options: ExportOptions,
    reporter: &dyn Reporter,
) -> Result<ExportSummary, ExportError> {
    let Exported {
        refs,
        map,
        mut summary,
    } = write(repository, target, refs, reporter)?;
    let commits: HashMap<_, _> = map.iter().map(|(muse, git)| (git, muse)).collect();
    refs::update(repository, target, refs, &commits, options, &mut summary)?;
    Ok(summary)
}

/// Objects that git has got.
struct Exported {
    refs: Vec<NewRef>,
    map: CommitMap,
    summary: ExportSummary,
}

/// Writes what `refs` reach and git lacks.
fn write(
    repository: &Repository,
    target: &Target,
    refs: &[(RefName, CommitId)],
    reporter: &dyn Reporter,
) -> Result<Exported, ExportError> {
    // Below the end of a shallow history, git's commits cannot be made.
    if let Some(end) = repository.objects.shallow_here()?.iter().min() {
        return Err(RepositoryError::Shallow(*end).into());
    }
    let path = &target.directory;
    let mut map = CommitMap::read(path).map_err(ExportError::io(path))?;
    let mut tips = Vec::with_capacity(refs.len());
    for (name, commit) in refs {
        tips.push(repository.peel(name, *commit)?);
    }
    let is_there = |commit: &CommitId| map.get(commit).is_some_and(|git| target.has(&git));
    let mut set = match tips.iter().all(is_there) {
        // Nothing is new, which is found out without a look at the history.
        true => PushSet::default(),
        false => {
            let known: Vec<CommitId> = map.iter().map(|(muse, _)| muse).collect();
            collect(&repository.objects, &tips, &known)?
        }
    };
    let present = set.boundary.iter().chain(&tips);
    let mut present = present.filter(|commit| map.get(commit).is_some());
    if !present.all(is_there) {
        // Git has dropped what no ref named.
        map.clear().map_err(ExportError::io(path))?;
        set = collect(&repository.objects, &tips, &[])?;
    }
    let rules = LfsRules::new(&repository.objects, &set)?;
    let pointed_to = pointed_to(&repository.objects, &rules, &set.commits)?;
    set.objects
        .retain(|object| !pointed_to.contains(&object.id));
    let mut pack = PackWriter::new(target.incoming()?)?;
    let phase = reporter.phase("exporting files", None, Unit::Bytes);
    let blobs = blobs::write(
        &repository.objects,
        &set.objects,
        target,
        &mut pack,
        &*phase,
    )?;
    drop(phase);
    let total = Some(set.commits.len() as u64);
    let phase = reporter.phase("exporting history", total, Unit::Commits);
    let mut writer = CommitWriter::new(
        &repository.objects,
        target,
        &mut pack,
        blobs,
        &rules,
        &map,
        &set.commits,
    )?;
    for commit in &set.commits {
        writer.write(commit)?;
        phase.advance(1);
    }
    let mut new_refs = Vec::with_capacity(refs.len());
    for ((name, named), commit) in refs.iter().zip(tips) {
        let git = tags::write(repository, &mut writer, name, named)?;
        new_refs.push(NewRef {
            name: name.clone(),
            commit,
            git,
        });
    }
    drop(phase);
    let mut summary = ExportSummary {
        commits: set.commits.len() as u64,
        changed: std::mem::take(&mut writer.changed),
        lfs_files: writer.lfs.written,
        ..ExportSummary::default()
    };
    let made = set.commits.iter();
    let made: Vec<_> = made
        .filter_map(|commit| Some((*commit, writer.git(commit)?)))
        .collect();
    let phase = reporter.phase("writing the pack", None, Unit::Steps);
    let installed = pack.install(&target.directory)?;
    drop(phase);
    map.append(&made).map_err(ExportError::io(path))?;
    if let Some(installed) = &installed {
        (summary.objects, summary.pack_bytes) = (installed.objects, installed.bytes);
    }
    Ok(Exported {
        refs: new_refs,
        map,
        summary,
    })
}
