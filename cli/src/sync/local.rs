//! A repository on this machine that is cloned and fetched from, and pushed to, without a server.

use std::path::Path;

use muse_wire::id::CommitId;
use muse_wire::name::RefName;

use super::FetchError;
use super::receive::{Download, Downloaded};
use crate::report::{Reporter, Unit};
use crate::repository::{Head, PartialDownload, Refs, Repository, RepositoryError};
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

    /// What `receiver`, which has all of `have`, lacks of `want`.
    pub(super) fn download(
        &self,
        receiver: &Repository,
        want: &[CommitId],
        have: &[CommitId],
    ) -> Result<Download, FetchError> {
        copy(&self.repository, receiver, want, have, self.reporter)
    }

    /// What this repository, which has all of `have`, lacks of `sender`'s commits.
    pub(super) fn upload(
        &self,
        sender: &Repository,
        commits: &[CommitId],
        have: &[CommitId],
    ) -> Result<Download, FetchError> {
        copy(sender, &self.repository, commits, have, self.reporter)
    }
}

/// The branch that clones start on.
pub(super) fn default_branch(refs: &Refs) -> Result<RefName, RepositoryError> {
    match refs.head() {
        Head::Branch(branch) => Ok(branch.clone()),
        Head::Detached(_) => Ok(RefName::branch(USUAL_BRANCH)?),
    }
}

/// Writes what `receiver`, which has all of `have`, lacks of `want` into one mpack beside its own.
fn copy(
    sender: &Repository,
    receiver: &Repository,
    want: &[CommitId],
    have: &[CommitId],
    reporter: &dyn Reporter,
) -> Result<Download, FetchError> {
    let objects = &sender.objects;
    for commit in want {
        objects.require_commit(commit)?;
    }
    let set = walk::collect(objects, want, have)?;
    let mut download = Download::default();
    if set.commits.is_empty() {
        return Ok(download);
    }
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
