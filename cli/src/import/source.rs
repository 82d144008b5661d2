//! The git repository that is imported from.

use std::path::Path;

use gix::bstr::ByteSlice as _;
use gix::objs::Kind;
use gix::odb::pack::cache::lru::MemoryCappedHashmap;
use muse_wire::name::RefName;

use super::error::ImportError;
use super::losses::Losses;

/// Memory for each thread's decoded trees and commits: the tree of a commit is its child's base.
const OBJECT_CACHE_BYTES: usize = 24 * 1024 * 1024;

/// Memory for each thread's delta bases.
const DELTA_CACHE_BYTES: usize = 32 * 1024 * 1024;

/// A git repository, opened without regard to the user's or the system's settings.
pub(super) struct Source {
    shared: gix::ThreadSafeRepository,
}

/// A branch or tag, and the commit it comes down to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tip {
    pub(super) name: RefName,
    pub(super) commit: gix::ObjectId,
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
        let shared = gix::open_opts(path, gix::open::Options::isolated())
            .map_err(|source| ImportError::Open {
                path: path.to_owned(),
                source: source.into(),
            })?
            .into_sync();
        let source = Self { shared };
        let shallow = source.shared.to_thread_local().is_shallow();
        if shallow.map_err(ImportError::git("the shallow file"))? {
            return Err(ImportError::Shallow);
        }
        Ok(source)
    }

    /// A handle for one thread that reads commits and trees, where neighbours share most of both.
    pub(super) fn tree_reader(&self) -> gix::Repository {
        let mut repository = self.blob_reader();
        repository.object_cache_size(OBJECT_CACHE_BYTES);
        repository
    }

    /// A handle for one thread that reads each blob once.
    pub(super) fn blob_reader(&self) -> gix::Repository {
        let mut repository = self.shared.to_thread_local();
        repository
            .objects
            .set_pack_cache(|| Box::new(MemoryCappedHashmap::new(DELTA_CACHE_BYTES)));
        repository
    }

    /// All branches and tags, and `HEAD`.
    pub(super) fn tips(&self, losses: &mut Losses) -> Result<Tips, ImportError> {
        let repository = self.shared.to_thread_local();
        let mut refs = Vec::new();
        for prefix in ["refs/heads/", "refs/tags/"] {
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

fn branch_name(name: &gix::bstr::BStr) -> Option<RefName> {
    RefName::new(name.to_str().ok()?).ok()
}

fn tip(
    repository: &gix::Repository,
    mut reference: gix::Reference<'_>,
    losses: &mut Losses,
) -> Result<Option<Tip>, ImportError> {
    let git_name = reference.name().as_bstr().to_string();
    let name = match reference.name().as_bstr().to_str() {
        Ok(name) => RefName::new(name).map_err(|error| error.reason),
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
    if let Some(target) = reference.try_id()
        && kind(target.detach())? == Kind::Tag
    {
        losses.annotated_tags += 1;
    }
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
    }))
}
