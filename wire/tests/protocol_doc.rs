//! `wire/PROTOCOL.md` lists what the code has: every problem code, every limit, every body's
//! fields.

use std::collections::BTreeMap;

use muse_wire::api::fetch::{FetchPlan, FetchRequest, PlannedMpack, WithheldObject};
use muse_wire::api::job::{JobState, JobStatus, ListedJob, StepTiming};
use muse_wire::api::key::{KeyListResponse, KeyResponse, RegisterKeyRequest};
use muse_wire::api::push::{
    Force, PresignRequest, PresignResponse, PresignedRequest, RefUpdate, StreamControl,
    StreamedMpack, UnpackRequest,
};
use muse_wire::api::reflog::{ReflogEntry, ReflogResponse};
use muse_wire::api::refs::{NegotiateRequest, NegotiateResponse, RefEntry, RefsResponse};
use muse_wire::api::repo::{RepoResponse, WhoamiResponse};
use muse_wire::api::{JSON_MEDIA_TYPE, MPACK_MEDIA_TYPE, MSGPACK_MEDIA_TYPE};
use muse_wire::commit::PublicKey;
use muse_wire::id::{CommitId, MpackKey, ObjectId, PartId};
use muse_wire::limits::{FormatLimits, PushLimits};
use muse_wire::mpack::Counts;
use muse_wire::name::RefName;
use muse_wire::problem::{PROBLEM_MEDIA_TYPE, Problem, ProblemCode};

const DOCUMENT: &str = include_str!("../PROTOCOL.md");
const LIMITS: &str = include_str!("../src/limits.rs");

#[test]
fn every_problem_code_is_listed_with_its_status() {
    for code in ProblemCode::ALL {
        let row = format!("| `{code}` | {} | {} |", code.status(), code.title());
        assert!(DOCUMENT.contains(&row), "missing: {row}");
    }
}

#[test]
fn every_limit_is_listed_with_its_value() {
    let mut count = 0;
    for line in LIMITS.lines() {
        let Some(constant) = line.strip_prefix("pub const ") else {
            continue;
        };
        let (name, rest) = constant.split_once(':').expect("a constant has a type");
        let (_, expression) = rest.split_once('=').expect("a constant has a value");
        let factors = expression.trim().trim_end_matches(';').split('*');
        let value: u64 = factors
            .map(|factor| {
                let digits = factor.trim().replace('_', "");
                digits.parse::<u64>().expect("a product of numbers")
            })
            .product();
        let row = format!("| `{name}` | {value} |");
        assert!(DOCUMENT.contains(&row), "missing: {row}");
        count += 1;
    }
    assert!(count > 10, "the limits were not found");
    for limits in [json(&PushLimits::default()), json(&FormatLimits::default())] {
        for (field, value) in limits.as_object().expect("a map") {
            let row = format!("| `{field}` | {value} |");
            assert!(DOCUMENT.contains(&row), "missing: {row}");
        }
    }
}

#[test]
fn every_field_of_every_body_is_named() {
    let commit = CommitId::from_bytes([1; 32]);
    let key = MpackKey::from_bytes([2; 32]);
    let branch = RefName::branch("main").expect("valid");
    let counts = Counts::default();
    let update = RefUpdate {
        name: branch.clone(),
        old: Some(commit),
        new: Some(commit),
        force: Force::WithLease,
        delete_default_branch: false,
    };
    let presigned = PresignedRequest {
        method: "GET".into(),
        url: "/".into(),
        headers: BTreeMap::new(),
        expires_at: 0,
    };
    let plan = FetchPlan {
        mpacks: vec![PlannedMpack {
            mpack_key: key,
            size_bytes: 0,
            counts,
            inline: Some(Vec::new()),
            download: Some(presigned.clone()),
        }],
        withheld: vec![WithheldObject {
            object: ObjectId::from_bytes([3; 32]),
            reason: String::new(),
        }],
        cache: "HIT".into(),
        wanted_refs: vec![RefEntry {
            name: branch.clone(),
            target: commit,
        }],
        shallow: vec![commit],
        unshallow: vec![commit],
    };
    let job = JobStatus {
        job_id: String::new(),
        status: JobState::Done,
        stage: None,
        poll_url: String::new(),
        commits_written: None,
        objects_written: None,
        branch_head: None,
        error: Some(Problem::new(ProblemCode::Internal, "")),
        timings: vec![StepTiming {
            step: String::new(),
            ms: 0,
        }],
        fetch: Some(plan),
        wanted_refs: vec![],
    };
    let part = PartId::from_bytes([5; 32]);
    let public_key = PublicKey::from_bytes([6; 32]);
    let bodies = [
        json(&ListedJob {
            job,
            user: None,
            created_at: 0,
            updates: vec![],
            more_updates: 0,
        }),
        json(&FetchRequest {
            want: vec![],
            want_refs: vec![branch.clone()],
            want_all: false,
            have: vec![],
            lacking: vec![ObjectId::from_bytes([3; 32])],
            thin: false,
            depth: Some(1),
            deepen: Some(1),
            shallow: vec![commit],
        }),
        json(&PresignRequest {
            mpack_key: key,
            size_bytes: 0,
            counts,
            updates: vec![update.clone()],
            parts: vec![part],
        }),
        json(&PresignResponse {
            upload: Some(presigned.clone()),
            missing_parts: vec![0],
            part_uploads: vec![presigned],
        }),
        json(&UnpackRequest {
            mpack_key: key,
            updates: vec![update.clone()],
            parts: vec![part],
        }),
        json(&StreamControl {
            updates: vec![update],
            mpack: Some(StreamedMpack {
                mpack_key: key,
                size_bytes: 0,
            }),
        }),
        json(&RefsResponse {
            repo_id: String::new(),
            default_branch: branch.clone(),
            refs_version: 0,
            refs: vec![RefEntry {
                name: branch.clone(),
                target: commit,
            }],
            has_more: false,
            capabilities: vec![],
            limits: PushLimits::default(),
            format_limits: FormatLimits::default(),
        }),
        json(&ReflogResponse {
            entries: vec![ReflogEntry {
                name: branch.clone(),
                old: None,
                new: None,
                forced: false,
                user: None,
                at: 0,
            }],
            next: None,
        }),
        json(&NegotiateRequest {
            commits: vec![],
            refs: vec![],
        }),
        json(&NegotiateResponse {
            repo_id: String::new(),
            default_branch: branch.clone(),
            refs: vec![],
            have: vec![],
            limits: PushLimits::default(),
        }),
        json(&RepoResponse {
            repo_id: String::new(),
            owner: String::new(),
            slug: String::new(),
            private: false,
            default_branch: branch,
            created_at: 0,
        }),
        json(&RegisterKeyRequest {
            public_key,
            name: String::new(),
        }),
        json(&KeyListResponse {
            keys: vec![KeyResponse {
                public_key,
                name: String::new(),
                created_at: 0,
            }],
        }),
        json(&WhoamiResponse {
            user: String::new(),
            scope: String::new(),
            repo: None,
            expires_at: None,
        }),
    ];
    for body in &bodies {
        check_fields(body);
    }
    for media_type in [
        MSGPACK_MEDIA_TYPE,
        JSON_MEDIA_TYPE,
        MPACK_MEDIA_TYPE,
        PROBLEM_MEDIA_TYPE,
    ] {
        assert!(DOCUMENT.contains(media_type), "missing: {media_type}");
    }
}

fn json(body: &impl serde::Serialize) -> serde_json::Value {
    serde_json::to_value(body).expect("bodies encode")
}

/// Every field name stands in the document as code, alone or within braces.
fn check_fields(body: &serde_json::Value) {
    match body {
        serde_json::Value::Object(fields) => {
            for (name, value) in fields {
                let is_named = DOCUMENT.split('`').skip(1).step_by(2).any(|code| {
                    code.split(|c: char| !c.is_alphanumeric() && c != '_')
                        .any(|word| word == name)
                });
                assert!(is_named, "the field {name} is not described");
                check_fields(value);
            }
        }
        serde_json::Value::Array(items) => items.iter().for_each(check_fields),
        _ => {}
    }
}
