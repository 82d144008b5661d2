//! How similar two files are: git's estimate, to the bit.
//!
//! A file is cut behind each line feed and after 64 bytes, and of each piece no more than a hash is
//! kept. What the pieces that both files have amount to, as a share of the longer file, is the
//! score (`diffcore-delta.c` and `diffcore-rename.c` in git).

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::rc::Rc;

use muse_wire::id::ObjectId;
use muse_wire::snapshot::{Entry, EntryKind};

use super::content_source::ContentSource;
use crate::diff::is_binary;
use crate::repository::RepositoryError;

/// The score of two files that are the same.
pub(super) const FULL_SCORE: u32 = 60_000;

/// The least score of a pair.
pub(super) const MIN_SCORE: u32 = FULL_SCORE / 2;

/// Larger files are not compared.
pub(in crate::diff) const MAX_COMPARED_BYTES: u64 = 64 * 1024 * 1024;

/// The longest piece of a file.
const MAX_PIECE_BYTES: u32 = 64;

/// Hashes are less than this.
const HASH_BASE: u32 = 107_927;

/// Memory that the pieces of removed files may take; those of others are cut for each comparison.
const MAX_KEPT_BYTES: usize = 128 * 1024 * 1024;

/// The pieces of a file: ascending hashes, each with the bytes of all pieces that have it.
type Pieces = Vec<(u32, u32)>;

/// Compares removed files with new ones, and keeps the pieces of the removed ones and of the last
/// new one for the next comparison: new files are compared one after another with all removed ones.
pub(super) struct Similarity<'a> {
    objects: &'a dyn ContentSource,
    lengths: HashMap<ObjectId, Option<u64>>,
    removed: HashMap<ObjectId, Rc<Pieces>>,
    removed_bytes: usize,
    last_added: Option<(ObjectId, Rc<Pieces>)>,
}

impl<'a> Similarity<'a> {
    pub(super) fn new(objects: &'a dyn ContentSource) -> Self {
        Self {
            objects,
            lengths: HashMap::new(),
            removed: HashMap::new(),
            removed_bytes: 0,
            last_added: None,
        }
    }

    /// What both files have in common; 0 where their lengths alone say that it is less than
    /// `minimum`, or where one cannot be compared.
    pub(super) fn score(
        &mut self,
        before: &Entry,
        after: &Entry,
        minimum: u32,
    ) -> Result<u32, RepositoryError> {
        if before.kind == EntryKind::Symlink || after.kind == EntryKind::Symlink {
            return Ok(0);
        }
        let lengths = (self.length(before.object)?, self.length(after.object)?);
        let (Some(before_length), Some(after_length)) = lengths else {
            return Ok(0);
        };
        let longer = before_length.max(after_length);
        let difference = longer - before_length.min(after_length);
        let full = u64::from(FULL_SCORE);
        let is_too_different = longer * (full - u64::from(minimum)) < difference * full;
        if is_too_different || longer > MAX_COMPARED_BYTES || after_length == 0 {
            return Ok(0);
        }
        let (before, after) = (self.removed(before.object)?, self.added(after.object)?);
        let common = common_bytes(&before, &after);
        Ok(u32::try_from(common * full / longer).unwrap_or(FULL_SCORE))
    }

    fn length(&mut self, id: ObjectId) -> Result<Option<u64>, RepositoryError> {
        match self.lengths.entry(id) {
            Slot::Occupied(known) => Ok(*known.get()),
            Slot::Vacant(slot) => Ok(*slot.insert(self.objects.length(&id)?)),
        }
    }

    fn removed(&mut self, id: ObjectId) -> Result<Rc<Pieces>, RepositoryError> {
        if let Some(known) = self.removed.get(&id) {
            return Ok(Rc::clone(known));
        }
        let pieces = Rc::new(cut(&self.objects.read(&id)?));
        let bytes = size_of_val(pieces.as_slice());
        if self.removed_bytes + bytes <= MAX_KEPT_BYTES {
            self.removed_bytes += bytes;
            self.removed.insert(id, Rc::clone(&pieces));
        }
        Ok(pieces)
    }

    fn added(&mut self, id: ObjectId) -> Result<Rc<Pieces>, RepositoryError> {
        match &self.last_added {
            Some((last, pieces)) if *last == id => Ok(Rc::clone(pieces)),
            _ => {
                let pieces = Rc::new(cut(&self.objects.read(&id)?));
                self.last_added = Some((id, Rc::clone(&pieces)));
                Ok(pieces)
            }
        }
    }
}

/// Cuts contents into pieces. Text is taken without the carriage returns before line feeds.
fn cut(contents: &[u8]) -> Pieces {
    let is_text = !is_binary(contents);
    let mut pieces = Pieces::new();
    let (mut low, mut high, mut length) = (0_u32, 0_u32, 0_u32);
    let hash = |low: u32, high: u32| low.wrapping_add(high.wrapping_mul(0x61)) % HASH_BASE;
    let mut bytes = contents.iter().peekable();
    while let Some(&byte) = bytes.next() {
        if is_text && byte == b'\r' && bytes.peek() == Some(&&b'\n') {
            continue;
        }
        let before = low;
        low = (low << 7) ^ (high >> 25);
        high = (high << 7) ^ (before >> 25);
        low = low.wrapping_add(u32::from(byte));
        length += 1;
        if length == MAX_PIECE_BYTES || byte == b'\n' {
            pieces.push((hash(low, high), length));
            (low, high, length) = (0, 0, 0);
        }
    }
    if length > 0 {
        pieces.push((hash(low, high), length));
    }
    pieces.sort_unstable_by_key(|&(hash, _)| hash);
    pieces.dedup_by(|later, earlier| {
        let is_same = later.0 == earlier.0;
        if is_same {
            earlier.1 += later.1;
        }
        is_same
    });
    pieces.shrink_to_fit();
    pieces
}

/// How many bytes of pieces both have.
fn common_bytes(one: &[(u32, u32)], two: &[(u32, u32)]) -> u64 {
    let mut two = two.iter().peekable();
    let mut common = 0;
    for &(hash, length) in one {
        while two.next_if(|other| other.0 < hash).is_some() {}
        if let Some(other) = two.next_if(|other| other.0 == hash) {
            common += u64::from(length.min(other.1));
        }
    }
    common
}

#[cfg(test)]
mod tests {
    use super::*;

    fn common(one: &str, two: &str) -> u64 {
        common_bytes(&cut(one.as_bytes()), &cut(two.as_bytes()))
    }

    #[test]
    fn lines_count_wherever_they_stand_and_as_often_as_both_have_them() {
        assert_eq!(common("a\nbb\nccc\n", "ccc\na\n"), 6);
        assert_eq!(common("a\na\na\n", "a\na\n"), 4);
        assert_eq!(common("a\n", "b\n"), 0);
    }

    #[test]
    fn a_carriage_return_before_a_line_feed_is_none_in_text() {
        assert_eq!(common("a\r\nb\r\n", "a\nb\n"), 4);
        assert_eq!(common("\0\na\r\n", "\0\na\n"), 2);
    }

    #[test]
    fn a_long_line_is_cut_after_64_bytes() {
        let long = "x".repeat(64);
        assert_eq!(common(&format!("{long}tail"), &format!("{long}other")), 64);
    }
}
