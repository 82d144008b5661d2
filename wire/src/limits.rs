//! Every limit on what arrives from outside, in one place.
//!
//! Format limits are constants: a file that breaks one is malformed for everybody. Policy limits
//! have a default here and a setting on the server, which advertises them in `GET refs`.

use serde::{Deserialize, Serialize};

/// Most bytes in one component of a path.
pub const MAX_PATH_COMPONENT_BYTES: usize = 255;
/// Most bytes in a whole path: what Linux takes, without the NUL behind it.
pub const MAX_PATH_BYTES: usize = 4095;
/// Most bytes in a full ref name.
pub const MAX_REF_NAME_BYTES: usize = 255;
/// Most bytes in an owner's name or a repository's slug.
pub const MAX_NAME_BYTES: usize = 64;

/// Most bytes in an author's name.
pub const MAX_AUTHOR_NAME_BYTES: usize = 1024;
/// Most bytes in an author's e-mail address.
pub const MAX_AUTHOR_EMAIL_BYTES: usize = 1024;
/// Most bytes in a commit's message.
pub const MAX_MESSAGE_BYTES: usize = 1024 * 1024;
/// Most parents of one commit.
pub const MAX_PARENTS: usize = 64;
/// Most entries in a commit's metadata map.
pub const MAX_METADATA_ENTRIES: usize = 64;
/// Most bytes in a key of a commit's metadata map.
pub const MAX_METADATA_KEY_BYTES: usize = 256;
/// Most bytes in a value of a commit's metadata map.
pub const MAX_METADATA_VALUE_BYTES: usize = 64 * 1024;
/// Most signers that one commit record names.
pub const MAX_SIGNERS: usize = 16;
/// Most bytes in one encoded commit record.
pub const MAX_COMMIT_RECORD_BYTES: usize = 2 * 1024 * 1024;
/// Most signatures beside one commit record.
pub const MAX_SIGNATURES: usize = 64;
/// Most bytes in one structured delta.
pub const MAX_STRUCTURED_DELTA_BYTES: usize = 1024 * 1024;
/// Most bytes in one encoded commit envelope: record, signatures and structured delta.
pub const MAX_COMMIT_BYTES: usize = 4 * 1024 * 1024;

/// Most changes in one snapshot record, so most files in one snapshot.
pub const MAX_SNAPSHOT_CHANGES: usize = 4_000_000;
/// Most directories in one snapshot, without the root: a path of a few kilobytes may name two
/// thousand of them.
pub const MAX_SNAPSHOT_DIRECTORIES: usize = 1_000_000;
/// Most bytes in one encoded snapshot record.
pub const MAX_SNAPSHOT_RECORD_BYTES: usize = 256 * 1024 * 1024;
/// Most bytes of all paths of one snapshot together, and 40 more for each file: a record that lists
/// them all is then within [`MAX_SNAPSHOT_RECORD_BYTES`].
pub const MAX_SNAPSHOT_LISTING_BYTES: u64 = 255 * 1024 * 1024;
/// Most bytes in the target of a symbolic link.
pub const MAX_LINK_TARGET_BYTES: usize = 4095;

/// Most raw bytes in one frame of whole objects.
pub const MAX_OBJECT_FRAME_RAW_BYTES: u64 = 16 * 1024 * 1024;
/// Most bytes in an object that is stored whole. A longer one is a *large object*, a list of
/// chunks; a shorter one never is.
pub const MAX_WHOLE_OBJECT_BYTES: u64 = 4 * 1024 * 1024;
/// Most bytes in one chunk of a large object, and most raw bytes in one frame of chunks.
pub const MAX_CHUNK_BYTES: u64 = 4 * 1024 * 1024;
/// Least bytes of a chunk that is not the last one of a large object.
pub const MIN_CHUNK_BYTES: u64 = 64 * 1024;
/// Most bytes of the bases of one thin frame together.
pub const MAX_FRAME_BASE_BYTES: u64 = 16 * 1024 * 1024;
/// Most bases of one thin mpack.
pub const MAX_BASES: usize = 100_000;
/// Raw bytes after which a record frame is cut. A longer snapshot record goes on in the next frame.
pub const RECORD_FRAME_RAW_BYTES: u64 = 2 * 1024 * 1024;
/// Most bytes in an mpack's tables: what a scan may hold in memory.
pub const MAX_TABLE_BYTES: u64 = 512 * 1024 * 1024;
/// Most bytes, uncompressed, in tables that are compressed.
pub const MAX_COMPRESSED_TABLE_BYTES: u64 = 16 * 1024 * 1024;
/// Most bytes, uncompressed, in the tables of a thin mpack, with the ids and rows of its objects:
/// whoever makes it thick computes these, and holds them in memory several times.
pub const MAX_THIN_TABLE_BYTES: u64 = 16 * 1024 * 1024;
/// Most bytes of ids in tables with which records may be compressed.
pub const MAX_PREFIX_ID_BYTES: u64 = 1024 * 1024;

/// A streamed push has fewer objects than this, and stays below the limits that follow, too. Every
/// other push is uploaded.
pub const STREAM_MAX_OBJECTS: u64 = 500;
/// A streamed mpack has fewer bytes than this.
pub const STREAM_MAX_BYTES: u64 = 50_000_000;
/// The objects of a streamed push have together fewer bytes than this, uncompressed: it is verified
/// while its client waits.
pub const STREAM_MAX_RAW_BYTES: u64 = 256_000_000;
/// The records of a streamed push have together fewer bytes than this, uncompressed: what is read
/// from them takes several times as much memory, and several are verified at the same time.
pub const STREAM_MAX_RECORD_BYTES: u64 = 32_000_000;

/// The directories that the snapshots of a streamed push change, in the form in which they are
/// hashed, and the listings of the trees that they build on have together fewer bytes than this:
/// what is changed of a large directory can be small, and costs as much as the whole directory.
pub const STREAM_MAX_DIRECTORY_BYTES: u64 = 1_000_000_000;

/// Bytes that a thin mpack may inflate to for each byte of its bases.
pub const RAW_BYTES_PER_BASE_BYTE: u64 = 4;
/// Bytes that an mpack may inflate to however few they are compressed.
pub const RAW_BYTES_AT_ANY_RATIO: u64 = 256 * 1024 * 1024;

/// Most bytes of memory, as estimated, of the trees that later records of a push build on, beside
/// the largest of them. What they share counts once.
pub const MAX_BASE_TREE_BYTES: u64 = 256 * 1024 * 1024;

/// Most bytes in a control body (any request or answer that is not an mpack).
pub const MAX_CONTROL_BODY_BYTES: usize = 4 * 1024 * 1024;
/// Most levels of arrays and maps inside each other in a control body.
pub const MAX_CONTROL_BODY_DEPTH: usize = 64;
/// Most ids in one `negotiate`, and most ids in each of a fetch's `want` and `have`.
pub const MAX_NEGOTIATE_IDS: usize = 10_000;
/// Most commits that a fetch names as shallow, and that its answer does: as JSON, too, both are
/// then within [`MAX_CONTROL_BODY_BYTES`].
pub const MAX_SHALLOW_COMMITS: usize = 20_000;
/// Most commits of a fetch's `depth` and `deepen`: more than any history has.
pub const MAX_FETCH_DEPTH: u32 = 2_147_483_647;
/// Most refs in one `negotiate`, and most that a fetch wants by name: as JSON, too, the answer is
/// then within [`MAX_CONTROL_BODY_BYTES`].
pub const MAX_NEGOTIATE_REFS: usize = 5_000;
/// Most jobs in one listing.
pub const MAX_LISTED_JOBS: usize = 100;
/// Most updates of refs of each job in a listing.
pub const MAX_LISTED_UPDATES: usize = 50;
/// Bytes of each part of an upload, but for the last one, which has what is left.
pub const UPLOAD_PART_BYTES: u64 = 8 * 1024 * 1024;
/// Most parts of one upload.
pub const MAX_UPLOAD_PARTS: usize = 16_384;
/// Most parts that one answer says where to upload: it is then within [`MAX_CONTROL_BODY_BYTES`],
/// and the last URL is used before it expires.
pub const MAX_PRESIGNED_PARTS: usize = 256;
/// Most ref updates in one push.
pub const MAX_REF_UPDATES: usize = 10_000;
/// Most refs in one page of a listing.
pub const MAX_REFS_PER_PAGE: usize = 10_000;
/// Most bytes of the names in one page of refs: as JSON, too, a page is then within
/// [`MAX_CONTROL_BODY_BYTES`].
pub const MAX_REF_PAGE_NAME_BYTES: usize = 1024 * 1024;
/// Most bytes in the header of a bundle.
pub const MAX_BUNDLE_HEADER_BYTES: u64 = 64 * 1024 * 1024;
/// Most refs that a client takes from a listing.
pub const MAX_LISTED_REFS: usize = 1_000_000;
/// Most bytes of mpacks that a fetch answers inline instead of by presigned URL.
pub const MAX_INLINE_FETCH_BYTES: u64 = 2 * 1024 * 1024;
/// Most moves of refs in one answer.
pub const MAX_REFLOG_ENTRIES: usize = 1_000;
/// Most keys that one user has registered.
pub const MAX_USER_KEYS: usize = 100;
/// Most bytes in the name of a registered key.
pub const MAX_KEY_NAME_BYTES: usize = 128;
/// Most objects that a plan withholds, and most that a fetch says it lacks.
pub const MAX_WITHHELD_OBJECTS: usize = 10_000;
/// Most bytes of the reason for withholding an object. With the longest reasons for the most
/// objects, a plan that has its mpacks inline is still one control body.
pub const MAX_WITHHELD_REASON_BYTES: usize = 128;

/// What one server allows in one push; the defaults are the documented ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushLimits {
    /// Largest mpack file in bytes.
    pub mpack_bytes: u64,
    /// Largest single object in bytes.
    pub object_bytes: u64,
    /// Most objects in one push.
    pub objects: u64,
    /// Most commits in one push.
    pub commits: u64,
    /// Most bytes of all the push's objects together, uncompressed.
    pub raw_bytes: u64,
    /// Most bytes that each byte of the mpack may inflate to, once all of them inflate to more than
    /// [`RAW_BYTES_AT_ANY_RATIO`].
    #[serde(default = "PushLimits::default_ratio")]
    pub ratio: u64,
}

impl PushLimits {
    const fn default_ratio() -> u64 {
        1_000
    }

    /// Most bytes that so many may inflate to, with so many that thin frames are compressed
    /// against: an edit may cost next to nothing, and is then about as long as what it edits.
    pub const fn most_inflated_bytes(&self, compressed_bytes: u64, base_bytes: u64) -> u64 {
        let inflated_bytes = compressed_bytes
            .saturating_mul(self.ratio)
            .saturating_add(base_bytes.saturating_mul(RAW_BYTES_PER_BASE_BYTE));
        if inflated_bytes > RAW_BYTES_AT_ANY_RATIO {
            inflated_bytes
        } else {
            RAW_BYTES_AT_ANY_RATIO
        }
    }
}

impl Default for PushLimits {
    fn default() -> Self {
        Self {
            mpack_bytes: 4 << 30,
            object_bytes: 8 << 30,
            objects: 100_000,
            commits: 10_000,
            raw_bytes: 64 << 30,
            ratio: Self::default_ratio(),
        }
    }
}

/// The limits of names, commits and snapshots. They are part of the format, so every server has the
/// same; a server tells them so that a program without this crate can refuse in time what nobody
/// takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormatLimits {
    /// [`MAX_PATH_BYTES`].
    pub path_bytes: u64,
    /// [`MAX_LINK_TARGET_BYTES`].
    pub link_target_bytes: u64,
    /// [`MAX_AUTHOR_NAME_BYTES`].
    pub author_name_bytes: u64,
    /// [`MAX_AUTHOR_EMAIL_BYTES`].
    pub author_email_bytes: u64,
    /// [`MAX_MESSAGE_BYTES`].
    pub message_bytes: u64,
    /// [`MAX_PARENTS`].
    pub parents: u64,
    /// [`MAX_METADATA_ENTRIES`].
    pub metadata_entries: u64,
    /// [`MAX_METADATA_KEY_BYTES`].
    pub metadata_key_bytes: u64,
    /// [`MAX_METADATA_VALUE_BYTES`].
    pub metadata_value_bytes: u64,
    /// [`MAX_SIGNERS`].
    pub signers: u64,
    /// [`MAX_COMMIT_RECORD_BYTES`].
    pub commit_record_bytes: u64,
    /// [`MAX_SIGNATURES`].
    pub signatures: u64,
    /// [`MAX_STRUCTURED_DELTA_BYTES`].
    pub structured_delta_bytes: u64,
    /// [`MAX_COMMIT_BYTES`].
    pub commit_bytes: u64,
    /// [`MAX_SNAPSHOT_CHANGES`].
    pub snapshot_changes: u64,
    /// [`MAX_SNAPSHOT_DIRECTORIES`].
    pub snapshot_directories: u64,
    /// [`MAX_SNAPSHOT_RECORD_BYTES`].
    pub snapshot_record_bytes: u64,
    /// [`MAX_SNAPSHOT_LISTING_BYTES`].
    pub snapshot_listing_bytes: u64,
}

impl Default for FormatLimits {
    fn default() -> Self {
        Self {
            path_bytes: MAX_PATH_BYTES as u64,
            link_target_bytes: MAX_LINK_TARGET_BYTES as u64,
            author_name_bytes: MAX_AUTHOR_NAME_BYTES as u64,
            author_email_bytes: MAX_AUTHOR_EMAIL_BYTES as u64,
            message_bytes: MAX_MESSAGE_BYTES as u64,
            parents: MAX_PARENTS as u64,
            metadata_entries: MAX_METADATA_ENTRIES as u64,
            metadata_key_bytes: MAX_METADATA_KEY_BYTES as u64,
            metadata_value_bytes: MAX_METADATA_VALUE_BYTES as u64,
            signers: MAX_SIGNERS as u64,
            commit_record_bytes: MAX_COMMIT_RECORD_BYTES as u64,
            signatures: MAX_SIGNATURES as u64,
            structured_delta_bytes: MAX_STRUCTURED_DELTA_BYTES as u64,
            commit_bytes: MAX_COMMIT_BYTES as u64,
            snapshot_changes: MAX_SNAPSHOT_CHANGES as u64,
            snapshot_directories: MAX_SNAPSHOT_DIRECTORIES as u64,
            snapshot_record_bytes: MAX_SNAPSHOT_RECORD_BYTES as u64,
            snapshot_listing_bytes: MAX_SNAPSHOT_LISTING_BYTES,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_little_may_inflate_to_a_lot() {
        let limits = PushLimits {
            ratio: 2,
            ..PushLimits::default()
        };
        let half = RAW_BYTES_AT_ANY_RATIO / 2;
        for (compressed, inflated) in [
            (0, RAW_BYTES_AT_ANY_RATIO),
            (half, RAW_BYTES_AT_ANY_RATIO),
            (half + 1, RAW_BYTES_AT_ANY_RATIO + 2),
            (u64::MAX, u64::MAX),
        ] {
            assert_eq!(limits.most_inflated_bytes(compressed, 0), inflated);
        }
        let bases = RAW_BYTES_AT_ANY_RATIO;
        assert_eq!(limits.most_inflated_bytes(1, bases), 2 + 4 * bases);
    }
}
