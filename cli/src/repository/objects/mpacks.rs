//! The directory of the mpacks that make up the repository.
//!
//! A file in `.muse/mpacks` never changes. Consolidation puts a new one in place before it takes
//! the old ones away, so whoever holds a set, or finds a file gone while listing, misses nothing:
//! an open mpack stays readable, and a new listing has its contents.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use muse_wire::id::{CommitId, MpackKey, parse_hex};
use muse_wire::mpack::{Mpack, MpackError};

use super::checked::{CheckAgain, CheckedMpacks, Opened, Opener};
use crate::repository::error::{RepositoryError, Result};
use crate::repository::layout::Layout;
use crate::repository::shallow;

/// How the name of an mpack file ends.
const SUFFIX: &str = ".mpack";

/// How often the directory is listed again because a file vanished in between.
const MAX_LISTINGS: u32 = 20;

/// One mpack of the set.
#[derive(Debug)]
pub(in crate::repository) struct OpenMpack {
    pub(in crate::repository) key: MpackKey,
    pub(in crate::repository) path: PathBuf,
    pub(in crate::repository) size_bytes: u64,
    pub(in crate::repository) mpack: Arc<Mpack>,
    /// Whether its tables were checked in this process.
    pub(in crate::repository) is_checked: bool,
}

impl OpenMpack {
    /// For `map_err`: damage in this mpack.
    pub(in crate::repository) fn damage(&self) -> impl FnOnce(MpackError) -> RepositoryError {
        let path = self.path.clone();
        move |source| RepositoryError::DamagedMpack { path, source }
    }
}

/// An mpack of the repository that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamagedMpack {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: String,
}

/// The mpacks that were listed.
#[derive(Debug, Clone)]
pub(in crate::repository) struct MpackListing {
    /// Those that can be read, largest first.
    open: Vec<Arc<OpenMpack>>,
    /// Those that cannot.
    damaged: Vec<DamagedMpack>,
    /// The commits that they hold without their parents.
    shallow: Arc<HashSet<CommitId>>,
}

/// A listing, shared with whoever reads from it.
pub(in crate::repository) type MpackSet = Arc<MpackListing>;

impl MpackListing {
    /// Those that can be read, largest first.
    pub(in crate::repository) fn iter(&self) -> std::slice::Iter<'_, Arc<OpenMpack>> {
        self.open.iter()
    }
}

/// Where the commits are listed that are here without their parents.
#[derive(Debug)]
enum ShallowList {
    File(PathBuf),
    Given(Arc<HashSet<CommitId>>),
}

impl ShallowList {
    fn read(&self) -> Result<Arc<HashSet<CommitId>>> {
        match self {
            Self::File(path) => shallow::read(path).map(Arc::new),
            Self::Given(commits) => Ok(Arc::clone(commits)),
        }
    }
}

/// Opens mpacks once and keeps them open.
#[derive(Debug)]
pub(in crate::repository) struct MpackDirectory {
    directory: PathBuf,
    checked: CheckedMpacks,
    /// Mpacks of the set that lie elsewhere.
    others: Vec<Arc<OpenMpack>>,
    shallow: ShallowList,
    current: RwLock<Option<MpackSet>>,
}

impl MpackDirectory {
    pub(in crate::repository) fn new(layout: &Layout) -> Self {
        Self {
            directory: layout.mpacks.clone(),
            checked: CheckedMpacks::new(layout),
            others: Vec::new(),
            shallow: ShallowList::File(layout.shallow.clone()),
            current: RwLock::new(None),
        }
    }

    /// The same directory, with mpacks that lie elsewhere in its set. All of them hold these
    /// commits without their parents, and no others.
    pub(in crate::repository) fn with(
        &self,
        others: &[Arc<OpenMpack>],
        shallow: &Arc<HashSet<CommitId>>,
    ) -> Result<Self> {
        let mut set = MpackListing::clone(&*self.current()?);
        set.open.extend(others.iter().map(Arc::clone));
        set.shallow = Arc::clone(shallow);
        Ok(Self {
            directory: self.directory.clone(),
            checked: self.checked.clone(),
            others: others.to_vec(),
            shallow: ShallowList::Given(Arc::clone(shallow)),
            current: RwLock::new(Some(Arc::new(set))),
        })
    }

    /// The directory itself.
    pub(in crate::repository) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Where the mpack of this key lies.
    pub(in crate::repository) fn path(&self, key: &MpackKey) -> PathBuf {
        self.directory.join(format!("{}{SUFFIX}", key.to_hex()))
    }

    /// Whether a file is one of an mpack, by its name.
    pub(in crate::repository) fn has_file(&self, path: &Path) -> bool {
        path.parent() == Some(&self.directory) && key_of(path).is_some()
    }

    /// The set as it was last listed.
    pub(in crate::repository) fn current(&self) -> Result<MpackSet> {
        match self.known() {
            Some(set) => Ok(set),
            None => self.refresh(),
        }
    }

    /// The commits that are here without their parents, as last listed.
    pub(in crate::repository) fn shallow(&self) -> Result<Arc<HashSet<CommitId>>> {
        Ok(Arc::clone(&self.current()?.shallow))
    }

    /// Whether a commit that was found is here without its parents.
    pub(in crate::repository) fn is_shallow(&self, id: &CommitId) -> bool {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        let shallow = current.as_ref().map(|set| &set.shallow);
        shallow.is_some_and(|shallow| shallow.contains(id))
    }

    /// Those of the last listing that cannot be read.
    pub(in crate::repository) fn damaged(&self) -> Vec<DamagedMpack> {
        self.known()
            .map_or_else(Vec::new, |set| set.damaged.clone())
    }

    /// Adds to a [`RepositoryError::Missing`] which mpack may hold what is missing.
    pub(in crate::repository) fn name_unreadable(
        &self,
        mut error: RepositoryError,
    ) -> RepositoryError {
        if let RepositoryError::Missing { unreadable, .. } = &mut error {
            *unreadable = self.damaged().into_iter().next().map(|mpack| mpack.path);
        }
        error
    }

    /// The keys of the mpacks, readable or not, that start with these digits; ascending.
    pub(in crate::repository) fn keys_with_prefix(&self, digits: &str) -> Result<Vec<MpackKey>> {
        let set = self.refresh()?;
        let open = set.open.iter().map(|mpack| mpack.key);
        let damaged = set.damaged.iter().filter_map(|mpack| key_of(&mpack.path));
        let keys = open.chain(damaged);
        let keys: BTreeSet<_> = keys
            .filter(|key| key.to_hex().starts_with(digits))
            .collect();
        Ok(keys.into_iter().collect())
    }

    /// Lists again.
    pub(in crate::repository) fn refresh(&self) -> Result<MpackSet> {
        self.refresh_with(&[])
    }

    /// Lists again, and checks the tables of all mpacks unless this process has done so: for
    /// whoever takes them to be right although a disk may have changed them.
    pub(in crate::repository) fn refresh_checked(&self) -> Result<MpackSet> {
        self.refresh_where(|mpack| mpack.is_checked, &[], CheckAgain::Yes)
    }

    /// Lists again; `added` were renamed into the directory and are open already.
    pub(in crate::repository) fn refresh_with(&self, added: &[Arc<OpenMpack>]) -> Result<MpackSet> {
        self.refresh_where(|_| true, added, CheckAgain::No)
    }

    /// Lists again; those that are open already are opened again unless they are to `stay`.
    fn refresh_where(
        &self,
        stay: impl Fn(&OpenMpack) -> bool,
        added: &[Arc<OpenMpack>],
        again: CheckAgain,
    ) -> Result<MpackSet> {
        let before = self.known();
        let open: HashMap<MpackKey, &Arc<OpenMpack>> = before
            .iter()
            .flat_map(|set| set.iter())
            .filter(|mpack| stay(mpack))
            .chain(added)
            .map(|mpack| (mpack.key, mpack))
            .collect();
        let mut listings = 0;
        let set = loop {
            listings += 1;
            match self.open_all(before.as_deref(), &open, again) {
                Err(RepositoryError::DamagedMpack { path, .. })
                    if listings < MAX_LISTINGS && !path.exists() => {}
                Err(RepositoryError::Storage { path, source, .. })
                    if listings < MAX_LISTINGS
                        && source.kind() == ErrorKind::NotFound
                        && path != self.directory => {}
                done => break Arc::new(done?),
            }
        };
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&set));
        Ok(set)
    }

    /// Asks the set as it is known, and where that finds nothing, the set as it is now. Damage in
    /// one mpack counts only if no other has what is asked for.
    pub(in crate::repository) fn find<T>(
        &self,
        mut ask: impl FnMut(&OpenMpack) -> Result<Option<T>>,
    ) -> Result<Option<T>> {
        let known = self.current()?;
        let mut damage = None;
        let mut ask = |mpack: &OpenMpack| match ask(mpack) {
            Err(error @ RepositoryError::DamagedMpack { .. }) => {
                damage.get_or_insert(error);
                Ok(None)
            }
            answer => answer,
        };
        for mpack in known.iter() {
            if let Some(found) = ask(mpack)? {
                return Ok(Some(found));
            }
        }
        let listed = self.refresh()?;
        for mpack in listed.iter() {
            let asked = known.iter().any(|known| Arc::ptr_eq(known, mpack));
            if !asked && let Some(found) = ask(mpack)? {
                return Ok(Some(found));
            }
        }
        damage.map_or(Ok(None), Err)
    }

    fn known(&self) -> Option<MpackSet> {
        self.current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Opens all mpacks but those that are `open` and those that the listing `before` found
    /// damaged.
    fn open_all(
        &self,
        before: Option<&MpackListing>,
        open: &HashMap<MpackKey, &Arc<OpenMpack>>,
        again: CheckAgain,
    ) -> Result<MpackListing> {
        let listed = fs::read_dir(&self.directory).and_then(Iterator::collect);
        let entries: Vec<fs::DirEntry> = listed.map_err(|error| match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => {
                RepositoryError::damaged(&self.directory, "the directory is missing")
            }
            _ => RepositoryError::storage("list", &self.directory)(error),
        })?;
        let known_damage = before.map_or(&[][..], |set| &set.damaged);
        let mut set = MpackListing {
            open: Vec::with_capacity(entries.len()),
            damaged: Vec::new(),
            shallow: Arc::default(),
        };
        // Where all are open already, nobody asks what was checked.
        let mut opening = None;
        for entry in entries {
            let path = entry.path();
            let Some(key) = key_of(&path) else { continue };
            if let Some(&mpack) = open.get(&key) {
                set.open.push(Arc::clone(mpack));
            } else if let Some(known) = known_damage.iter().find(|known| known.path == path) {
                set.damaged.push(known.clone());
            } else {
                let opener = opening.get_or_insert_with(|| self.checked.opener(again));
                match open_one(opener, key, path) {
                    Ok(mpack) => set.open.push(Arc::new(mpack)),
                    Err(RepositoryError::DamagedMpack { path, source }) if path.exists() => {
                        let reason = source.to_string();
                        set.damaged.push(DamagedMpack { path, reason });
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        if let Some(opener) = opening {
            let keys: HashSet<MpackKey> = set.open.iter().map(|mpack| mpack.key).collect();
            opener.finish(|key| keys.contains(key));
        }
        // After the mpacks: what is struck off has its parents in them.
        set.shallow = self.shallow.read()?;
        set.open.extend(self.others.iter().map(Arc::clone));
        set.open
            .sort_by_key(|mpack| (std::cmp::Reverse(mpack.size_bytes), mpack.key));
        Ok(set)
    }
}

fn open_one(opener: &mut Opener<'_>, key: MpackKey, path: PathBuf) -> Result<OpenMpack> {
    let metadata = fs::metadata(&path).map_err(RepositoryError::storage("read", &path))?;
    let size_bytes = metadata.len();
    match opener.open(&key, &path, &metadata) {
        Ok(Opened { mpack, is_checked }) => Ok(OpenMpack {
            key,
            path,
            size_bytes,
            mpack: Arc::new(mpack),
            is_checked,
        }),
        Err(source) => Err(RepositoryError::DamagedMpack { path, source }),
    }
}

/// The key in a file's name; files of other names are ignored.
fn key_of(path: &Path) -> Option<MpackKey> {
    let name = path.file_name()?.to_str()?;
    parse_hex(name.strip_suffix(SUFFIX)?).map(MpackKey::from_bytes)
}
