//! What a repository takes.

use std::ops::AddAssign;

/// Bytes in the blob store. Those of thin forms count with their mpacks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Of mpacks that readers are given.
    pub current_bytes: u64,
    /// Of mpacks whose place others have taken, until they are deleted.
    pub former_bytes: u64,
    /// Of mpacks that hold what no branch or tag reaches, until they are deleted.
    pub lost_bytes: u64,
    /// Of mpacks that were built for readers.
    pub built_bytes: u64,
}

impl Usage {
    /// All of them together.
    pub const fn total_bytes(&self) -> u64 {
        self.current_bytes + self.former_bytes + self.lost_bytes + self.built_bytes
    }
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.current_bytes += other.current_bytes;
        self.former_bytes += other.former_bytes;
        self.lost_bytes += other.lost_bytes;
        self.built_bytes += other.built_bytes;
    }
}
