//! Single objects.

use muse_wire::api::push::{RefUpdate, StreamControl, StreamedMpack};
use muse_wire::id::{CommitId, ObjectId};
use muse_wire::name::RepoName;
use reqwest::Method;
use reqwest::header::{IF_NONE_MATCH, RANGE};

use super::sample::{Sample, stream_body};
use super::{CLOSED, Hub, OPEN, RequestExt as _, refusal};
use crate::blobs::conformance::key_of;
use crate::sandbox::{Project, update};
use crate::store::Actor;

/// Bytes that make many chunks and do not compress to nothing.
fn contents() -> Vec<u8> {
    (0..9_000_000_u32)
        .flat_map(|i| (i ^ (i >> 7)).to_le_bytes())
        .collect()
}

#[tokio::test]
async fn objects_come_whole_or_by_range() {
    let hub = Hub::start().await;
    let contents = contents();
    let sample = Sample::new(&contents);
    let body = stream_body(&sample.control(), &sample.mpack);
    let request = hub.request(Method::POST, &format!("{CLOSED}/push/stream"));
    assert_eq!(request.bearer(&hub.ada).body(body).status().await, 200);

    let path = format!("{CLOSED}/objects/{}", sample.object);
    let at = |method| hub.request(method, &path).bearer(&hub.ada);
    let response = at(Method::GET).answer().await;
    assert_eq!(response.status(), 200);
    let etag = format!("\"{}\"", sample.object.to_hex());
    assert_eq!(response.headers()["etag"], etag);
    let caching = response.headers()["cache-control"].to_str().expect("ASCII");
    assert!(caching.contains("private") && caching.contains("immutable"));
    assert_eq!(response.content_length(), Some(contents.len() as u64));
    assert_eq!(response.bytes().await.expect("a body"), contents);

    let middle = 16 * 1024 * 1024;
    for (range, expected) in [
        ("bytes=0-9".to_owned(), 0..10),
        (
            format!("bytes={}-{}", middle - 5, middle + 4),
            middle - 5..middle + 5,
        ),
        ("bytes=-3".to_owned(), contents.len() - 3..contents.len()),
    ] {
        let response = at(Method::GET).header(RANGE, &range).answer().await;
        assert_eq!(response.status(), 206, "{range}");
        let total = contents.len();
        let described = format!("bytes {}-{}/{total}", expected.start, expected.end - 1);
        assert_eq!(response.headers()["content-range"], described);
        assert_eq!(response.bytes().await.expect("a body"), contents[expected]);
    }
    let outside = format!("bytes={}-", contents.len());
    let response = at(Method::GET).header(RANGE, outside).answer().await;
    assert_eq!(response.status(), 416);
    let cached = at(Method::GET).header(IF_NONE_MATCH, &etag).answer().await;
    assert_eq!(cached.status(), 304);
    let response = at(Method::HEAD).answer().await;
    assert_eq!(
        response.headers()["content-length"],
        contents.len().to_string()
    );

    // A chunk is no object.
    let (store, name) = (hub.server.store(), RepoName::parse(CLOSED));
    let repo = store.repo(&name.expect("valid")).await.expect("asked");
    let ids = [sample.object];
    let lists = store.large_objects(repo.expect("there").id, &ids).await;
    let (chunk, _) = lists.expect("asked")[&sample.object].chunks[0];
    let request = hub.get(&format!("{CLOSED}/objects/{chunk}"));
    let answer = request.bearer(&hub.ada).problem().await;
    assert_eq!(answer, refusal(404, "not_found"));

    // Known elsewhere is not known here, and a private repository is not there at all.
    assert_eq!(hub.get(&path).problem().await, refusal(404, "not_found"));
    let other = hub.get(&format!("{}/objects/{}", OPEN, sample.object));
    assert_eq!(other.problem().await, refusal(404, "not_found"));
    let unknown = format!("{CLOSED}/objects/{}", ObjectId::of(b"unknown"));
    let request = hub.get(&unknown).bearer(&hub.ada);
    assert_eq!(request.problem().await, refusal(404, "not_found"));
}

#[tokio::test]
async fn contents_of_a_deleted_branch_are_not_found() {
    let hub = Hub::start().await;
    let mut project = Project::default();
    let first = project.add(&[], &[("file", Some("kept"))]);
    let dev = project.add(&[first], &[("file", Some("given up"))]);
    let push = async |mpack: Option<&[CommitId]>, update: RefUpdate| {
        let mpack = mpack.map(|commits| project.mpack(commits));
        let control = StreamControl {
            updates: vec![update],
            mpack: mpack.as_ref().map(|mpack| StreamedMpack {
                mpack_key: key_of(mpack),
                size_bytes: mpack.len() as u64,
            }),
        };
        let body = stream_body(&control, &mpack.unwrap_or_default());
        let request = hub.request(Method::POST, &format!("{OPEN}/push/stream"));
        assert_eq!(request.bearer(&hub.ada).body(body).status().await, 200);
    };
    let status = async |contents: &[u8]| {
        let id = ObjectId::of(contents);
        hub.get(&format!("{OPEN}/objects/{id}")).status().await
    };
    push(Some(&[first, dev]), update("main", None, Some(first))).await;
    assert_eq!(
        (status(b"kept").await, status(b"given up").await),
        (200, 404)
    );
    push(Some(&[dev]), update("dev", None, Some(dev))).await;
    assert_eq!(
        (status(b"kept").await, status(b"given up").await),
        (200, 200)
    );
    push(None, update("dev", Some(dev), None)).await;
    assert_eq!(
        (status(b"kept").await, status(b"given up").await),
        (200, 404)
    );
    let head = hub.request(
        Method::HEAD,
        &format!("{OPEN}/objects/{}", ObjectId::of(b"given up")),
    );
    assert_eq!(head.status().await, 404);
}

#[tokio::test]
async fn a_blocked_object_is_not_given() {
    let hub = Hub::start().await;
    let sample = Sample::new(b"contents");
    let body = stream_body(&sample.control(), &sample.mpack);
    let request = hub.request(Method::POST, &format!("{OPEN}/push/stream"));
    assert_eq!(request.bearer(&hub.ada).body(body).status().await, 200);
    let blocked = hub
        .server
        .store()
        .block_object(&sample.object, "takedown", Actor::Operator)
        .await;
    blocked.expect("blocked");
    let request = hub.get(&format!("{OPEN}/objects/{}", sample.object));
    assert_eq!(request.problem().await, refusal(451, "blocked"));
}
