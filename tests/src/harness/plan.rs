//! Answers of a server that a test plays itself: one branch, and a plan of these mpacks.

use std::collections::BTreeMap;

use muse_wire::api::fetch::PlannedMpack;
use muse_wire::api::push::PresignedRequest;
use muse_wire::api::refs::{NegotiateResponse, RefEntry, RefsResponse};
use muse_wire::id::CommitId;
use muse_wire::limits::{FormatLimits, PushLimits};
use muse_wire::mpack::Mpack;
use muse_wire::name::RefName;

use super::api::key_of;

/// The refs of a repository with the branch `main`.
///
/// # Panics
/// Never; the name is valid.
pub fn refs_with_main(target: CommitId) -> RefsResponse {
    let main = RefName::branch("main").expect("a valid name");
    RefsResponse {
        repo_id: "1".to_owned(),
        default_branch: main.clone(),
        refs_version: 1,
        refs: vec![RefEntry { name: main, target }],
        has_more: false,
        capabilities: Vec::new(),
        limits: PushLimits::default(),
        format_limits: FormatLimits::default(),
    }
}

/// What a server says before a push to a repository that has nothing.
///
/// # Panics
/// Never; the name is valid.
pub fn nothing_known() -> NegotiateResponse {
    NegotiateResponse {
        repo_id: "1".to_owned(),
        default_branch: RefName::branch("main").expect("a valid name"),
        refs: Vec::new(),
        have: Vec::new(),
        limits: PushLimits::default(),
    }
}

/// An mpack of a plan, sent with it.
///
/// # Panics
/// Where the mpack breaks its format.
pub fn planned_inline(mpack: &[u8]) -> PlannedMpack {
    let opened = Mpack::from_bytes(mpack.to_vec()).expect("an honest format");
    PlannedMpack {
        mpack_key: key_of(mpack),
        size_bytes: mpack.len() as u64,
        counts: opened.tables().counts(),
        inline: Some(mpack.to_vec()),
        download: None,
    }
}

/// An mpack of a plan, to be downloaded from this URL.
///
/// # Panics
/// Where the mpack breaks its format.
pub fn planned_at(mpack: &[u8], url: &str) -> PlannedMpack {
    PlannedMpack {
        inline: None,
        download: Some(PresignedRequest {
            method: "GET".to_owned(),
            url: url.to_owned(),
            headers: BTreeMap::new(),
            expires_at: 0,
        }),
        ..planned_inline(mpack)
    }
}
