//! `GET /{owner}/{slug}/refs` and `POST /{owner}/{slug}/negotiate`.

use serde::{Deserialize, Serialize};

use crate::id::CommitId;
use crate::limits::{FormatLimits, PushLimits};
use crate::name::RefName;

/// Which refs a listing has; in the address, as `?prefix=…&after=…&limit=…`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RefsQuery {
    /// What their names start with.
    pub prefix: String,
    /// The name after which the page begins.
    pub after: Option<RefName>,
    /// Most refs of the page; at most [`crate::limits::MAX_REFS_PER_PAGE`] count.
    pub limit: Option<usize>,
}

/// A page of a repository's refs, and everything else that a client needs before it fetches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefsResponse {
    /// The repository's id, which survives renames.
    pub repo_id: String,
    /// The branch that a clone checks out, as a full ref name; it need not exist yet.
    pub default_branch: RefName,
    /// The version of the refs, which grows with every move of one. Pages of the same version are
    /// of the same moment.
    pub refs_version: u64,
    /// Branches and tags, sorted by name; at most [`crate::limits::MAX_REFS_PER_PAGE`], whose names
    /// have at most [`crate::limits::MAX_REF_PAGE_NAME_BYTES`] together.
    pub refs: Vec<RefEntry>,
    /// Whether more refs follow; they are listed after the last one of these.
    #[serde(default)]
    pub has_more: bool,
    /// What this server can do beyond version 1 of the protocol.
    pub capabilities: Vec<String>,
    /// What this server takes in one push.
    pub limits: PushLimits,
    /// What the format allows, on every server.
    pub format_limits: FormatLimits,
}

/// One ref.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefEntry {
    /// Full name.
    pub name: RefName,
    /// The commit that it names.
    pub target: CommitId,
}

/// Asks where these refs are and which of these commits the server has: what a push needs to know,
/// however many refs there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NegotiateRequest {
    /// At most [`crate::limits::MAX_NEGOTIATE_IDS`].
    pub commits: Vec<CommitId>,
    /// At most [`crate::limits::MAX_NEGOTIATE_REFS`].
    #[serde(default)]
    pub refs: Vec<RefName>,
}

/// What the repository has of what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NegotiateResponse {
    /// The repository's id, which survives renames.
    pub repo_id: String,
    /// The branch that a clone checks out, as a full ref name; it need not exist yet.
    pub default_branch: RefName,
    /// Those of the refs that there are, sorted by name.
    pub refs: Vec<RefEntry>,
    /// Those of the commits that the repository has, in the order asked.
    pub have: Vec<CommitId>,
    /// What this server takes in one push.
    pub limits: PushLimits,
}
