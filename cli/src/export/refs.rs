//! Moving git's branches and tags.

use std::collections::HashMap;

use gix::refs::transaction::{Change, LogChange, PreviousValue, RefEdit};
use gix::refs::{FullName, Target as RefTarget};
use muse_wire::dag::CommitGraph;
use muse_wire::id::CommitId;
use muse_wire::name::RefName;

use super::error::ExportError;
use super::options::ExportOptions;
use super::summary::{ExportSummary, LeftReason, LeftRef};
use super::target::Target;
use crate::git::git_ref_name;
use crate::repository::{Head, ObjectStore, Repository};

/// What git's reflog says of it, where there is one.
const REASON: &str = "muse export git";

/// A ref, and what it shall name.
pub(super) struct NewRef {
    pub(super) name: RefName,
    /// Here, a tag's annotation aside.
    pub(super) commit: CommitId,
    /// In git.
    pub(super) git: gix::ObjectId,
}

/// Creates what is new in git and moves what has moved on here; a ref that git has moved too stays,
/// unless forced. A git repository without refs gets the current branch. `commits` says what git's
/// commits are here.
pub(super) fn update(
    repository: &Repository,
    target: &Target,
    refs: Vec<NewRef>,
    commits: &HashMap<gix::ObjectId, CommitId>,
    options: ExportOptions,
    summary: &mut ExportSummary,
) -> Result<(), ExportError> {
    let checked_out = checked_out(target)?;
    let mut graph = CommitGraph::new(&repository.objects);
    let mut edits = Vec::new();
    for new in refs {
        let mut leave = |reason| {
            let name = new.name.clone();
            summary.left.push(LeftRef { name, reason });
        };
        let Ok(git_name) = FullName::try_from(&*git_ref_name(&new.name)) else {
            leave(LeftReason::Name);
            continue;
        };
        let found = target
            .git
            .try_find_reference(&git_name)
            .map_err(ExportError::git("read the refs of"))?;
        let old = found.map(|found| found.target().into_owned());
        if old == Some(RefTarget::Object(new.git)) {
            continue;
        }
        let expected = match old {
            None => PreviousValue::MustNotExist,
            Some(_) if checked_out.as_ref() == Some(&git_name) => {
                leave(LeftReason::CheckedOut);
                continue;
            }
            Some(old) if options.force || builds_on(&mut graph, &old, &new, commits)? => {
                PreviousValue::MustExistAndMatch(old)
            }
            Some(_) => {
                leave(LeftReason::Diverged);
                continue;
            }
        };
        summary.moved.push(new.name);
        edits.push(edit(git_name, expected, RefTarget::Object(new.git)));
    }
    if is_without_refs(target)?
        && let Head::Branch(branch) = repository.refs.head()?
        && let Ok(branch) = FullName::try_from(&*git_ref_name(&branch))
    {
        let head = FullName::try_from("HEAD").expect("a name of git");
        let expected = PreviousValue::Any;
        edits.push(edit(head, expected, RefTarget::Symbolic(branch)));
    }
    let edited = target
        .git
        .edit_references_as(edits, Some(committer()))
        .map_err(ExportError::git("move the refs of"));
    edited.map(drop)
}

/// Whether nothing has been exported to it, nor committed in it.
fn is_without_refs(target: &Target) -> Result<bool, ExportError> {
    let failed = || ExportError::git("read the refs of");
    let references = target.git.references().map_err(failed())?;
    Ok(references.all().map_err(failed())?.next().is_none())
}

/// The branch whose files are in git's work tree.
fn checked_out(target: &Target) -> Result<Option<FullName>, ExportError> {
    if target.git.workdir().is_none() {
        return Ok(None);
    }
    target
        .git
        .head_name()
        .map_err(ExportError::git("read the HEAD of"))
}

/// Whether a branch moves on where it goes from `old` to `new`.
fn builds_on(
    graph: &mut CommitGraph<&ObjectStore>,
    old: &RefTarget,
    new: &NewRef,
    commits: &HashMap<gix::ObjectId, CommitId>,
) -> Result<bool, ExportError> {
    let known = old.try_id().and_then(|old| commits.get(old));
    let Some(&old) = known.filter(|_| new.name.as_branch().is_some()) else {
        return Ok(false);
    };
    Ok(graph.is_ancestor(old, new.commit)?)
}

fn edit(name: FullName, expected: PreviousValue, new: RefTarget) -> RefEdit {
    RefEdit {
        change: Change::Update {
            log: LogChange {
                message: REASON.into(),
                ..LogChange::default()
            },
            expected,
            new,
        },
        name,
        deref: false,
    }
}

/// Who moves refs, for git's reflog.
fn committer() -> gix::actor::SignatureRef<'static> {
    gix::actor::SignatureRef {
        name: "muse".into(),
        email: "".into(),
        time: "0 +0000",
    }
}
