//! `POST /{owner}/{slug}/fetch/mpack`.

use serde::{Deserialize, Serialize};

use super::push::PresignedRequest;
use super::refs::RefEntry;
use crate::id::{CommitId, MpackKey, ObjectId};
use crate::mpack::Counts;
use crate::name::RefName;

/// Asks for everything reachable from what is wanted and not from `have`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchRequest {
    /// Commits wanted; at most [`crate::limits::MAX_NEGOTIATE_IDS`], all in the repository.
    #[serde(default)]
    pub want: Vec<CommitId>,
    /// Branches and tags whose commits are wanted, too; at most
    /// [`crate::limits::MAX_NEGOTIATE_REFS`]. Those that there are not are ignored.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub want_refs: Vec<RefName>,
    /// Whether everything is wanted that branches and tags reach, too.
    #[serde(default)]
    pub want_all: bool,
    /// Commits that the client has with all their history, down to those that are `shallow`; ids
    /// that the server lacks are ignored.
    pub have: Vec<CommitId>,
    /// Objects of these commits that earlier plans withheld; at most
    /// [`crate::limits::MAX_WITHHELD_OBJECTS`]. What may be given by now comes with this plan.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lacking: Vec<ObjectId>,
    /// Whether the client takes thin mpacks.
    #[serde(default)]
    pub thin: bool,
    /// How many commits are wanted on every way down from what is wanted, those included; at most
    /// [`crate::limits::MAX_FETCH_DEPTH`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depth: Option<u32>,
    /// How many commits are wanted on every way down from those that are `shallow`, besides what
    /// is wanted; at most [`crate::limits::MAX_FETCH_DEPTH`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deepen: Option<u32>,
    /// Commits that the client has without their parents; at most
    /// [`crate::limits::MAX_SHALLOW_COMMITS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shallow: Vec<CommitId>,
}

impl FetchRequest {
    /// Whether the client's history is not whole, or will not be.
    pub fn is_shallow(&self) -> bool {
        self.depth.is_some() || self.deepen.is_some() || !self.shallow.is_empty()
    }
}

/// The mpacks that together answer a want/have, in the order in which to apply them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchPlan {
    /// Empty where nothing is missing.
    pub mpacks: Vec<PlannedMpack>,
    /// Objects that are missing from them, because the server does not give them; at most
    /// [`crate::limits::MAX_WITHHELD_OBJECTS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<WithheldObject>,
    /// Whether the plan needed no build: `HIT` or `MISS`.
    pub cache: String,
    /// Where those of the wanted refs are that there are, sorted by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wanted_refs: Vec<RefEntry>,
    /// Commits of the mpacks that come without some of their parents; at most
    /// [`crate::limits::MAX_SHALLOW_COMMITS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shallow: Vec<CommitId>,
    /// Those of the request's shallow commits that have all their parents with these mpacks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unshallow: Vec<CommitId>,
}

/// An object that the server has been told not to give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithheldObject {
    /// The object.
    pub object: ObjectId,
    /// Why, for people; at most [`crate::limits::MAX_WITHHELD_REASON_BYTES`].
    pub reason: String,
}

/// One mpack of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedMpack {
    /// SHA-256 of its bytes, to be checked after the download.
    pub mpack_key: MpackKey,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// What it holds.
    pub counts: Counts,
    /// The bytes themselves, where all of the plan is small.
    #[serde(default, with = "serde_bytes", skip_serializing_if = "Option::is_none")]
    pub inline: Option<Vec<u8>>,
    /// Where to get them otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub download: Option<PresignedRequest>,
}
