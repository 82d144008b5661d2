//! A repository on this machine that is cloned and fetched from, and pushed to, without a server.

use std::collections::HashSet;
use std::path::Path;

use muse_wire::dag::{CommitSource as _, Reach, ShallowFetch, ShallowOutcome, Walked};
use muse_wire::id::CommitId;
use muse_wire::name::RefName;

use super::receive::{Download, Downloaded};
use super::{Depth, FetchError};
use crate::report::{Reporter, Unit};
use crate::repository::{Head, ObjectStore, PartialDownload, Refs, Repository, RepositoryError};
use crate::transport::RemoteRefs;
use crate::walk::{self, Form};

/// The branch that stands for `HEAD` where that is on none.
const USUAL_BRANCH: &str = "main";

/// Another repository on this machine.
pub struct LocalRepository<'a> {
    repository: Repository,
    reporter: &'a dyn Reporter,
}

impl<'a> LocalRepository<'a> {
    /// Opens the repository in the directory `root`. Everything is reported to `reporter`.
    ///
    /// # Errors
    /// [`RepositoryError::NotARepository`] if there is none, and
    /// [`RepositoryError::UnfinishedClone`] if it may lack what its refs name.
    pub fn open(root: &Path, reporter: &'a dyn Reporter) -> Result<Self, RepositoryError> {
        let repository = Repository::open(root)?;
        repository.layout.refuse_unfinished_clone()?;
        Ok(Self {
            repository,
            reporter,
        })
    }

    /// The repository.
    pub(super) const fn repository(&self) -> &Repository {
        &self.repository
    }

    /// Who is told what happens.
    pub(super) const fn reporter(&self) -> &'a dyn Reporter {
        self.reporter
    }

    /// Its directory.
    pub fn path(&self) -> &Path {
        self.repository.layout.root()
    }

    /// Its branches and tags.
    pub(super) fn refs(&self) -> Result<RemoteRefs, RepositoryError> {
        let refs = self.repository.refs.read()?;
        let shared = refs.iter().filter(|(name, _)| name.is_shared());
        let targets = shared.map(|(name, target)| (name.clone(), target));
        Ok(RemoteRefs::new(default_branch(&refs)?, targets))
    }

    /// What `receiver`, which has all of `have`, lacks of `want`, as far down as `depth` says.
    pub(super) fn download(
        &self,
        receiver: &Repository,
        want: &[CommitId],
        have: &[CommitId],
        depth: Depth,
    ) -> Result<Download, FetchError> {
        copy(&self.repository, receiver, want, have, depth, self.reporter)
    }

    /// What this repository, which has all of `have`, lacks of `sender`'s commits.
    pub(super) fn upload(
        &self,
        sender: &Repository,
        commits: &[CommitId],
        have: &[CommitId],
    ) -> Result<Download, FetchError> {
        let depth = Depth::Whole;
        copy(
            sender,
            &self.repository,
            commits,
            have,
            depth,
            self.reporter,
        )
    }
}

/// The branch that clones start on.
pub(super) fn default_branch(refs: &Refs) -> Result<RefName, RepositoryError> {
    match refs.head() {
        Head::Branch(branch) => Ok(branch.clone()),
        Head::Detached(_) => Ok(RefName::branch(USUAL_BRANCH)?),
    }
}

/// Writes what `receiver`, which has all of `have`, lacks of `want` into one mpack beside its own,
/// as far down as `depth` says, and as the sender's own history goes.
fn copy(
    sender: &Repository,
    receiver: &Repository,
    want: &[CommitId],
    have: &[CommitId],
    depth: Depth,
    reporter: &dyn Reporter,
) -> Result<Download, FetchError> {
    let objects = &sender.objects;
    for commit in want {
        objects.require_commit(commit)?;
    }
    let ShallowOutcome {
        commits,
        boundary,
        mut shallow,
        unshallow,
        ..
    } = missing(objects, &receiver.objects, want, have, depth)?;
    let ends = ends_of_sender(objects, &receiver.objects, &commits)?;
    if !ends.is_empty() && !have.is_empty() && depth == Depth::Whole {
        let path = sender.layout.root().to_owned();
        return Err(FetchError::ShallowSource { path });
    }
    shallow.extend(ends);
    let cut: HashSet<CommitId> = shallow.iter().copied().collect();
    let mut download = Download {
        shallow,
        unshallow,
        ..Download::default()
    };
    if commits.is_empty() {
        return Ok(download);
    }
    let set = walk::collect_walked(objects, Walked { commits, boundary }, &cut, have)?;
    let phase = reporter.phase("copying", None, Unit::Bytes);
    let plan = walk::plan_mpack(sender, set)?;
    let mpack = walk::write_mpack(sender, &receiver.layout, &plan, Form::Thick, &*phase)?;
    reporter.step(format_args!(
        "step 2: mpacks=1 bytes={} reused_frames={}",
        mpack.size_bytes, mpack.reused_frames
    ));
    let file = PartialDownload::from(mpack.file);
    let copied = Downloaded::written(mpack.key, mpack.size_bytes, file);
    download.mpacks.push(copied);
    Ok(download)
}

/// What `receiver`, which has all of `have`, lacks of `want`.
fn missing(
    sender: &ObjectStore,
    receiver: &ObjectStore,
    want: &[CommitId],
    have: &[CommitId],
    depth: Depth,
) -> Result<ShallowOutcome, FetchError> {
    let shallow = receiver.shallow_here()?;
    let reach = if let Some(depth) = depth.depth() {
        let mut tips = want.to_vec();
        for id in want {
            // A depth counts from what is tagged.
            tips.extend(sender.commit(id)?.tagged());
        }
        Reach::Depth { tips, depth }
    } else if let Some(by) = depth.deepen() {
        let mut below = Vec::new();
        for id in &shallow {
            below.extend(sender.node(id)?.map(|_| *id));
        }
        Reach::Deepen { below, by }
    } else {
        Reach::Whole
    };
    let fetch = ShallowFetch {
        want,
        have,
        shallow: &shallow,
        reach: &reach,
    };
    Ok(fetch.walk(sender)?)
}

/// Those of these commits that the sender itself has without their parents, unless the receiver has
/// those.
fn ends_of_sender(
    sender: &ObjectStore,
    receiver: &ObjectStore,
    commits: &[CommitId],
) -> Result<Vec<CommitId>, FetchError> {
    let shallow = sender.shallow()?;
    let mut ends = Vec::new();
    for id in commits.iter().filter(|id| shallow.contains(id)) {
        for parent in sender.recorded_commit(id)?.parents {
            if !receiver.has_commit(&parent)? {
                ends.push(*id);
                break;
            }
        }
    }
    Ok(ends)
}
