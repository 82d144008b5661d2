//! Control bodies: every request and answer of the protocol, in both of its formats.

use std::fmt::Debug;
use std::sync::LazyLock;

use muse_wire::api::fetch::{FetchPlan, FetchRequest};
use muse_wire::api::job::JobStatus;
use muse_wire::api::push::{PresignRequest, PresignResponse, StreamControl, UnpackRequest};
use muse_wire::api::reflog::ReflogResponse;
use muse_wire::api::refs::{NegotiateRequest, NegotiateResponse, RefsResponse};
use muse_wire::api::repo::{
    CreateRepoRequest, RepoListResponse, RepoResponse, UpdateRepoRequest, WhoamiResponse,
};
use muse_wire::problem::Problem;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::choices::Choices;
use crate::memory::within;

/// Decoding takes this much (no length that is claimed is believed beyond a mebibyte), and so many
/// times the bytes of the body.
const DECODE_BYTES: u64 = 6 << 20;
const BYTES_PER_BYTE: u64 = 64;

/// A body of each kind, with all fields.
static VALID: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let id = format!("sha256:{}", "ab".repeat(32));
    let counts = json!({
        "objects": 1, "commits": 2, "snapshots": 3, "object_bytes": 4, "base_bytes": 5,
    });
    let updates = json!([
        {"ref": "refs/heads/main", "old": id, "new": null, "force": "with_lease"},
        {"ref": "refs/tags/v1", "old": null, "new": id, "delete_default_branch": true},
    ]);
    let presigned = json!({
        "method": "GET", "url": "/blobs/x", "headers": {"range": "bytes=0-"}, "expires_at": -1,
    });
    let plan = json!({
        "mpacks": [
            {"mpack_key": id, "size_bytes": 9, "counts": counts, "inline": [1, 2]},
            {"mpack_key": id, "size_bytes": 9, "counts": counts, "download": presigned},
        ],
        "cache": "HIT",
    });
    let repo = json!({
        "repo_id": "r", "owner": "ada", "slug": "notes", "private": true,
        "default_branch": "refs/heads/main", "created_at": 7,
    });
    let limits = json!({
        "mpack_bytes": 1, "object_bytes": 1, "objects": 1, "commits": 1, "raw_bytes": 1,
    });
    let format_limits = muse_wire::limits::FormatLimits::default();
    vec![
        json!({"want": [id, id], "have": [id], "thin": true}),
        plan.clone(),
        json!({
            "job_id": "j", "status": "done", "stage": "verify", "poll_url": "/x",
            "commits_written": 1, "objects_written": 2, "branch_head": id,
            "error": {
                "type": "about:blank", "title": "t", "status": 400, "detail": "d", "code": "c",
            },
            "timings": [{"step": "verify", "ms": 1}], "fetch": plan,
        }),
        json!({"mpack_key": id, "size_bytes": 1, "counts": counts, "updates": updates}),
        json!({"upload": presigned}),
        json!({"mpack_key": id, "updates": updates}),
        json!({"updates": updates, "mpack": {"mpack_key": id, "size_bytes": 1}}),
        json!({
            "repo_id": "r", "default_branch": "refs/heads/main",
            "refs": [{"name": "refs/heads/main", "target": id}], "capabilities": ["x"],
            "limits": limits, "format_limits": format_limits,
        }),
        json!({"commits": [id]}),
        json!({"have": [id]}),
        json!({"owner": "ada", "slug": "x", "private": true, "default_branch": "refs/heads/a"}),
        json!({"repos": [repo, repo]}),
        json!({"user": "ada", "scope": "write"}),
    ]
});

/// Decodes bytes as each kind of body. What is accepted reads the same once it is encoded.
pub fn control(input: &[u8]) {
    let mut choices = Choices::new(input);
    let seed = choices.byte();
    let mut body = match seed % 4 {
        0 => choices.rest().to_vec(),
        1 | 2 => {
            let value = &VALID[choices.below(VALID.len())];
            rmp_serde::to_vec_named(value).expect("memory takes all")
        }
        _ => serde_json::to_vec(&VALID[choices.below(VALID.len())]).expect("memory takes all"),
    };
    if !seed.is_multiple_of(4) && !choices.are_over() {
        choices.bend_bytes(&mut body);
    }
    within(DECODE_BYTES + BYTES_PER_BYTE * body.len() as u64, || {
        check::<FetchRequest>(&body);
        check::<FetchPlan>(&body);
        check::<JobStatus>(&body);
        check::<PresignRequest>(&body);
        check::<PresignResponse>(&body);
        check::<UnpackRequest>(&body);
        check::<StreamControl>(&body);
        check::<RefsResponse>(&body);
        check::<ReflogResponse>(&body);
        check::<NegotiateRequest>(&body);
        check::<NegotiateResponse>(&body);
        check::<CreateRepoRequest>(&body);
        check::<UpdateRepoRequest>(&body);
        check::<RepoResponse>(&body);
        check::<RepoListResponse>(&body);
        check::<WhoamiResponse>(&body);
        check::<Problem>(&body);
    });
}

fn check<T: Serialize + DeserializeOwned + PartialEq + Debug>(body: &[u8]) {
    let packed = rmp_serde::from_read(body).ok();
    let text = serde_json::from_slice(body).ok();
    for decoded in [packed, text].into_iter().flatten() {
        let decoded: T = decoded;
        let packed = rmp_serde::to_vec_named(&decoded).expect("memory takes all");
        let again: T = rmp_serde::from_slice(&packed).expect("just encoded");
        assert_eq!(again, decoded);
        let text = serde_json::to_vec(&decoded).expect("memory takes all");
        let again: T = serde_json::from_slice(&text).expect("just encoded");
        assert_eq!(again, decoded);
    }
}
