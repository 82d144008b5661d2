//! The frames of stored mpacks that hold some objects or chunks.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::{self, Stream, StreamExt as _, TryStreamExt as _};
use muse_wire::id::MpackKey;

use super::pieces::{MpackBytes, Pieces};
use super::tables::{StoredBlob, read_stored_tables, stored_frames};
use crate::blobs::{BlobError, BlobKey, Blobs};
use crate::error::{Error, Result};
use crate::store::mpacks::{ContentLocation, MpackId, StoredFrame};
use crate::store::{Repo, Store};

/// How many tables are read at once, of mpacks for which no frames are kept.
const CONCURRENT_TABLE_READS: usize = 4;

/// How many frames are decompressed at once, of up to 16 MiB each.
const FRAMES_AT_ONCE: usize = 2;

/// Stored frames that may be decompressed for bases: this many, and one more for each of so many
/// bytes of objects that are compressed against them.
const FRAMES_FOR_BASES: u64 = 64;
/// See [`FRAMES_FOR_BASES`].
const OBJECT_BYTES_PER_FRAME: u64 = 256 * 1024;

/// How many stored frames may be decompressed for the bases of objects of so many bytes. Bases that
/// lie too far apart cost more than they save.
pub(crate) const fn most_frames_for_bases(object_bytes: u64) -> u64 {
    FRAMES_FOR_BASES + object_bytes / OBJECT_BYTES_PER_FRAME
}

/// The frames in which some contents of a repository lie.
pub(crate) struct StoredFrames {
    mpacks: HashMap<MpackId, MpackFrames>,
}

struct MpackFrames {
    bytes: MpackBytes<'static>,
    frames: HashMap<u32, StoredFrame>,
}

impl StoredFrames {
    /// Looks up the frames that these locations name.
    ///
    /// # Errors
    /// [`Error`] where the database fails, or an mpack has no such frame.
    pub(crate) async fn find(
        store: &Store,
        blobs: &Blobs,
        repo: &Repo,
        locations: impl IntoIterator<Item = &ContentLocation>,
    ) -> Result<Self> {
        let mut wanted: HashMap<MpackId, (MpackKey, BTreeSet<u32>)> = HashMap::new();
        for location in locations {
            let (_, frames) = wanted
                .entry(location.mpack)
                .or_insert_with(|| (location.mpack_key, BTreeSet::new()));
            frames.insert(location.frame);
        }
        let ids: Vec<MpackId> = wanted.keys().copied().collect();
        let mut kept = store.mpack_frames(&ids).await?;
        let find = |(id, (key, wanted)): (MpackId, (MpackKey, BTreeSet<u32>))| {
            let kept = kept.remove(&id);
            async move {
                let blob = BlobKey::mpack(repo.uuid, key);
                let all = match kept {
                    Some(frames) => frames,
                    None => read_frames(blobs, &blob).await?,
                };
                Ok::<_, Error>((id, MpackFrames::new(blobs, blob, all, &wanted)?))
            }
        };
        let mpacks = stream::iter(wanted.into_iter().map(find))
            .buffer_unordered(CONCURRENT_TABLE_READS)
            .try_collect()
            .await?;
        Ok(Self { mpacks })
    }

    /// The frame at one of the locations.
    pub(crate) fn frame(&self, location: &ContentLocation) -> &StoredFrame {
        &self.mpacks[&location.mpack].frames[&location.frame]
    }

    /// The payload of the frame at one of the locations, as it is stored.
    ///
    /// # Errors
    /// [`Error`] where it cannot be read.
    pub(crate) async fn read_payload(&self, location: &ContentLocation) -> Result<Bytes> {
        let row = &self.frame(location).row;
        let range = row.offset..row.offset + row.stored_bytes;
        self.mpacks[&location.mpack].bytes.read_range(range).await
    }

    /// Adds a range of the contents at one of the locations to `pieces`.
    ///
    /// # Errors
    /// Where they do not lie in their frame.
    pub(crate) fn push<'a>(
        &self,
        pieces: &mut Pieces<'a>,
        location: &ContentLocation,
        range: Range<u32>,
    ) -> Result<()> {
        let mpack = &self.mpacks[&location.mpack];
        let start = location.offset as usize;
        let range = start + range.start as usize..start + range.end as usize;
        let bytes: MpackBytes<'a> = Arc::<_>::clone(&mpack.bytes);
        pieces.push(&bytes, &mpack.frames[&location.frame].row, range)
    }

    /// The contents at these locations, each with what stands for it. They come by mpack and frame:
    /// every frame is read once, a few at a time.
    ///
    /// # Errors
    /// Where they do not lie in their frames.
    pub(crate) fn read<K: Send + 'static>(
        &self,
        mut contents: Vec<(K, ContentLocation)>,
    ) -> Result<impl Stream<Item = Result<(K, Bytes)>> + Send + 'static> {
        contents.sort_unstable_by_key(|(_, at)| (at.mpack, at.frame));
        let mut pieces = Pieces::default();
        for (_, location) in &contents {
            self.push(&mut pieces, location, 0..location.length)?;
        }
        let keys = stream::iter(contents).map(|(key, _)| key);
        Ok(keys
            .zip(pieces.read(FRAMES_AT_ONCE))
            .map(|(key, bytes)| Ok((key, bytes?))))
    }
}

impl MpackFrames {
    fn new(
        blobs: &Blobs,
        blob: BlobKey,
        all: Vec<StoredFrame>,
        wanted: &BTreeSet<u32>,
    ) -> Result<Self> {
        let numbered = (0..).zip(all);
        let frames: HashMap<u32, StoredFrame> = numbered
            .filter(|(number, _)| wanted.contains(number))
            .collect();
        if frames.len() < wanted.len() {
            let reason = format!("{blob} has fewer frames than the index says");
            return Err(Error::internal("finding contents", reason));
        }
        Ok(Self {
            bytes: Arc::new(StoredBlob::new(blobs, blob)),
            frames,
        })
    }
}

/// The frames of an mpack for which none are kept.
async fn read_frames(blobs: &Blobs, blob: &BlobKey) -> Result<Vec<StoredFrame>> {
    let size_bytes = blobs.size(blob).await?;
    let size_bytes = size_bytes.ok_or(BlobError::NotFound(*blob))?;
    let tables = read_stored_tables(blobs, blob, size_bytes).await?;
    Ok(stored_frames(&tables))
}
