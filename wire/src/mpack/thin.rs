//! Thin frames: contents compressed against contents that the receiver has.

use std::ops::Range;

use super::compress::{FrameCompressor, compress_with_prefix};
use super::tables::Base;
use crate::id::ObjectId;
use crate::limits::{MAX_BASES, MAX_FRAME_BASE_BYTES, MAX_OBJECT_FRAME_RAW_BYTES};

/// A thin frame of at most this part of its raw bytes is worthwhile, whatever another would take.
const SMALL_PART: usize = 8;

/// An object that is to be sent, and the file that the receiver has in its place.
#[derive(Debug, Clone)]
pub struct ThinCandidate {
    /// The object.
    pub id: ObjectId,
    /// Its length in bytes.
    pub length: u32,
    /// What the receiver has.
    pub base: Base,
}

/// Which candidates go into one thin frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThinFramePlan {
    /// Indexes of the candidates.
    pub candidates: Range<usize>,
    /// Their bases, each once.
    pub bases: Vec<Base>,
}

impl ThinFramePlan {
    /// Compresses the frame; `None` where its bases save too little. `base` gives the contents of a
    /// base, `object` those of the candidate at an index.
    ///
    /// # Errors
    /// Whatever these two return, and where the compressor fails.
    ///
    /// # Panics
    /// As [`ThinFrame::compress`], where contents are longer than was planned with.
    pub fn compress<C: AsRef<[u8]>, E: From<std::io::Error>>(
        self,
        candidates: &[ThinCandidate],
        mut base: impl FnMut(&Base) -> Result<C, E>,
        mut object: impl FnMut(usize) -> Result<C, E>,
    ) -> Result<Option<ThinFrame>, E> {
        let (mut prefix, mut raw) = (Vec::new(), Vec::new());
        for of_frame in &self.bases {
            prefix.extend_from_slice(base(of_frame)?.as_ref());
        }
        let mut objects = Vec::with_capacity(self.candidates.len());
        for index in self.candidates {
            raw.extend_from_slice(object(index)?.as_ref());
            objects.push((candidates[index].id, candidates[index].length));
        }
        Ok(ThinFrame::compress(objects, &raw, self.bases, &prefix)?)
    }
}

/// Divides candidates among frames, within the limits of the format. Those of one base follow each
/// other, and stay together where possible. Candidates beyond the limit of bases are in no frame.
pub fn plan_thin_frames(candidates: &[ThinCandidate]) -> Vec<ThinFramePlan> {
    let mut plans: Vec<ThinFramePlan> = Vec::new();
    let (mut raw_bytes, mut base_bytes) = (0, 0);
    let mut start = 0;
    for group in candidates.chunk_by(|one, two| one.base == two.base) {
        let group_bytes: u64 = group.iter().map(|one| u64::from(one.length)).sum();
        let fits_nowhere = group_bytes > MAX_OBJECT_FRAME_RAW_BYTES;
        for (at, candidate) in group.iter().enumerate() {
            let base = &candidate.base;
            let needed_bytes = match at {
                0 if !fits_nowhere => group_bytes,
                _ => candidate.length.into(),
            };
            let plan = plans.last_mut().filter(|plan| {
                let is_new = plan.bases.last() != Some(base);
                let more = if is_new { base.length.into() } else { 0 };
                raw_bytes + needed_bytes <= MAX_OBJECT_FRAME_RAW_BYTES
                    && base_bytes + more <= MAX_FRAME_BASE_BYTES
            });
            let plan = match plan {
                Some(plan) => plan,
                None => {
                    (raw_bytes, base_bytes) = (0, 0);
                    plans.push(ThinFramePlan {
                        candidates: start..start,
                        bases: Vec::new(),
                    });
                    plans.last_mut().expect("just pushed")
                }
            };
            if plan.bases.last() != Some(base) {
                plan.bases.push(base.clone());
                base_bytes += u64::from(base.length);
            }
            raw_bytes += u64::from(candidate.length);
            start += 1;
            plan.candidates.end = start;
        }
    }
    let mut base_count = 0;
    let within_limit = |plan: &ThinFramePlan| {
        base_count += plan.bases.len();
        base_count <= MAX_BASES
    };
    plans.into_iter().take_while(within_limit).collect()
}

/// A frame of objects that was compressed with the contents of its bases as prefix.
#[derive(Debug)]
pub struct ThinFrame {
    /// The objects with their lengths, in order.
    pub(super) objects: Vec<(ObjectId, u32)>,
    pub(super) bases: Vec<Base>,
    pub(super) raw_bytes: u64,
    pub(super) stored: Vec<u8>,
}

impl ThinFrame {
    /// Compresses `contents`, the bytes of `objects` one behind the other, after `base_contents`,
    /// those of `bases`. `None` where that saves too little.
    ///
    /// # Errors
    /// Where the compressor fails.
    ///
    /// # Panics
    /// Where contents or bases are more than a frame may have.
    pub fn compress(
        objects: Vec<(ObjectId, u32)>,
        contents: &[u8],
        bases: Vec<Base>,
        base_contents: &[u8],
    ) -> std::io::Result<Option<Self>> {
        assert!(contents.len() as u64 <= MAX_OBJECT_FRAME_RAW_BYTES);
        assert!(base_contents.len() as u64 <= MAX_FRAME_BASE_BYTES);
        let mut stored = Vec::new();
        compress_with_prefix(contents, base_contents, &mut stored)?;
        if stored.len() > contents.len() / SMALL_PART {
            let mut alone = Vec::new();
            FrameCompressor::new().compress(contents, &mut alone)?;
            if stored.len() > alone.len() / 4 * 3 {
                return Ok(None);
            }
        }
        stored.shrink_to_fit();
        Ok(Some(Self {
            objects,
            bases,
            raw_bytes: contents.len() as u64,
            stored,
        }))
    }

    /// The objects in it.
    pub fn objects(&self) -> impl Iterator<Item = ObjectId> {
        self.objects.iter().map(|(id, _)| *id)
    }

    /// Bytes of its payload.
    pub fn stored_bytes(&self) -> u64 {
        self.stored.len() as u64
    }

    /// Bytes of its objects together, uncompressed.
    pub const fn object_bytes(&self) -> u64 {
        self.raw_bytes
    }

    /// Bytes of its bases together, uncompressed.
    pub fn base_bytes(&self) -> u64 {
        self.bases.iter().map(|base| u64::from(base.length)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::SnapshotId;
    use crate::path::RepoPath;

    const MIB: u32 = 1 << 20;

    fn candidates(files: &[(&str, u32, &[u32])]) -> Vec<ThinCandidate> {
        let of_file = |(path, base, versions): &(&str, u32, &[u32])| -> Vec<ThinCandidate> {
            let base = Base {
                snapshot: SnapshotId::from_bytes([1; 32]),
                path: RepoPath::new(*path).expect("valid"),
                length: *base,
            };
            let candidate = |&length: &u32| ThinCandidate {
                id: ObjectId::of(path.as_bytes()),
                length,
                base: base.clone(),
            };
            versions.iter().map(candidate).collect()
        };
        files.iter().flat_map(of_file).collect()
    }

    fn plan(files: &[(&str, u32, &[u32])]) -> Vec<(Range<usize>, usize)> {
        let plans = plan_thin_frames(&candidates(files));
        let short = plans
            .into_iter()
            .map(|plan| (plan.candidates, plan.bases.len()));
        short.collect()
    }

    #[test]
    fn frames_keep_the_limits_and_files_together() {
        assert_eq!(plan(&[]), []);
        assert_eq!(plan(&[("a", 1, &[2, 3]), ("b", 1, &[4])]), [(0..3, 2)]);
        // Contents, bases, and both exactly at the limit.
        assert_eq!(
            plan(&[("a", 1, &[9 * MIB]), ("b", 1, &[4 * MIB, 4 * MIB])]),
            [(0..1, 1), (1..3, 1)]
        );
        assert_eq!(
            plan(&[("a", 9 * MIB, &[1]), ("b", 8 * MIB, &[1])]),
            [(0..1, 1), (1..2, 1)]
        );
        assert_eq!(
            plan(&[("a", 8 * MIB, &[8 * MIB]), ("b", 8 * MIB, &[8 * MIB])]),
            [(0..2, 2)]
        );
        // More versions than a frame holds: the base is that of several frames.
        assert_eq!(
            plan(&[("a", MIB, &[4 * MIB; 6]), ("b", MIB, &[MIB])]),
            [(0..4, 1), (4..7, 2)]
        );
        // As many as a frame just holds stay together; more share the frame before them.
        assert_eq!(
            plan(&[("a", 1, &[MIB]), ("b", 1, &[4 * MIB; 4])]),
            [(0..1, 1), (1..5, 1)]
        );
        assert_eq!(
            plan(&[("a", 1, &[MIB]), ("b", 1, &[4 * MIB; 6])]),
            [(0..4, 2), (4..7, 1)]
        );
    }

    #[test]
    fn candidates_beyond_the_limit_of_bases_are_in_no_frame() {
        let names: Vec<String> = (0..MAX_BASES + 2).map(|name| name.to_string()).collect();
        let base_count = |count: usize| -> usize {
            let files: Vec<(&str, u32, &[u32])> = names[..count]
                .iter()
                .map(|name| (name.as_str(), 4 * MIB, &[1][..]))
                .collect();
            plan(&files).iter().map(|(_, bases)| bases).sum()
        };
        // Four bases to a frame.
        assert_eq!(base_count(MAX_BASES), MAX_BASES);
        assert_eq!(base_count(MAX_BASES + 2), MAX_BASES);
    }

    #[test]
    fn what_saves_too_little_is_not_thin() {
        let noise = |seed: u64| -> Vec<u8> {
            let mut state = seed;
            std::iter::repeat_with(|| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                (state >> 56) as u8
            })
            .take(100_000)
            .collect()
        };
        let (one, other) = (noise(1), noise(2));
        let compress = |contents: &[u8], base: &[u8]| {
            let frame = ThinFrame::compress(Vec::new(), contents, Vec::new(), base);
            frame
                .expect("memory takes all")
                .map(|frame| frame.stored_bytes())
        };
        assert_eq!(compress(&one, &other), None);
        // A copy: zstd does not look back to bytes that it compresses at the same time.
        let stored_bytes = compress(&one, &one.clone()).expect("the same contents");
        assert!((10..100).contains(&stored_bytes), "{stored_bytes}");
        // A quarter must be saved of what the contents take alone.
        let mixed = |new: usize| [&one[..new], &other[new..]].concat();
        let stored_bytes = compress(&mixed(70_000), &other).expect("three tenths are known");
        assert!((70_000..71_000).contains(&stored_bytes), "{stored_bytes}");
        assert_eq!(compress(&mixed(80_000), &other), None);
        // What is small is worthwhile, however small it would be alone.
        assert!(compress(&[0; 100_000], &other).is_some());
    }
}
