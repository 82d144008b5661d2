//! Writing the history as a stream that `git fast-import` reads, and other tools do.
//!
//! 1. `order` says under which ref each commit stands in the stream.
//! 2. `format` writes files, commits, tags and refs, which name each other by marks.
//! 3. `said` finds out what a stream can say of a git commit or tag: not all that git can have.
//!
//! A commit is what the commit before it is and what it changes, so no tree of git's is made here,
//! and no id. What would make another git commit of an imported one is found in what that says.

mod format;
mod order;
mod said;
mod summary;

use std::collections::{HashMap, HashSet};
use std::io::Write;

use gix::refs::FullName;
use muse_wire::commit::Commit;
use muse_wire::id::{CommitId, ObjectId};
use muse_wire::name::RefName;
use muse_wire::snapshot::EntryKind;

use self::format::{CommitLines, FileLine, Mark, StreamWriter, TagLines};
use self::said::{said_by_commit, said_by_tag};
pub use self::summary::{StreamLoss, StreamSummary};
use super::changes::{NewEntry, git_changes, pointed_to};
use super::error::ExportError;
use super::lfs_rules::LfsRules;
use super::summary::{LeftReason, LeftRef};
use crate::git::{GIT_COMMIT, GIT_TAG, LfsPointer, git_ref_name, modes};
use crate::report::{Phase, Reporter, Unit};
use crate::repository::{Head, ObjectReader, ObjectStore, Repository, RepositoryError};
use crate::walk::collect;

/// Longest file that is in memory as a whole; a longer one is copied piece by piece.
const LARGE_BYTES: u64 = 8 * 1024 * 1024;

/// Modes of files as git writes them.
const FILE: u32 = 0o100_644;
const EXECUTABLE: u32 = 0o100_755;
const SYMLINK: u32 = 0o120_000;
const SUBMODULE: u32 = 0o160_000;

/// Writes all branches and tags of `repository`, with their whole history, to `out`.
///
/// # Errors
/// [`ExportError`]; a stream that does not end with `done` is not whole, and whoever imports it
/// says so.
pub fn export_stream(
    repository: &Repository,
    out: &mut dyn Write,
    reporter: &dyn Reporter,
) -> Result<StreamSummary, ExportError> {
    let store = &repository.objects;
    if let Some(end) = store.shallow_here()?.iter().min() {
        return Err(RepositoryError::Shallow(*end).into());
    }
    let mut summary = StreamSummary::default();
    let refs = refs(repository, &mut summary)?;
    let tips: Vec<CommitId> = refs.iter().map(|tip| tip.commit).collect();
    let mut set = collect(store, &tips, &[])?;
    let rules = LfsRules::new(store, &set)?;
    let pointed_to = pointed_to(store, &rules, &set.commits)?;
    set.objects
        .retain(|object| !pointed_to.contains(&object.id));
    let mut stream = Stream {
        store,
        rules: &rules,
        reader: store.object_reader(),
        out: StreamWriter::begin(out)?,
        blobs: HashMap::with_capacity(set.objects.len()),
        pointers: HashMap::new(),
        commits: HashMap::with_capacity(set.commits.len()),
        is_other: HashSet::new(),
        summary,
    };
    let phase = reporter.phase("exporting files", None, Unit::Bytes);
    let lengths = set.objects.iter().map(|object| stream.length(&object.id));
    phase.set_total(lengths.sum::<Result<u64, _>>()?);
    for object in &set.objects {
        stream.blob(object.id, &*phase)?;
    }
    let total = Some(set.commits.len() as u64);
    let phase = reporter.phase("exporting history", total, Unit::Commits);
    let named: Vec<_> = refs.iter().map(|tip| tip.commit).collect();
    let places = order::refs_of_commits(store, &set.commits, &named)?;
    for id in &set.commits {
        stream.commit(id, &refs[places[id]].git_name)?;
        phase.advance(1);
    }
    for tip in &refs {
        stream.point(repository, tip)?;
    }
    stream.out.end()?;
    let mut summary = stream.summary;
    summary.commits = set.commits.len() as u64;
    summary.objects = stream.blobs.len() as u64;
    summary.lfs_pointers = stream.pointers.len() as u64;
    summary.refs = refs.into_iter().map(|tip| tip.name).collect();
    Ok(summary)
}

/// A branch or tag.
struct Tip {
    name: RefName,
    git_name: String,
    /// What the ref names here.
    target: CommitId,
    /// What that comes down to.
    commit: CommitId,
}

/// All branches and tags, the current branch first and tags last; those without names that git
/// takes are left out.
fn refs(repository: &Repository, summary: &mut StreamSummary) -> Result<Vec<Tip>, ExportError> {
    let refs = repository.refs.read()?;
    let mut tips = Vec::new();
    for (name, target) in refs.iter().filter(|(name, _)| name.is_shared()) {
        let git_name = git_ref_name(name).into_owned();
        if FullName::try_from(git_name.as_str()).is_err() {
            summary.left.push(LeftRef {
                name: name.clone(),
                reason: LeftReason::Name,
            });
            continue;
        }
        tips.push(Tip {
            name: name.clone(),
            git_name,
            target,
            commit: repository.peel(name, target)?,
        });
    }
    let head = refs.head();
    let is_current = |tip: &Tip| matches!(head, Head::Branch(branch) if *branch == tip.name);
    tips.sort_by_key(|tip| (tip.name.as_tag().is_some(), !is_current(tip)));
    Ok(tips)
}

/// A stream that is being written.
struct Stream<'a> {
    store: &'a ObjectStore,
    rules: &'a LfsRules<'a>,
    reader: ObjectReader<'a>,
    out: StreamWriter<'a>,
    blobs: HashMap<ObjectId, Mark>,
    pointers: HashMap<LfsPointer, Mark>,
    commits: HashMap<CommitId, Mark>,
    /// Imported commits that will be others in git.
    is_other: HashSet<CommitId>,
    summary: StreamSummary,
}

impl Stream<'_> {
    fn length(&self, id: &ObjectId) -> Result<u64, RepositoryError> {
        let length = self.store.object_length(id)?;
        length.ok_or_else(|| RepositoryError::missing_object(id))
    }

    /// Writes a file, unless it is in the stream.
    fn blob(&mut self, id: ObjectId, phase: &dyn Phase) -> Result<Mark, ExportError> {
        if let Some(&mark) = self.blobs.get(&id) {
            return Ok(mark);
        }
        let length = self.length(&id)?;
        let mark = if length > LARGE_BYTES {
            let copy = |out: &mut dyn Write| self.store.copy_object(&id, out);
            self.out.long_blob(length, copy)?
        } else {
            self.out.blob(&self.reader.read(&id)?)?
        };
        phase.advance(length);
        self.blobs.insert(id, mark);
        Ok(mark)
    }

    fn pointer(&mut self, pointer: LfsPointer) -> Result<Mark, ExportError> {
        if let Some(&mark) = self.pointers.get(&pointer) {
            return Ok(mark);
        }
        let mark = self.out.blob(&pointer.to_bytes())?;
        self.pointers.insert(pointer, mark);
        Ok(mark)
    }

    /// Writes a commit whose parents are in the stream, as one of the ref `git_name`.
    fn commit(&mut self, id: &CommitId, git_name: &str) -> Result<(), ExportError> {
        let commit = self.store.commit(id)?;
        let mut files = Vec::new();
        for (path, entry) in git_changes(self.store, self.rules, id, &commit)? {
            let entry = self.entry(entry)?;
            files.push(FileLine { path, entry });
        }
        let mut said = said_by_commit(&commit);
        if !modes(&commit.metadata).is_empty() {
            said.lost.push("modes of old".to_owned());
        }
        let parents: Vec<Mark> = commit
            .parents
            .iter()
            .map(|parent| self.commits[parent])
            .collect();
        let was = commit.metadata.get(GIT_COMMIT);
        let mark = self.out.commit(&CommitLines {
            ref_name: git_name,
            original: was.map(String::as_str),
            said: &said,
            parents: &parents,
            files: &files,
        })?;
        self.commits.insert(*id, mark);
        self.note_loss(id, &commit, was, said.lost);
        Ok(())
    }

    /// What a path becomes, with what is there in the stream.
    fn entry(&mut self, entry: NewEntry) -> Result<Option<(u32, String)>, ExportError> {
        let mode = |kind| match kind {
            EntryKind::File => FILE,
            EntryKind::Executable => EXECUTABLE,
            EntryKind::Symlink => SYMLINK,
        };
        Ok(match entry {
            NewEntry::Gone => None,
            NewEntry::Blob(kind, object) => {
                let mark = self.blob(object, &crate::report::Silent)?;
                Some((mode(kind), mark.to_string()))
            }
            NewEntry::Pointer(kind, pointer) => {
                Some((mode(kind), self.pointer(pointer)?.to_string()))
            }
            NewEntry::Submodule(commit) => Some((SUBMODULE, commit.to_string())),
        })
    }

    /// Makes a branch or tag name what it names here.
    fn point(&mut self, repository: &Repository, tip: &Tip) -> Result<(), ExportError> {
        let mark = self.commits[&tip.commit];
        let Some(annotation) = repository.annotation(&tip.name, &tip.target)? else {
            return self.out.reset(&tip.git_name, Some(mark));
        };
        let name = tip.name.short();
        let said = said_by_tag(&annotation, name)?;
        let was = annotation.metadata.get(GIT_TAG);
        self.out.tag(&TagLines {
            name,
            target: mark,
            original: was.map(String::as_str),
            said: &said,
        })?;
        self.note_loss(&tip.target, &annotation, was, said.lost);
        Ok(())
    }

    /// Notes that an imported commit or tag will be another one in git, if it will.
    fn note_loss(
        &mut self,
        id: &CommitId,
        commit: &Commit,
        was: Option<&String>,
        lost: Vec<String>,
    ) {
        let mut parents = commit.parents.iter();
        let is_inherited = parents.any(|parent| self.is_other.contains(parent));
        if lost.is_empty() && !is_inherited {
            return;
        }
        self.is_other.insert(*id);
        if let Some(was) = was {
            self.summary.lost.push(StreamLoss {
                commit: *id,
                was: was.clone(),
                lost,
                is_inherited,
            });
        }
    }
}
