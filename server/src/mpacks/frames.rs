//! The frames of stored mpacks that hold some objects or chunks.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::{self, Stream, StreamExt as _, TryStreamExt as _};
use muse_wire::id::MpackKey;
use muse_wire::mpack::FrameRow;

use super::pieces::{MpackBytes, Pieces};
use super::tables::{StoredBlob, read_stored_tables};
use crate::blobs::{BlobError, BlobKey, Blobs};
use crate::error::{Error, Result};
use crate::store::Repo;
use crate::store::mpacks::{ContentLocation, MpackId};

/// How many tables are read at once. Only the rows of the wanted frames are kept.
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
    rows: HashMap<u32, FrameRow>,
}

impl StoredFrames {
    /// Looks up the frames that these locations name, in the tables of their mpacks.
    ///
    /// # Errors
    /// [`Error`] where tables cannot be read, or do not agree with the index.
    pub(crate) async fn find(
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
        let read = async |(id, (key, frames)): (MpackId, (MpackKey, BTreeSet<u32>))| {
            let blob = BlobKey::mpack(repo.uuid, key);
            let found = MpackFrames::find(blobs, blob, &frames).await?;
            Ok::<_, Error>((id, found))
        };
        let mpacks = stream::iter(wanted.into_iter().map(read))
            .buffer_unordered(CONCURRENT_TABLE_READS)
            .try_collect()
            .await?;
        Ok(Self { mpacks })
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
        pieces.push(&bytes, &mpack.rows[&location.frame], range)
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
    async fn find(blobs: &Blobs, blob: BlobKey, frames: &BTreeSet<u32>) -> Result<Self> {
        let size_bytes = blobs.size(&blob).await?;
        let size_bytes = size_bytes.ok_or(BlobError::NotFound(blob))?;
        let tables = read_stored_tables(blobs, &blob, size_bytes).await?;
        if frames.iter().any(|frame| *frame >= tables.frame_count()) {
            let reason = format!("{blob} has fewer frames than the index says");
            return Err(Error::internal("finding contents", reason));
        }
        let rows = frames.iter().map(|frame| (*frame, tables.frame(*frame)));
        Ok(Self {
            bytes: Arc::new(StoredBlob::new(blobs, blob)),
            rows: rows.collect(),
        })
    }
}
