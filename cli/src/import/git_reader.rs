//! Reading git's objects on one thread.
//!
//! Git's packs are mapped into memory, and what was read of them stays there for as long as they
//! are open. So every few reads a reader asks whether they were opened anew ([`Source::renewed`]).

use gix::odb::pack::cache::lru::MemoryCappedHashmap;

use super::error::ImportError;
use super::source::{Opened, Source};

/// Memory for delta bases.
const DELTA_CACHE_BYTES: usize = 8 * 1024 * 1024;

/// Memory for decoded trees and commits: the tree of a commit is its child's base.
const OBJECT_CACHE_BYTES: usize = 12 * 1024 * 1024;

/// How often a reader asks whether the packs were opened anew.
const READS_PER_QUESTION: u32 = 64;

/// What a thread reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// Commits and trees, where neighbours share most of both.
    Trees,
    /// Blobs, each once.
    Blobs,
}

/// Reads objects, with caches of its own.
pub(super) struct GitReader<'a> {
    source: &'a Source,
    reading: Reading,
    /// Which opening of the packs `repository` belongs to.
    opening: u64,
    repository: gix::Repository,
    reads: u32,
}

impl<'a> GitReader<'a> {
    pub(super) fn new(source: &'a Source, reading: Reading) -> Self {
        let Opened { opening, shared } = source.opened();
        Self {
            source,
            reading,
            opening,
            repository: with_caches(&shared, reading),
            reads: 0,
        }
    }

    /// The repository, for the next read.
    pub(super) fn repository(&mut self) -> Result<&gix::Repository, ImportError> {
        self.reads += 1;
        if self.reads == READS_PER_QUESTION {
            self.reads = 0;
            if let Some(Opened { opening, shared }) = self.source.renewed(self.opening)? {
                self.opening = opening;
                self.repository = with_caches(&shared, self.reading);
            }
        }
        Ok(&self.repository)
    }
}

fn with_caches(shared: &gix::ThreadSafeRepository, reading: Reading) -> gix::Repository {
    let mut repository = shared.to_thread_local();
    repository
        .objects
        .set_pack_cache(|| Box::new(MemoryCappedHashmap::new(DELTA_CACHE_BYTES)));
    if reading == Reading::Trees {
        repository.object_cache_size(OBJECT_CACHE_BYTES);
    }
    repository
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use gix::objs::FindExt as _;

    use super::*;
    use crate::import::source::LEAST_QUESTIONS;

    #[test]
    #[cfg(target_os = "linux")]
    fn packs_are_opened_anew_once_much_of_them_is_in_memory() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let git = |arguments: &[&str]| {
            let output = Command::new("git")
                .current_dir(directory.path())
                .args(arguments)
                .output()
                .expect("git runs");
            assert!(output.status.success(), "{output:?}");
            String::from_utf8(output.stdout).expect("UTF-8")
        };
        git(&["init", "-q", "--bare"]);
        let id = git(&["hash-object", "-w", "-t", "tree", "/dev/null"]);
        let id = gix::ObjectId::from_hex(id.trim().as_bytes()).expect("an id");
        let mut source = Source::open(directory.path()).expect("opens");
        let read = |source: &Source| {
            let mut reader = GitReader::new(source, Reading::Blobs);
            for _ in 0..READS_PER_QUESTION * LEAST_QUESTIONS {
                let mut buffer = Vec::new();
                let objects = &reader.repository().expect("opens").objects;
                objects.find_tree(&id, &mut buffer).expect("is there");
            }
            source.opened().opening
        };
        assert_eq!(read(&source), 0);
        source.max_mapped_bytes = 0;
        assert_eq!(read(&source), 1);
        assert_eq!(read(&source), 2);
    }
}
