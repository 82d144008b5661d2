//! The bases of thin frames, and their paths.

use super::externals::{Externals, Reference};
use crate::limits::{MAX_BASES, MAX_FRAME_BASE_BYTES, MAX_WHOLE_OBJECT_BYTES};
use crate::mpack::layout::u32_at;
use crate::mpack::tables::sections::{BASE_BYTES, WORD_BYTES};
use crate::mpack::{Codec, FrameKind, MpackError, Tables};
use crate::path::RepoPath;

impl Tables {
    /// Thin frames share out the bases in order, each within its limit. A base is a file of a
    /// snapshot outside of the mpack.
    pub(super) fn check_bases(&self, externals: &mut Externals) -> Result<(), MpackError> {
        let start = self.sections.bases.start;
        let count = self.sections.bases.len() / BASE_BYTES;
        if count > MAX_BASES {
            return Err(self.at(start, "there are more bases than one mpack may have"));
        }
        let count = count as u32;
        let mut next = 0;
        for index in 0..self.frame_count() {
            let at = self.frame_row_at(index);
            let [first, bases] = [2, 3].map(|word| u32_at(&self.bytes, at + word * WORD_BYTES));
            let is_thin = self.frame(index).codec == Codec::ZstdBases;
            if is_thin != (bases > 0) || (!is_thin && first != 0) {
                return Err(self.at(at, "a frame has bases if and only if it is thin"));
            }
            if !is_thin {
                continue;
            }
            if first != next || bases > count - next {
                return Err(self.at(at, "the frame's bases do not follow those before"));
            }
            next += bases;
            let mut total = 0;
            for base in first..next {
                let at = start + base as usize * BASE_BYTES;
                let [snapshot, length] = self.base_words(base as usize);
                if self.check_reference(FrameKind::Snapshots, snapshot, externals)
                    != Reference::External
                {
                    return Err(self.at(at, "the base is of no snapshot outside of the mpack"));
                }
                if !(1..=MAX_WHOLE_OBJECT_BYTES).contains(&u64::from(length)) {
                    return Err(self.at(at, "no base has that length"));
                }
                total += u64::from(length);
            }
            if total > MAX_FRAME_BASE_BYTES {
                return Err(self.at(at, "the frame's bases are too large together"));
            }
        }
        if next != count {
            return Err(self.at(start, "there are bases of no frame"));
        }
        if self.is_thin() != (count > 0) {
            return Err(self.at(start, "the flag for thin frames does not fit the frames"));
        }
        self.check_base_paths(count)
    }

    /// There is a path for each base, and each is a legal one.
    fn check_base_paths(&self, count: u32) -> Result<(), MpackError> {
        let mut at = self.sections.base_paths.start;
        let mut paths = 0;
        for path in self.base_paths() {
            let text = path.strip_suffix(&[0]).map(str::from_utf8);
            match text {
                Some(Ok(text)) => RepoPath::new(text)
                    .map(drop)
                    .map_err(|error| self.at(at, error.to_string()))?,
                _ => return Err(self.at(at, "the base's path has no end, or is not UTF-8")),
            }
            at += path.len();
            paths += 1;
        }
        if paths != count {
            let at = self.sections.base_paths.start;
            return Err(self.at(at, "there is not one path for each base"));
        }
        Ok(())
    }
}
