//! The mpacks whose tables were checked and that have not changed since, `.muse/checked`.
//!
//! Checking the tables of an mpack takes time in proportion to what it holds. So a command does it
//! only where an earlier one has not, and writes down that it did, with the stat data of the file.
//! The file is JSON, `{"version": 1, "mpacks": [{"key": …, "size_bytes": …, …}, …]}`. Where it is
//! missing, damaged or cannot be written, more is checked.
//!
//! As with the stat cache, an mpack is noted only if it had settled before it was read
//! ([`FileTime::is_after`]).

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::path::{Path, PathBuf};

use muse_wire::id::MpackKey;
use muse_wire::mpack::{Mpack, MpackError};
use muse_wire::snapshot::EntryKind;
use serde::{Deserialize, Serialize};

use crate::repository::durable::Durability;
use crate::repository::layout::Layout;
use crate::repository::stat_cache::FileStat;
use crate::repository::{FileTime, list_file};

/// Checking a smaller mpack takes no longer than looking it up here.
const MIN_BYTES: u64 = 256 * 1024;

/// The file that lists them.
#[derive(Debug, Clone)]
pub(super) struct CheckedMpacks {
    path: PathBuf,
    temporary: PathBuf,
}

/// The list in the file.
#[derive(Default, Serialize, Deserialize)]
struct List {
    mpacks: Vec<CheckedMpack>,
}

/// One that was checked, and its file at that time.
#[derive(Serialize, Deserialize)]
struct CheckedMpack {
    key: MpackKey,
    size_bytes: u64,
    mtime_ns: i64,
    ctime_ns: i64,
    inode: u64,
}

impl CheckedMpacks {
    pub(super) fn new(layout: &Layout) -> Self {
        Self {
            path: layout.checked.clone(),
            temporary: layout.temporary.clone(),
        }
    }

    /// Prepares to open mpacks; those that are listed are checked `again` or not.
    pub(super) fn opener(&self, again: CheckAgain) -> Opener<'_> {
        let List { mpacks } = list_file::read(&self.path).unwrap_or_default();
        let entry = |one: CheckedMpack| {
            let stat = FileStat {
                mtime_ns: one.mtime_ns,
                ctime_ns: one.ctime_ns,
                size_bytes: one.size_bytes,
                inode: one.inode,
                kind: EntryKind::File,
            };
            (one.key, stat)
        };
        Opener {
            store: self,
            again,
            listed: mpacks.into_iter().map(entry).collect(),
            began: None,
            has_news: false,
        }
    }
}

/// Whether mpacks are checked although they are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CheckAgain {
    Yes,
    No,
}

/// Opens mpacks, and keeps the list.
pub(super) struct Opener<'a> {
    store: &'a CheckedMpacks,
    again: CheckAgain,
    listed: BTreeMap<MpackKey, FileStat>,
    /// When it began to read mpacks; none inside where the file system does not tell.
    began: Option<Option<FileTime>>,
    has_news: bool,
}

/// An mpack as it was opened.
pub(super) struct Opened {
    pub(super) mpack: Mpack,
    /// Whether its tables were checked now.
    pub(super) is_checked: bool,
}

impl Opener<'_> {
    /// Opens the mpack in this file, of which `metadata` was read just before.
    ///
    /// # Errors
    /// As [`Mpack::open`].
    pub(super) fn open(
        &mut self,
        key: &MpackKey,
        path: &Path,
        metadata: &Metadata,
    ) -> Result<Opened, MpackError> {
        let stat = FileStat::of(metadata);
        let Some(stat) = stat.filter(|stat| stat.size_bytes >= MIN_BYTES) else {
            return Ok(Opened {
                mpack: Mpack::open(path)?,
                is_checked: true,
            });
        };
        let stat = FileStat {
            kind: EntryKind::File,
            ..stat
        };
        if self.again == CheckAgain::No && self.listed.get(key) == Some(&stat) {
            return Ok(Opened {
                mpack: Mpack::open_again(path)?,
                is_checked: false,
            });
        }
        let store = self.store;
        let began = *self
            .began
            .get_or_insert_with(|| FileTime::now(&store.temporary).ok());
        let mpack = Mpack::open(path)?;
        if began.is_some_and(|began| began.is_after(&stat)) {
            self.has_news |= self.listed.insert(*key, stat) != Some(stat);
        }
        Ok(Opened {
            mpack,
            is_checked: true,
        })
    }

    /// Writes down what was checked, of the mpacks that `exists` still knows.
    pub(super) fn finish(mut self, exists: impl Fn(&MpackKey) -> bool) {
        if !self.has_news {
            return;
        }
        self.listed.retain(|key, _| exists(key));
        let entry = |(key, stat): (MpackKey, FileStat)| CheckedMpack {
            key,
            size_bytes: stat.size_bytes,
            mtime_ns: stat.mtime_ns,
            ctime_ns: stat.ctime_ns,
            inode: stat.inode,
        };
        let list = List {
            mpacks: self.listed.into_iter().map(entry).collect(),
        };
        let CheckedMpacks { path, temporary } = self.store;
        // Without the list, the next command checks again.
        let _ = list_file::write(list, path, temporary, Durability::Rebuildable);
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::fs;
    use std::os::unix::fs::FileExt as _;

    use muse_wire::id::ObjectId;

    use super::*;
    use crate::repository::{DamagedMpack, Repository};
    use crate::testing::Sandbox;

    /// A repository of one mpack that is worth noting, and its file.
    fn sandbox() -> (Sandbox, PathBuf) {
        let sandbox = Sandbox::new();
        let mut text = String::new();
        for number in 0..10_000_u32 {
            let noise = ObjectId::of(&number.to_le_bytes());
            writeln!(text, "{noise}").expect("writes to memory");
        }
        sandbox.add_commit(&[], &[("noise", &text)]);
        let stored = sandbox.repository.objects.stored_mpacks();
        let path = stored.expect("readable")[0].path.clone();
        settle(&sandbox, &path);
        // It may have been noted by now, or not.
        fs::write(&sandbox.repository.layout.checked, "").expect("writable");
        (sandbox, path)
    }

    /// Waits for the next tick of the file system's clock.
    fn settle(sandbox: &Sandbox, path: &Path) {
        let metadata = fs::metadata(path).expect("there");
        let stat = FileStat::of(&metadata).expect("a file");
        let now = || sandbox.repository.layout.file_time().expect("writable");
        while !now().is_after(&stat) {}
    }

    /// Whether a command that opens the repository checks the mpack.
    fn checks(repository: &Repository) -> bool {
        let set = repository.objects.mpacks.current().expect("readable");
        set.iter().all(|mpack| mpack.is_checked)
    }

    /// Changes one byte of the tables.
    fn damage(path: &Path) {
        let file = fs::OpenOptions::new().read(true).write(true).open(path);
        let file = file.expect("there");
        let at = file.metadata().expect("there").len() - 200;
        let mut byte = [0];
        file.read_exact_at(&mut byte, at).expect("reads");
        file.write_all_at(&[byte[0] ^ 1], at).expect("writes");
    }

    fn damaged(repository: &Repository) -> Vec<DamagedMpack> {
        repository.objects.mpacks().expect("lists");
        repository.objects.damaged_mpacks()
    }

    #[test]
    fn what_was_checked_is_not_checked_again_until_it_changes() {
        let (sandbox, path) = sandbox();
        assert!(checks(&sandbox.reopen()));
        assert!(!checks(&sandbox.reopen()));
        damage(&path);
        assert_eq!(damaged(&sandbox.reopen()).len(), 1);
        damage(&path);
        settle(&sandbox, &path);
        assert_eq!(damaged(&sandbox.reopen()), []);
        assert!(!checks(&sandbox.reopen()));
    }

    #[test]
    fn damage_that_the_file_system_does_not_tell_is_found_by_who_asks_for_it() {
        let (sandbox, path) = sandbox();
        assert!(checks(&sandbox.reopen()));
        damage(&path);
        // As if the disk had changed it.
        let list = &sandbox.repository.layout.checked;
        let metadata = fs::metadata(&path).expect("there");
        let mut noted: List = list_file::read(list).expect("written");
        let stat = FileStat::of(&metadata).expect("a file");
        noted.mpacks[0].mtime_ns = stat.mtime_ns;
        noted.mpacks[0].ctime_ns = stat.ctime_ns;
        let temporary = &sandbox.repository.layout.temporary;
        list_file::write(noted, list, temporary, Durability::Rebuildable).expect("writable");
        let repository = sandbox.reopen();
        assert_eq!(damaged(&repository), []);
        assert!(
            repository
                .objects
                .stored_mpacks()
                .expect("lists")
                .is_empty()
        );
        assert_eq!(repository.objects.damaged_mpacks().len(), 1);
    }

    #[test]
    fn a_list_that_is_lost_or_damaged_costs_time_alone() {
        let (sandbox, _) = sandbox();
        let list = &sandbox.repository.layout.checked;
        for contents in ["", "{}", "{\"version\":2,\"mpacks\":[]}", "\0\0"] {
            assert!(checks(&sandbox.reopen()), "{contents:?}");
            assert!(!checks(&sandbox.reopen()), "{contents:?}");
            fs::write(list, contents).expect("writable");
        }
        fs::remove_file(list).expect("there");
        assert!(checks(&sandbox.reopen()));
    }

    #[test]
    fn mpacks_that_are_gone_leave_the_list() {
        let (sandbox, path) = sandbox();
        assert!(checks(&sandbox.reopen()));
        let gone = MpackKey::from_bytes([7; 32]);
        let list = &sandbox.repository.layout.checked;
        let mut noted: List = list_file::read(list).expect("written");
        noted.mpacks[0].key = gone;
        let temporary = &sandbox.repository.layout.temporary;
        list_file::write(noted, list, temporary, Durability::Rebuildable).expect("writable");
        assert!(checks(&sandbox.reopen()));
        let noted: List = list_file::read(list).expect("written");
        let keys: Vec<_> = noted.mpacks.iter().map(|one| one.key.to_hex()).collect();
        assert_eq!(keys, [path.file_stem().expect("a key").to_string_lossy()]);
    }
}
