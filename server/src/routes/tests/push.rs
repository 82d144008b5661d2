//! Pushes and fetches over HTTP, as far as HTTP is concerned.

use muse_wire::api::fetch::{FetchPlan, FetchRequest};
use muse_wire::api::job::{JobState, JobStatus, JobsResponse};
use muse_wire::api::push::{PresignRequest, PresignResponse, UnpackRequest};
use muse_wire::api::refs::{NegotiateRequest, NegotiateResponse, RefsResponse};
use muse_wire::id::CommitId;
use reqwest::Method;

use super::sample::{Sample, stream_body};
use super::{Hub, OPEN, RequestExt as _, refusal};

fn presign_request(sample: &Sample) -> PresignRequest {
    PresignRequest {
        mpack_key: sample.key,
        size_bytes: sample.mpack.len() as u64,
        counts: sample.counts,
        updates: sample.updates(),
        parts: Vec::new(),
    }
}

fn unpack_request(sample: &Sample) -> UnpackRequest {
    UnpackRequest {
        mpack_key: sample.key,
        updates: sample.updates(),
        parts: Vec::new(),
    }
}

#[tokio::test]
async fn a_streamed_push_is_done_when_it_is_answered() {
    let hub = Hub::start().await;
    let sample = Sample::new(b"contents");
    let body = stream_body(&sample.control(), &sample.mpack);
    let request = hub.request(Method::POST, &format!("{OPEN}/push/stream"));
    let status: JobStatus = request.bearer(&hub.ada).body(body).decoded().await;
    assert_eq!(status.status, JobState::Done, "{:?}", status.error);
    assert_eq!(status.branch_head, Some(sample.commit));

    let refs: RefsResponse = hub.get(&format!("{OPEN}/refs")).decoded().await;
    assert_eq!(refs.refs[0].target, sample.commit);
    let commits = vec![CommitId::from_bytes([9; 32]), sample.commit];
    let path = format!("{OPEN}/negotiate");
    let known: NegotiateResponse = hub
        .post(
            &path,
            &NegotiateRequest {
                commits,
                refs: Vec::new(),
            },
        )
        .decoded()
        .await;
    assert_eq!(known.have, [sample.commit]);
    let request = FetchRequest {
        want: vec![sample.commit],
        ..FetchRequest::default()
    };
    let plan: FetchPlan = hub
        .post(&format!("{OPEN}/fetch/mpack"), &request)
        .decoded()
        .await;
    assert_eq!(plan.mpacks[0].inline.as_ref(), Some(&sample.mpack));
}

#[tokio::test]
async fn an_uploaded_push_is_a_job() {
    let hub = Hub::start().await;
    let sample = Sample::new(b"contents");
    let (presign, unpack) = (
        format!("{OPEN}/push/presign"),
        format!("{OPEN}/push/unpack-mpack"),
    );
    let refused = hub.post(&unpack, &unpack_request(&sample)).problem().await;
    assert_eq!(refused, refusal(422, "mpack_not_uploaded"));

    let signed: PresignResponse = hub
        .post(&presign, &presign_request(&sample))
        .decoded()
        .await;
    let upload = signed.upload.expect("a place to upload to");
    let put = hub
        .request(Method::PUT, &upload.url)
        .body(sample.mpack.clone());
    assert_eq!(put.status().await, 200);
    let again: PresignResponse = hub
        .post(&presign, &presign_request(&sample))
        .decoded()
        .await;
    assert_eq!(again.upload, None);

    let response = hub.post(&unpack, &unpack_request(&sample)).answer().await;
    assert_eq!(response.status(), 202);
    let location = response.headers()["location"]
        .to_str()
        .expect("a path")
        .to_owned();
    let response = hub
        .get(&location)
        .header("prefer", "wait=20")
        .answer()
        .await;
    assert_eq!(response.headers()["preference-applied"], "wait=20");
    let status: JobStatus =
        rmp_serde::from_slice(&response.bytes().await.expect("a body")).expect("a status");
    assert_eq!(status.status, JobState::Done, "{:?}", status.error);
    let repeated: JobStatus = hub.post(&unpack, &unpack_request(&sample)).decoded().await;
    assert_eq!(repeated.job_id, status.job_id);

    let elsewhere = location.replace(OPEN, super::CLOSED);
    let request = hub.get(&elsewhere).bearer(&hub.ada);
    assert_eq!(request.problem().await, refusal(404, "not_found"));
}

#[tokio::test]
async fn a_doomed_push_is_refused_before_any_byte() {
    let hub = Hub::start_with(|config| config.push_limits.mpack_bytes = 1000).await;
    let path = format!("{OPEN}/push/presign");
    let good = presign_request(&Sample::new(b"contents"));
    let large = PresignRequest {
        size_bytes: 1001,
        ..good.clone()
    };
    let refused = hub.post(&path, &large).problem().await;
    assert_eq!(refused, refusal(413, "mpack_too_large"));
    let mut many = good.clone();
    many.counts.objects = 100_001;
    let refused = hub.post(&path, &many).problem().await;
    assert_eq!(refused, refusal(413, "push_too_large"));
    let mut stale = good.clone();
    stale.updates[0].old = Some(CommitId::from_bytes([3; 32]));
    let refused = hub.post(&path, &stale).problem().await;
    assert_eq!(refused, refusal(409, "stale_ref"));
}

#[tokio::test]
async fn a_full_queue_asks_to_come_back() {
    let hub = Hub::start_with(|config| config.queued_jobs_per_repo = 0).await;
    let request = presign_request(&Sample::new(b"contents"));
    let response = hub
        .post(&format!("{OPEN}/push/presign"), &request)
        .answer()
        .await;
    assert_eq!(response.status(), 429);
    assert!(response.headers().contains_key("retry-after"));
}

#[tokio::test]
async fn a_list_of_jobs_is_asked_for_with_a_limit_and_a_prefix() {
    let hub = Hub::start().await;
    let list = |query: &str| {
        hub.get(&format!("{OPEN}/push/jobs?{query}"))
            .bearer(&hub.ada)
    };
    for query in ["limit=0", "limit=101", "limit=x", "prefix=x", "prefix=%25"] {
        assert_eq!(
            list(query).problem().await,
            refusal(400, "bad_request"),
            "{query}"
        );
    }
    let none: JobsResponse = list("limit=100&prefix=0-f").decoded().await;
    assert_eq!(none.jobs, []);
}
