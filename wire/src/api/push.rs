//! `push/presign`, `push/unpack-mpack` and `push/stream`.
//!
//! A streamed push's body is one control frame, tag [`STREAM_CONTROL_TAG`], the payload's length as
//! u64 LE, the payload (a MessagePack [`StreamControl`]), and then the mpack's bytes, whole and
//! unchanged, where the control frame announces one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::{CommitId, MpackKey, PartId};
use crate::limits::UPLOAD_PART_BYTES;
use crate::mpack::Counts;
use crate::name::RefName;

/// First byte of a streamed push's control frame.
pub const STREAM_CONTROL_TAG: u8 = b'P';

/// One ref to move. All updates of a push are applied together or not at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefUpdate {
    /// The ref; a branch or a tag.
    #[serde(rename = "ref")]
    pub name: RefName,
    /// Where the client last saw it; `None` where it saw none.
    pub old: Option<CommitId>,
    /// Where it is to point; `None` deletes it.
    pub new: Option<CommitId>,
    /// What the move may do beyond going forward from `old`.
    #[serde(default)]
    pub force: Force,
    /// Whether it may delete the branch that clones check out.
    #[serde(default)]
    pub delete_default_branch: bool,
}

/// What a ref update may do beyond moving a ref forward from where the client last saw it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Force {
    /// Nothing: the ref must be at `old`, and `old` must be an ancestor of `new`.
    #[default]
    No,
    /// Lose commits that the client knows of: the ref must be at `old`, and `new` may be any
    /// commit.
    WithLease,
    /// Lose commits that the client may never have seen: `old` is ignored.
    Always,
}

impl Force {
    /// Whether `new` may leave out commits that the ref has.
    pub const fn allows_non_fast_forward(self) -> bool {
        !matches!(self, Self::No)
    }

    /// Whether the ref may be anywhere.
    pub const fn ignores_old(self) -> bool {
        matches!(self, Self::Always)
    }
}

/// Asks for a place to upload to, or for the reason why not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresignRequest {
    /// SHA-256 of the file that will be uploaded.
    pub mpack_key: MpackKey,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// What it holds.
    pub counts: Counts,
    /// The updates that will follow, so that a doomed push is refused before any byte is sent.
    pub updates: Vec<RefUpdate>,
    /// Its parts in order, of [`part_sizes`], to upload it in parts; empty to upload it whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<PartId>,
}

/// The upload to make; none where the server already has the bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresignResponse {
    /// Where to upload the whole file. `None` where that is not needed: where `missing_parts` is
    /// empty, too, all bytes are here, go on with `unpack-mpack`.
    pub upload: Option<PresignedRequest>,
    /// Which of the parts are not here: their positions in the request, ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing_parts: Vec<u32>,
    /// Where to upload the first ones of `missing_parts`, in that order; then ask again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub part_uploads: Vec<PresignedRequest>,
}

/// The sizes in bytes of the parts of a file of this size, in order.
pub fn part_sizes(size_bytes: u64) -> impl Iterator<Item = u64> {
    let count = size_bytes.div_ceil(UPLOAD_PART_BYTES);
    (0..count).map(move |index| UPLOAD_PART_BYTES.min(size_bytes - index * UPLOAD_PART_BYTES))
}

/// One request that its holder may make without a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresignedRequest {
    /// `PUT` or `GET`.
    pub method: String,
    /// Absolute URL, or a path on this server.
    pub url: String,
    /// Headers that are part of what was signed and must be sent as they are.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// When it ends, in seconds since 1970.
    pub expires_at: i64,
}

/// Asks to verify and index an uploaded mpack, then move refs. Answered with 202 and a
/// [`super::job::JobStatus`]; the same request again gives the same job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnpackRequest {
    /// The uploaded mpack.
    pub mpack_key: MpackKey,
    /// What to move once it is indexed.
    pub updates: Vec<RefUpdate>,
    /// The parts in which it was uploaded, in order; empty where it was uploaded whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<PartId>,
}

/// The control frame of a streamed push. Answered with a [`super::job::JobStatus`] that is done, or
/// a problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamControl {
    /// What to move; with no mpack, refs move to commits that the server already has, or are
    /// deleted.
    pub updates: Vec<RefUpdate>,
    /// The mpack that follows.
    pub mpack: Option<StreamedMpack>,
}

/// The mpack behind a control frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamedMpack {
    /// SHA-256 of its bytes.
    pub mpack_key: MpackKey,
    /// Its size in bytes; exactly so many follow the control frame.
    pub size_bytes: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_have_the_same_size_but_for_the_last_one() {
        let sizes = |bytes| part_sizes(bytes).collect::<Vec<u64>>();
        assert!(sizes(0).is_empty());
        assert_eq!(sizes(1), [1]);
        assert_eq!(sizes(UPLOAD_PART_BYTES), [UPLOAD_PART_BYTES]);
        let two_and_one = 2 * UPLOAD_PART_BYTES + 1;
        assert_eq!(
            sizes(two_and_one),
            [UPLOAD_PART_BYTES, UPLOAD_PART_BYTES, 1]
        );
    }

    #[test]
    fn each_force_allows_more_than_the_one_before() {
        for (force, allows_non_fast_forward, ignores_old) in [
            (Force::No, false, false),
            (Force::WithLease, true, false),
            (Force::Always, true, true),
        ] {
            assert_eq!(force.allows_non_fast_forward(), allows_non_fast_forward);
            assert_eq!(force.ignores_old(), ignores_old);
        }
    }
}
