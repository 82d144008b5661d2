//! `GET /{owner}/{slug}/refs` and `POST /{owner}/{slug}/negotiate`.

use serde::{Deserialize, Serialize};

use crate::id::CommitId;
use crate::limits::{FormatLimits, PushLimits};
use crate::name::RefName;

/// Everything that a client needs before it fetches or pushes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefsResponse {
    /// The repository's id, which survives renames.
    pub repo_id: String,
    /// The branch that a clone checks out, as a full ref name; it need not exist yet.
    pub default_branch: RefName,
    /// All branches and tags, sorted by name.
    pub refs: Vec<RefEntry>,
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

/// Asks which of these commits the server has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NegotiateRequest {
    /// At most [`crate::limits::MAX_NEGOTIATE_IDS`].
    pub commits: Vec<CommitId>,
}

/// Those of the asked commits that the repository has, in the order asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NegotiateResponse {
    /// A subset of the request.
    pub have: Vec<CommitId>,
}
