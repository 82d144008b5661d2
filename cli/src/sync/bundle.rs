//! Bundles: a file with refs and the mpack that they need.

use std::collections::{BTreeSet, HashSet};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use muse_wire::api::push::StreamedMpack;
use muse_wire::api::refs::RefEntry;
use muse_wire::bundle::{BundleError, BundleHeader};
use muse_wire::id::CommitId;
use muse_wire::name::RefName;

use super::FetchError;
use super::local::default_branch;
use super::receive::{self, Download, Downloaded, Received};
use super::tracking;
use crate::report::{Reporter, Unit};
use crate::repository::{Repository, RepositoryError, TEMPORARY_PREFIX, locked_file};
use crate::transport::RemoteRefs;
use crate::walk::{self, CollectError, Form};

/// A bundle that is read.
pub struct Bundle<'a> {
    header: BundleHeader,
    /// Where the mpack begins.
    mpack_start: u64,
    path: PathBuf,
    reporter: &'a dyn Reporter,
}

impl<'a> Bundle<'a> {
    /// Opens a bundle and reads its header.
    ///
    /// # Errors
    /// [`BundleError`] if it is none, or not whole.
    pub fn open(path: &Path, reporter: &'a dyn Reporter) -> Result<Self, BundleError> {
        let mut file = BufReader::new(File::open(path)?);
        let header = BundleHeader::read(&mut file)?;
        let mpack_start = file.stream_position()?;
        let mpack_bytes = header.mpack.as_ref().map_or(0, |mpack| mpack.size_bytes);
        if file.get_ref().metadata()?.len().checked_sub(mpack_start) != Some(mpack_bytes) {
            return Err(BundleError::Damaged);
        }
        Ok(Self {
            header,
            mpack_start,
            path: path.to_owned(),
            reporter,
        })
    }

    /// What it says that it holds.
    pub const fn header(&self) -> &BundleHeader {
        &self.header
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(super) const fn reporter(&self) -> &'a dyn Reporter {
        self.reporter
    }

    pub(super) fn refs(&self) -> RemoteRefs {
        let refs = self.header.refs.iter();
        let targets = refs.map(|entry| (entry.name.clone(), entry.target));
        RemoteRefs::new(self.header.default_branch.clone(), targets)
    }

    /// Copies the mpack to where downloads go.
    pub(super) fn download(&self, receiver: &Repository) -> Result<Download, FetchError> {
        let missing: Vec<CommitId> = self.missing(receiver)?;
        if !missing.is_empty() {
            return Err(FetchError::BundleRequires { commits: missing });
        }
        let mut download = Download::default();
        let Some(StreamedMpack {
            mpack_key,
            size_bytes,
        }) = self.header.mpack
        else {
            return Ok(download);
        };
        let file = receiver.layout.private_download()?;
        let phase = self
            .reporter
            .phase("copying", Some(size_bytes), Unit::Bytes);
        let mut bundle = File::open(&self.path).map_err(FetchError::Downloaded)?;
        bundle
            .seek(io::SeekFrom::Start(self.mpack_start))
            .map_err(FetchError::Downloaded)?;
        let copied = io::copy(&mut bundle.take(size_bytes), &mut file.file());
        copied.map_err(RepositoryError::writing(file.path()))?;
        phase.advance(size_bytes);
        download
            .mpacks
            .push(Downloaded::written(mpack_key, size_bytes, file));
        Ok(download)
    }

    /// Commits that the bundle requires and `receiver` does not have.
    ///
    /// # Errors
    /// If the repository is damaged.
    pub fn missing(&self, receiver: &Repository) -> Result<Vec<CommitId>, RepositoryError> {
        let mut missing = Vec::new();
        for commit in &self.header.requires {
            if !receiver.objects.has_commit(commit)? {
                missing.push(*commit);
            }
        }
        Ok(missing)
    }
}

/// Checks that a bundle is whole, that `receiver` has what it builds on, and that every ref's
/// commit is there with everything below it. The repository stays as it is.
///
/// # Errors
/// [`FetchError`] saying what is wrong or missing.
pub fn verify_bundle(receiver: &Repository, bundle: &Bundle<'_>) -> Result<Received, FetchError> {
    let refs = bundle.header.refs.iter();
    let want: Vec<CommitId> = refs.map(|entry| entry.target).collect();
    let download = bundle.download(receiver)?;
    let complete = tracking::tips(receiver)?;
    receive::check(receiver, bundle.reporter, &want, &complete, &download)
}

/// What goes into a bundle.
#[derive(Debug, Clone, Default)]
pub struct BundleContents {
    /// Branches and tags.
    pub refs: Vec<RefName>,
    /// Commits that its readers have, with all their history.
    pub without: Vec<CommitId>,
}

/// Why a bundle could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CreateBundleError {
    /// Everything that was named is without commits of its own.
    #[error("there is nothing to put into a bundle")]
    Empty,
    /// The header would break a rule.
    #[error(transparent)]
    Header(#[from] BundleError),
    /// The mpack cannot be put together.
    #[error(transparent)]
    Collect(#[from] CollectError),
    /// The repository failed.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    /// The file cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

/// A bundle that was written.
#[derive(Debug, Clone)]
pub struct WrittenBundle {
    /// Its header.
    pub header: BundleHeader,
    /// Commits in it.
    pub commits: u64,
    /// Objects in it.
    pub objects: u64,
    /// Its size in bytes.
    pub bytes: u64,
}

/// Writes a bundle, which takes the place of a file that is there.
///
/// # Errors
/// [`CreateBundleError`]; the file is as it was.
pub fn create_bundle(
    repository: &Repository,
    path: &Path,
    contents: &BundleContents,
    reporter: &dyn Reporter,
) -> Result<WrittenBundle, CreateBundleError> {
    let refs = repository.refs.read()?;
    let entry = |name: &RefName| {
        let target = refs.get(name)?;
        let name = name.clone();
        Some(RefEntry { name, target })
    };
    let mut entries: Vec<RefEntry> = contents.refs.iter().filter_map(entry).collect();
    entries.sort_by(|one, two| one.name.cmp(&two.name));
    entries.dedup();
    if entries.is_empty() {
        return Err(CreateBundleError::Empty);
    }
    let tips: Vec<CommitId> = entries.iter().map(|entry| entry.target).collect();
    let set = walk::collect(&repository.objects, &tips, &contents.without)?;
    let shallow = repository.objects.shallow()?;
    if let Some(end) = set.commits.iter().find(|id| shallow.contains(id)) {
        return Err(RepositoryError::Shallow(*end).into());
    }
    let new: HashSet<CommitId> = set.commits.iter().copied().collect();
    let known = tips.into_iter().filter(|tip| !new.contains(tip));
    let requires: BTreeSet<CommitId> = set.boundary.iter().copied().chain(known).collect();
    let mut header = BundleHeader {
        default_branch: default_branch(&refs)?,
        refs: entries,
        requires: requires.into_iter().collect(),
        mpack: None,
    };
    let (commits, objects) = (set.commits.len() as u64, set.objects.len() as u64);
    let mpack = match set.commits.is_empty() {
        true => None,
        false => {
            let phase = reporter.phase("packing", None, Unit::Bytes);
            let plan = walk::plan_mpack(repository, set)?;
            let (layout, form) = (&repository.layout, Form::Thick);
            Some(walk::write_mpack(repository, layout, &plan, form, &*phase)?)
        }
    };
    header.mpack = mpack.as_ref().map(|mpack| StreamedMpack {
        mpack_key: mpack.key,
        size_bytes: mpack.size_bytes,
    });
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let writing = |source| CreateBundleError::Write {
        path: path.to_owned(),
        source,
    };
    let mut file = locked_file(directory, TEMPORARY_PREFIX, 0o666).map_err(writing)?;
    let mut out = BufWriter::new(file.as_file_mut());
    header.write(&mut out)?;
    if let Some(mpack) = &mpack {
        let mut written = File::open(mpack.file.path()).map_err(writing)?;
        io::copy(&mut written, &mut out).map_err(writing)?;
    }
    out.flush().map_err(writing)?;
    drop(out);
    file.as_file().sync_all().map_err(writing)?;
    let bytes = file.as_file().metadata().map_err(writing)?.len();
    file.persist(path).map_err(|error| writing(error.error))?;
    Ok(WrittenBundle {
        header,
        commits,
        objects,
        bytes,
    })
}
