//! Listings of refs, and what is negotiated before a push.

use muse_wire::api::fetch::{FetchPlan, FetchRequest};
use muse_wire::api::push::StreamControl;
use muse_wire::api::refs::{NegotiateRequest, NegotiateResponse, RefsResponse};
use muse_wire::id::CommitId;
use muse_wire::limits::{MAX_NEGOTIATE_REFS, PushLimits};
use muse_wire::name::RefName;
use reqwest::Method;
use reqwest::header::{ACCEPT, ETAG, IF_NONE_MATCH};

use super::sample::{Sample, stream_body};
use super::{Hub, OPEN, RequestExt as _, refusal};
use crate::store::conformance::sample::ref_update;

/// A server whose open repository has one commit, at which `main` and these tags are.
async fn with_tags(tags: &[&str]) -> (Hub, Sample) {
    let hub = Hub::start().await;
    let sample = Sample::new(b"contents");
    push(&hub, &sample.control(), &sample.mpack).await;
    add_tags(&hub, &sample, tags).await;
    (hub, sample)
}

async fn add_tags(hub: &Hub, sample: &Sample, tags: &[&str]) {
    let tag = |tag: &&str| ref_update(&format!("refs/tags/{tag}"), None, Some(sample.commit));
    let control = StreamControl {
        updates: tags.iter().map(tag).collect(),
        mpack: None,
    };
    push(hub, &control, &[]).await;
}

async fn push(hub: &Hub, control: &StreamControl, mpack: &[u8]) {
    let request = hub.request(Method::POST, &format!("{OPEN}/push/stream"));
    let request = request.bearer(&hub.ada).body(stream_body(control, mpack));
    assert_eq!(request.status().await, 200);
}

async fn listed(hub: &Hub, query: &str) -> (Vec<String>, bool) {
    let refs: RefsResponse = hub.get(&format!("{OPEN}/refs{query}")).decoded().await;
    let names = refs.refs.iter().map(|entry| entry.name.short().to_owned());
    (names.collect(), refs.has_more)
}

#[tokio::test]
async fn a_listing_has_what_its_query_asks_for() {
    let (hub, _) = with_tags(&["v1", "v2", "v%3", "\u{e9}t\u{e9}"]).await;
    for (query, names, has_more) in [
        ("", &["main", "v%3", "v1", "v2", "\u{e9}t\u{e9}"][..], false),
        ("?limit=2", &["main", "v%3"], true),
        ("?limit=0", &[], true),
        ("?prefix=refs/heads/", &["main"], false),
        (
            "?prefix=refs%2Ftags%2Fv&after=refs/tags/v%253",
            &["v1", "v2"],
            false,
        ),
        ("?prefix=refs/tags/%C3%A9", &["\u{e9}t\u{e9}"], false),
        ("?after=refs/tags/v1&limit=1&unknown=1", &["v2"], true),
    ] {
        let (found, more) = listed(&hub, query).await;
        assert_eq!(found, names, "{query}");
        assert_eq!(more, has_more, "{query}");
    }
    for query in ["?limit=many", "?limit=-1", "?after=main"] {
        let refused = hub.get(&format!("{OPEN}/refs{query}")).problem().await;
        assert_eq!(refused, refusal(400, "bad_request"), "{query}");
    }
}

#[tokio::test]
async fn an_unchanged_listing_is_not_sent_again() {
    let (hub, sample) = with_tags(&["v1"]).await;
    let tag = async |query: &str, accept: &str| {
        let request = hub
            .get(&format!("{OPEN}/refs{query}"))
            .header(ACCEPT, accept);
        let answer = request.answer().await;
        answer.headers()[ETAG].to_str().expect("ASCII").to_owned()
    };
    let again = async |query: &str, tag: &str| {
        let request = hub.get(&format!("{OPEN}/refs{query}"));
        let answer = request.header(IF_NONE_MATCH, tag).answer().await;
        assert!(answer.headers().contains_key(ETAG));
        (
            answer.status().as_u16(),
            answer.bytes().await.expect("whole").len(),
        )
    };
    let first = tag("", "application/msgpack").await;
    assert_eq!(again("", &first).await, (304, 0));
    assert_eq!(again("", &format!("\"other\", {first}")).await, (304, 0));
    // Another query and another form are other answers.
    assert_eq!(again("?limit=1", &first).await.0, 200);
    let json = tag("", "application/json").await;
    assert_eq!(again("", &json).await.0, 200);

    add_tags(&hub, &sample, &["v2"]).await;
    assert_eq!(again("", &first).await.0, 200);
    let second = tag("", "application/msgpack").await;
    assert_eq!(again("", &second).await, (304, 0));
    let path = format!("/api/repos/{OPEN}");
    let changed = hub.request(Method::PATCH, &path).bearer(&hub.ada);
    let changed = changed.json(r#"{"default_branch":"refs/heads/trunk"}"#);
    assert_eq!(changed.status().await, 200);
    assert_eq!(again("", &second).await.0, 200);
}

#[tokio::test]
async fn a_push_learns_only_of_what_it_names() {
    let (hub, sample) = with_tags(&["v1", "v2"]).await;
    let path = format!("{OPEN}/negotiate");
    let name = |name: &str| RefName::new(name).expect("valid");
    let request = NegotiateRequest {
        commits: vec![CommitId::from_bytes([9; 32]), sample.commit],
        refs: vec![
            name("refs/tags/v2"),
            name("refs/heads/gone"),
            name("refs/heads/main"),
        ],
    };
    let answer: NegotiateResponse = hub.post(&path, &request).decoded().await;
    assert_eq!(answer.have, [sample.commit]);
    let names: Vec<_> = answer
        .refs
        .iter()
        .map(|entry| entry.name.as_str())
        .collect();
    assert_eq!(names, ["refs/heads/main", "refs/tags/v2"]);
    assert!(
        answer
            .refs
            .iter()
            .all(|entry| entry.target == sample.commit)
    );
    assert_eq!(answer.default_branch.as_str(), "refs/heads/main");
    assert_eq!(answer.limits, PushLimits::default());

    let many = NegotiateRequest {
        commits: Vec::new(),
        refs: vec![name("refs/heads/x"); MAX_NEGOTIATE_REFS + 1],
    };
    let refused = hub.post(&path, &many).problem().await;
    assert_eq!(refused, refusal(400, "bad_request"));
}

#[tokio::test]
async fn refs_are_fetched_by_name() {
    let (hub, sample) = with_tags(&["v1", "v2"]).await;
    let path = format!("{OPEN}/fetch/mpack");
    let name = |name: &str| RefName::new(name).expect("valid");
    let request = |names: &[&str]| FetchRequest {
        want_refs: names.iter().map(|one| name(one)).collect(),
        ..FetchRequest::default()
    };
    let asked = request(&["refs/tags/v2", "refs/heads/gone", "refs/heads/main"]);
    let plan: FetchPlan = hub.post(&path, &asked).decoded().await;
    assert_eq!(plan.mpacks[0].inline.as_ref(), Some(&sample.mpack));
    let found = plan.wanted_refs.iter();
    let found: Vec<_> = found.map(|at| (at.name.short(), at.target)).collect();
    assert_eq!(found, [("main", sample.commit), ("v2", sample.commit)]);

    let asked = request(&["refs/heads/gone"]);
    let nothing: FetchPlan = hub.post(&path, &asked).decoded().await;
    assert!(nothing.mpacks.is_empty() && nothing.wanted_refs.is_empty());
    let many = request(&["refs/heads/x"; MAX_NEGOTIATE_REFS + 1]);
    let refused = hub.post(&path, &many).problem().await;
    assert_eq!(refused, refusal(400, "bad_request"));
}

#[tokio::test]
async fn everything_is_fetched_without_naming_it() {
    let (hub, sample) = with_tags(&["v1"]).await;
    let path = format!("{OPEN}/fetch/mpack");
    let plan = async |have| -> FetchPlan {
        let request = FetchRequest {
            want_all: true,
            have,
            ..FetchRequest::default()
        };
        hub.post(&path, &request).decoded().await
    };
    let mpacks = plan(Vec::new()).await.mpacks;
    assert_eq!(mpacks[0].inline.as_ref(), Some(&sample.mpack));
    assert!(plan(vec![sample.commit]).await.mpacks.is_empty());
}
