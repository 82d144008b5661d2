//! How much memory several trees take together.

use std::collections::HashMap;
use std::sync::Arc;

use super::Tree;
use super::directory::Directory;

/// Counts the memory of trees, a directory once however many of them share it.
#[derive(Default)]
pub(crate) struct SharedMemory {
    /// For each directory, by its address: how many trees and directories that are counted hold it.
    holders: HashMap<usize, u32>,
    bytes: u64,
}

impl SharedMemory {
    /// About how many bytes all of them take.
    pub(crate) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Counts a tree, which must stay in memory until it is removed here.
    pub(crate) fn add(&mut self, tree: &Tree) {
        self.add_directory(&tree.root);
    }

    /// Counts a tree no more that was added before.
    pub(crate) fn remove(&mut self, tree: &Tree) {
        self.remove_directory(&tree.root);
    }

    fn add_directory(&mut self, directory: &Arc<Directory>) {
        let holders = self.holders.entry(address(directory)).or_default();
        *holders += 1;
        if *holders == 1 {
            self.bytes += directory.own_memory_bytes();
            for (_, below) in directory.directories.iter() {
                self.add_directory(below);
            }
        }
    }

    fn remove_directory(&mut self, directory: &Arc<Directory>) {
        let address = address(directory);
        let Some(holders) = self.holders.get_mut(&address) else {
            return;
        };
        *holders -= 1;
        if *holders == 0 {
            self.holders.remove(&address);
            self.bytes -= directory.own_memory_bytes();
            for (_, below) in directory.directories.iter() {
                self.remove_directory(below);
            }
        }
    }
}

fn address(directory: &Arc<Directory>) -> usize {
    Arc::as_ptr(directory).addr()
}
