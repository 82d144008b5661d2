//! The objects of a merged mpack.

use std::collections::{HashMap, HashSet, VecDeque};

use super::error::{MergeError, damaged};
use super::selection::MergeSelection;
use super::snapshots::Snapshot;
use crate::id::ObjectId;
use crate::mpack::order::arrange;
use crate::mpack::{FrameKind, Mpack, ObjectRow};
use crate::path::RepoPath;

/// A frame of at least this many raw bytes is copied: grouping it anew would save little.
const COPIED_RAW_BYTES: u64 = 4 * 1024 * 1024;

/// Raw bytes of frames that are kept while their objects are picked out.
const KEPT_FRAME_BYTES: usize = 64 * 1024 * 1024;

/// What becomes of the sources' objects that are stored whole.
pub(super) struct Objects {
    /// Frames that are copied, as numbers of mpack and frame.
    pub(super) copied: Vec<(usize, u32)>,
    /// Objects that are grouped anew, and where they lie.
    pub(super) regrouped: HashMap<ObjectId, (usize, ObjectRow)>,
    pub(super) count: u64,
    pub(super) bytes: u64,
}

impl Objects {
    pub(super) fn sort(sources: &[&Mpack], selection: &dyn MergeSelection) -> Self {
        let mut sorted = Self {
            copied: Vec::new(),
            regrouped: HashMap::new(),
            count: 0,
            bytes: 0,
        };
        let mut copied_objects = HashSet::new();
        let frames = || {
            sources.iter().enumerate().flat_map(|(source, mpack)| {
                let frames = mpack.tables().frames_of(FrameKind::Objects);
                frames.map(move |frame| (source, frame, mpack.tables()))
            })
        };
        for (source, frame, tables) in frames() {
            let rows: Vec<_> = tables.frame_objects(frame).collect();
            let is_large = tables.frame(frame).raw_bytes >= COPIED_RAW_BYTES;
            let is_new = rows.iter().all(|row| {
                selection.takes_object(source, row) && !copied_objects.contains(&row.id)
            });
            if is_large && is_new && !rows.is_empty() {
                sorted.copied.push((source, frame));
                copied_objects.extend(rows.iter().map(|row| row.id));
                sorted.count += rows.len() as u64;
                sorted.bytes += rows.iter().map(|row| u64::from(row.length)).sum::<u64>();
            }
        }
        for (source, frame, tables) in frames() {
            for row in tables.frame_objects(frame) {
                if selection.takes_object(source, &row)
                    && !copied_objects.contains(&row.id)
                    && sorted.regrouped.insert(row.id, (source, row)).is_none()
                {
                    sorted.count += 1;
                    sorted.bytes += u64::from(row.length);
                }
            }
        }
        sorted
    }

    /// The objects that are grouped anew, in their order: those of each path together.
    pub(super) fn order<E>(
        &self,
        sources: &[&Mpack],
        snapshots: &[Snapshot],
    ) -> Result<Vec<Vec<ObjectId>>, MergeError<E>> {
        let mut changes: Vec<(RepoPath, Option<ObjectId>)> = Vec::new();
        for snapshot in snapshots {
            let additions = snapshot.read(sources)?.changes;
            changes.extend(additions.into_iter().filter_map(|change| {
                let object = change.entry?.object;
                let is_wanted = self.regrouped.contains_key(&object);
                is_wanted.then_some((change.path, Some(object)))
            }));
        }
        let arranged = arrange(changes.iter().map(|(path, object)| (path, *object)));
        // What no record here names has no path: it stays in the order in which it lies.
        let named: HashSet<_> = arranged.iter().map(|arranged| arranged.key).collect();
        let unnamed = self.regrouped.iter().filter(|(id, _)| !named.contains(id));
        let mut unnamed: Vec<_> = unnamed
            .map(|(&id, (source, row))| (*source, row.frame, row.offset, id))
            .collect();
        unnamed.sort_unstable();
        let mut order: Vec<Vec<ObjectId>> = arranged
            .chunk_by(|one, two| one.path == two.path)
            .map(|group| group.iter().map(|arranged| arranged.key).collect())
            .collect();
        order.extend(unnamed.into_iter().map(|(.., id)| vec![id]));
        Ok(order)
    }
}

/// Decompressed frames, kept until their last object is picked out or space runs short.
pub(super) struct FrameCache<'a> {
    sources: &'a [&'a Mpack],
    uses_left: HashMap<(usize, u32), u32>,
    frames: HashMap<(usize, u32), Vec<u8>>,
    oldest_first: VecDeque<(usize, u32)>,
    kept_bytes: usize,
}

impl<'a> FrameCache<'a> {
    pub(super) fn new(sources: &'a [&'a Mpack], objects: &Objects) -> Self {
        let mut uses_left = HashMap::new();
        for (source, row) in objects.regrouped.values() {
            *uses_left.entry((*source, row.frame)).or_default() += 1;
        }
        Self {
            sources,
            uses_left,
            frames: HashMap::new(),
            oldest_first: VecDeque::new(),
            kept_bytes: 0,
        }
    }

    /// An object that lies in one frame.
    pub(super) fn object<E>(
        &mut self,
        source: usize,
        row: &ObjectRow,
    ) -> Result<&[u8], MergeError<E>> {
        let key = (source, row.frame);
        if !self.frames.contains_key(&key) {
            let raw = self.sources[source].read_frame(row.frame);
            let raw = raw.map_err(damaged(source))?;
            self.make_room(raw.len());
            self.kept_bytes += raw.len();
            self.frames.insert(key, raw);
            self.oldest_first.push_back(key);
        }
        if let Some(uses) = self.uses_left.get_mut(&key) {
            *uses -= 1;
        }
        let start = row.offset as usize;
        Ok(&self.frames[&key][start..start + row.length as usize])
    }

    /// Lets frames go that have been used up, and then the oldest.
    fn make_room(&mut self, bytes: usize) {
        let used_up: Vec<_> = self
            .oldest_first
            .iter()
            .copied()
            .filter(|key| self.uses_left.get(key) == Some(&0))
            .collect();
        for key in used_up {
            self.drop_frame(key);
        }
        while self.kept_bytes + bytes > KEPT_FRAME_BYTES
            && let Some(&oldest) = self.oldest_first.front()
        {
            self.drop_frame(oldest);
        }
    }

    fn drop_frame(&mut self, key: (usize, u32)) {
        self.oldest_first.retain(|kept| *kept != key);
        if let Some(raw) = self.frames.remove(&key) {
            self.kept_bytes -= raw.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::mpack::{Counts, MpackWriter};

    /// An mpack with one frame of these objects of 4 MiB.
    fn frame_of(bytes: &[u8]) -> Mpack {
        let objects: Vec<Vec<u8>> = bytes.iter().map(|&byte| vec![byte; 4 << 20]).collect();
        let counts = Counts {
            objects: objects.len() as u64,
            object_bytes: (objects.len() as u64) << 22,
            ..Counts::default()
        };
        let mut writer = MpackWriter::new(Vec::new(), counts).expect("memory takes all");
        for object in &objects {
            let id = ObjectId::of(object);
            writer.add_object(id, object).expect("announced");
        }
        Mpack::from_bytes(writer.finish().expect("all was added").out).expect("opens")
    }

    /// Takes the object from its frame; gives the sources whose frames are kept after that.
    fn take(cache: &mut FrameCache<'_>, source: usize, byte: u8) -> Vec<usize> {
        let contents = vec![byte; 4 << 20];
        let tables = cache.sources[source].tables();
        let row = tables.find_object(&ObjectId::of(&contents)).expect("there");
        let object = cache.object::<Infallible>(source, &row).expect("reads");
        assert!(object == contents);
        let mut kept: Vec<usize> = cache.frames.keys().map(|(source, _)| *source).collect();
        kept.sort_unstable();
        let kept_bytes: usize = cache.frames.values().map(Vec::len).sum();
        assert_eq!(cache.kept_bytes, kept_bytes);
        assert_eq!(cache.oldest_first.len(), kept.len());
        kept
    }

    #[test]
    fn frames_are_kept_until_they_are_used_up_or_space_runs_short() {
        let mpacks = [
            frame_of(&[1]),
            frame_of(&[2, 3]),
            frame_of(&[4, 5, 6, 7]),
            frame_of(&[8, 9, 10, 11]),
            frame_of(&[12, 13, 14, 15]),
            frame_of(&[16, 17]),
            frame_of(&[18]),
        ];
        let sources: Vec<&Mpack> = mpacks.iter().collect();
        let mut objects = Objects {
            copied: Vec::new(),
            regrouped: HashMap::new(),
            count: 0,
            bytes: 0,
        };
        for (index, source) in sources.iter().enumerate() {
            let rows = source.tables().objects();
            objects
                .regrouped
                .extend(rows.map(|row| (row.id, (index, row))));
        }
        let mut cache = FrameCache::new(&sources, &objects);
        assert_eq!(take(&mut cache, 0, 1), [0]);
        // The first is used up; the others are needed again.
        assert_eq!(take(&mut cache, 1, 2), [1]);
        assert_eq!(take(&mut cache, 2, 4), [1, 2]);
        assert_eq!(take(&mut cache, 3, 8), [1, 2, 3]);
        assert_eq!(take(&mut cache, 4, 12), [1, 2, 3, 4]);
        // 64 MiB is what is kept.
        assert_eq!(take(&mut cache, 5, 16), [1, 2, 3, 4, 5]);
        assert_eq!(take(&mut cache, 6, 18), [2, 3, 4, 5, 6]);
        // One that went is read again.
        assert_eq!(take(&mut cache, 1, 3), [1, 2, 3, 4, 5]);
    }
}
