//! The git repository that is imported from.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use gix::bstr::ByteSlice as _;
use gix::objs::Kind;
use muse_wire::name::{HEADS, RefName, TAGS};

use super::error::ImportError;
use super::losses::Losses;
use super::mapped_memory::mapped_bytes;
use crate::git::{GIT_NOTES, LfsStore, as_it_is, ref_name_of_git};

/// Bytes of files that may be mapped into memory, beside those from before the import, before the
/// packs are opened anew.
const MAX_MAPPED_BYTES: u64 = 32 * 1024 * 1024;

/// How often readers must have asked before the packs are opened anew again, which does not help
/// where it is other files that take the memory.
pub(super) const LEAST_QUESTIONS: u32 = 4;

/// A git repository, opened without regard to the user's or the system's settings.
pub(super) struct Source {
    path: PathBuf,
    state: Mutex<State>,
    /// Bytes of mapped files in memory from which on the packs are opened anew.
    pub(super) max_mapped_bytes: u64,
}

/// The repository as it was opened last.
struct State {
    opened: Opened,
    /// How often readers have asked since.
    questions: u32,
}

/// A repository whose packs all threads share.
#[derive(Clone)]
pub(super) struct Opened {
    /// How often it had been opened before.
    pub(super) opening: u64,
    pub(super) shared: gix::ThreadSafeRepository,
}

/// A branch or tag, and the commit it comes down to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tip {
    pub(super) name: RefName,
    pub(super) commit: gix::ObjectId,
    /// The tag object of an annotated tag.
    pub(super) annotation: Option<gix::ObjectId>,
}

/// What there is to import.
#[derive(Debug, Default)]
pub(super) struct Tips {
    /// Ascending by name.
    pub(super) refs: Vec<Tip>,
    pub(super) head: Option<GitHead>,
}

/// Where git's `HEAD` points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum GitHead {
    Branch(RefName),
    Detached(gix::ObjectId),
}

impl Tips {
    /// Every commit that a ref or `HEAD` names.
    pub(super) fn commits(&self) -> impl Iterator<Item = gix::ObjectId> {
        let detached = match self.head {
            Some(GitHead::Detached(commit)) => Some(commit),
            _ => None,
        };
        self.refs.iter().map(|tip| tip.commit).chain(detached)
    }
}

impl Source {
    pub(super) fn open(path: &Path) -> Result<Self, ImportError> {
        let max_mapped_bytes = mapped_bytes().unwrap_or(0) + MAX_MAPPED_BYTES;
        let shared = open(path)?;
        let shallow = shared.to_thread_local().is_shallow();
        if shallow.map_err(ImportError::git("the shallow file"))? {
            return Err(ImportError::Shallow);
        }
        let opened = Opened { opening: 0, shared };
        Ok(Self {
            path: path.to_owned(),
            state: Mutex::new(State {
                opened,
                questions: 0,
            }),
            max_mapped_bytes,
        })
    }

    /// The repository as it is open now.
    pub(super) fn opened(&self) -> Opened {
        self.state().opened.clone()
    }

    /// The repository as it is open now, unless that is the `known` opening. It is opened anew
    /// where much of its packs is in memory; that goes once nobody has the old ones.
    pub(super) fn renewed(&self, known: u64) -> Result<Option<Opened>, ImportError> {
        let mut state = self.state();
        state.questions += 1;
        if state.questions >= LEAST_QUESTIONS
            && mapped_bytes().is_some_and(|bytes| bytes > self.max_mapped_bytes)
        {
            *state = State {
                opened: Opened {
                    opening: state.opened.opening + 1,
                    shared: open(&self.path)?,
                },
                questions: 0,
            };
        }
        Ok((state.opened.opening != known).then(|| state.opened.clone()))
    }

    /// What these revisions come down to, each under the name of a branch or tag.
    pub(super) fn tips_at(&self, revisions: &[(RefName, String)]) -> Result<Tips, ImportError> {
        let repository = self.opened().shared.to_thread_local();
        let refs = revisions
            .iter()
            .map(|(name, revision)| tip_at(&repository, name, revision));
        Ok(Tips {
            refs: refs.collect::<Result<_, _>>()?,
            head: None,
        })
    }

    /// Where its objects and refs are.
    pub(super) fn git_directory(&self) -> PathBuf {
        self.opened()
            .shared
            .to_thread_local()
            .common_dir()
            .to_owned()
    }

    /// Where git LFS keeps what pointers stand for.
    pub(super) fn lfs_store(&self) -> LfsStore {
        LfsStore::of(&self.opened().shared.to_thread_local())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All branches, tags and notes, and `HEAD`.
    pub(super) fn tips(&self, losses: &mut Losses) -> Result<Tips, ImportError> {
        let repository = self.opened().shared.to_thread_local();
        let mut refs = Vec::new();
        for prefix in [HEADS, TAGS, GIT_NOTES] {
            // Listed first and followed afterwards: the listing holds what following needs.
            let listed: Vec<_> = repository
                .references()
                .and_then(|platform| platform.prefixed(prefix)?.collect())
                .map_err(ImportError::git("the refs"))?;
            for reference in listed {
                refs.extend(tip(&repository, reference, losses)?);
            }
        }
        refs.sort_by(|one: &Tip, two| one.name.cmp(&two.name));
        let head = repository.head().map_err(ImportError::git("HEAD"))?;
        let head = match head.referent_name() {
            Some(name) => branch_name(name.as_bstr()).map(GitHead::Branch),
            None => head.id().map(|id| GitHead::Detached(id.detach())),
        };
        Ok(Tips { refs, head })
    }
}

/// What a revision comes down to, under the name of a branch or tag.
fn tip_at(
    repository: &gix::Repository,
    name: &RefName,
    revision: &str,
) -> Result<Tip, ImportError> {
    let failed = || format!("the revision {revision}");
    let object = repository
        .rev_parse_single(revision)
        .map_err(ImportError::git(failed()))?
        .object()
        .map_err(ImportError::git(failed()))?;
    let is_annotation = object.kind == Kind::Tag && name.as_tag().is_some();
    let annotation = is_annotation.then_some(object.id);
    let commit = object
        .peel_to_kind(Kind::Commit)
        .map_err(ImportError::git(failed()))?;
    Ok(Tip {
        name: name.clone(),
        commit: commit.id,
        annotation,
    })
}

fn open(path: &Path) -> Result<gix::ThreadSafeRepository, ImportError> {
    let opened = gix::open_opts(path, as_it_is());
    Ok(opened
        .map_err(|source| ImportError::Open {
            path: path.to_owned(),
            source: source.into(),
        })?
        .into_sync())
}

fn branch_name(name: &gix::bstr::BStr) -> Option<RefName> {
    ref_name_of_git(name.to_str().ok()?).ok()
}

fn tip(
    repository: &gix::Repository,
    mut reference: gix::Reference<'_>,
    losses: &mut Losses,
) -> Result<Option<Tip>, ImportError> {
    let git_name = reference.name().as_bstr().to_string();
    let name = match reference.name().as_bstr().to_str() {
        Ok(name) => ref_name_of_git(name),
        Err(_) => Err("it is not UTF-8"),
    };
    let name = match name {
        Ok(name) => name,
        Err(reason) => {
            losses.skip_ref(&git_name, reason);
            return Ok(None);
        }
    };
    let kind = |id: gix::ObjectId| {
        repository
            .find_header(id)
            .map(|header| header.kind())
            .map_err(ImportError::git(&git_name))
    };
    if let Some(target) = reference.target().try_name()
        && repository
            .try_find_reference(target)
            .map_err(ImportError::git(&git_name))?
            .is_none()
    {
        losses.skip_ref(&git_name, "it leads to a ref that is not there");
        return Ok(None);
    }
    let annotation = match reference.try_id() {
        Some(target) if name.as_tag().is_some() && kind(target.detach())? == Kind::Tag => {
            Some(target.detach())
        }
        _ => None,
    };
    let peeled = reference
        .peel_to_id()
        .map_err(ImportError::git(&git_name))?
        .detach();
    if kind(peeled)? != Kind::Commit {
        losses.skip_ref(&git_name, "it names no commit");
        return Ok(None);
    }
    Ok(Some(Tip {
        name,
        commit: peeled,
        annotation,
    }))
}
