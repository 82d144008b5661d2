//! Which commit of a git repository is which commit here: a file in the git repository.
//!
//! It begins with [`MAGIC`]; then comes, for each commit, its id here (32 bytes) and its id in git
//! (20 bytes). An export appends to it once the commits are in git and before any ref moves.

use std::collections::HashMap;
use std::error::Error;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use muse_wire::id::CommitId;

/// Directory in a git repository for what only muse needs.
const DIRECTORY: &str = "muse";

/// The file in it.
const FILE: &str = "commits";

const MAGIC: &[u8] = b"muse git commits 1\n";

const MUSE_ID_BYTES: usize = 32;
const GIT_ID_BYTES: usize = 20;
const ENTRY_BYTES: usize = MUSE_ID_BYTES + GIT_ID_BYTES;

/// The directory of what muse keeps in the git repository at `path`.
///
/// # Errors
/// If there is none.
pub(crate) fn own_directory(path: &Path) -> Result<PathBuf, Box<dyn Error + Send + Sync>> {
    let git = gix::open_opts(path, gix::open::Options::isolated())?;
    Ok(CommitMap::directory(git.common_dir()))
}

/// The commits that earlier exports to a git repository made there.
pub(crate) struct CommitMap {
    path: PathBuf,
    git: HashMap<CommitId, gix::ObjectId>,
}

impl CommitMap {
    /// The directory of the map, and of what lies beside it.
    pub(crate) fn directory(git_directory: &Path) -> PathBuf {
        git_directory.join(DIRECTORY)
    }

    /// Reads the map of the git repository whose objects and refs are in `git_directory`; it is
    /// empty where nothing was exported to it.
    ///
    /// # Errors
    /// If it cannot be read, or is something else.
    pub(crate) fn read(git_directory: &Path) -> io::Result<Self> {
        let path = Self::directory(git_directory).join(FILE);
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => MAGIC.to_vec(),
            read => read?,
        };
        let entries = bytes
            .strip_prefix(MAGIC)
            .ok_or_else(|| io::Error::other("it is not a map of commits"))?;
        // What was being appended when a process died is no entry.
        let entries = entries.chunks_exact(ENTRY_BYTES).map(|entry| {
            let (muse, git) = entry.split_at(MUSE_ID_BYTES);
            let muse = CommitId::from_bytes(muse.try_into().expect("of this length"));
            (muse, gix::ObjectId::from_bytes_or_panic(git))
        });
        let git = entries.collect();
        Ok(Self { path, git })
    }

    /// All commits, with what they are in git.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (CommitId, gix::ObjectId)> {
        self.git.iter().map(|(&muse, &git)| (muse, git))
    }

    /// What a commit is in git.
    pub(crate) fn get(&self, commit: &CommitId) -> Option<gix::ObjectId> {
        self.git.get(commit).copied()
    }

    /// Forgets everything, so that all is exported again.
    pub(crate) fn clear(&mut self) -> io::Result<()> {
        self.git.clear();
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Adds commits, durably.
    ///
    /// # Errors
    /// If the file cannot be written; the map is as it was then.
    pub(crate) fn append(&mut self, new: &[(CommitId, gix::ObjectId)]) -> io::Result<()> {
        if new.is_empty() {
            return Ok(());
        }
        let mut file = File::options().append(true).create(true).open(&self.path)?;
        let length = file.metadata()?.len();
        let mut bytes = Vec::with_capacity(MAGIC.len() + new.len() * ENTRY_BYTES);
        match length.checked_sub(MAGIC.len() as u64) {
            Some(entries) => file.set_len(length - entries % ENTRY_BYTES as u64)?,
            None => {
                file.set_len(0)?;
                bytes.extend_from_slice(MAGIC);
            }
        }
        for (muse, git) in new {
            bytes.extend_from_slice(muse.as_bytes());
            bytes.extend_from_slice(git.as_slice());
        }
        file.write_all(&bytes)?;
        file.sync_all()?;
        self.git.extend(new.iter().copied());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(byte: u8) -> (CommitId, gix::ObjectId) {
        let git = gix::ObjectId::from_bytes_or_panic(&[byte; GIT_ID_BYTES]);
        (CommitId::from_bytes([byte; MUSE_ID_BYTES]), git)
    }

    #[test]
    fn what_was_appended_is_read_and_what_was_cut_is_not() {
        let directory = tempfile::tempdir().expect("temporary directory");
        fs::create_dir(CommitMap::directory(directory.path())).expect("writable");
        let read = || CommitMap::read(directory.path()).expect("readable");
        let mut map = read();
        assert_eq!(map.iter().count(), 0);
        map.append(&[entry(1), entry(2)]).expect("writable");
        let file = CommitMap::directory(directory.path()).join(FILE);
        let whole = fs::read(&file).expect("there");
        fs::write(&file, &whole[..whole.len() - 1]).expect("writable");
        let mut map = read();
        assert_eq!(map.get(&entry(1).0), Some(entry(1).1));
        assert_eq!(map.get(&entry(2).0), None);
        map.append(&[entry(3)]).expect("writable");
        assert_eq!(read().iter().count(), 2);
        assert_eq!(read().get(&entry(3).0), Some(entry(3).1));
        // Not even the beginning was written.
        fs::write(&file, &MAGIC[..3]).expect("writable");
        assert!(CommitMap::read(directory.path()).is_err());
        map.clear().expect("writable");
        assert_eq!(read().iter().count(), 0);
    }
}
