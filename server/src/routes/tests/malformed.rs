//! Requests that `muse` never makes.

use bytes::Bytes;
use futures::stream;
use muse_wire::api::MPACK_MEDIA_TYPE;
use muse_wire::api::push::StreamControl;
use muse_wire::api::refs::NegotiateRequest;
use muse_wire::id::{CommitId, MpackKey};
use muse_wire::limits::{MAX_CONTROL_BODY_BYTES, MAX_NEGOTIATE_IDS, STREAM_MAX_BYTES};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Body, Method};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::sample::{Sample, stream_body};
use super::{Hub, OPEN, RequestExt as _, refusal};

fn negotiate(hub: &Hub) -> reqwest::RequestBuilder {
    hub.request(Method::POST, &format!("{OPEN}/negotiate"))
}

#[tokio::test]
async fn bodies_that_do_not_decode_are_refused() {
    let hub = Hub::start().await;
    for body in [
        &b""[..],
        b"\xc1",
        b"\x81\xa7commits\xdd\xff\xff\xff\xff",
        b"[]",
        &[0x91; 9999],
    ] {
        let request = negotiate(&hub).body(body.to_vec());
        assert_eq!(request.problem().await, refusal(400, "bad_request"));
    }
    let request = negotiate(&hub).header(CONTENT_TYPE, "text/plain");
    let request = request.body("{}");
    assert_eq!(
        request.problem().await,
        refusal(415, "unsupported_media_type")
    );
    let commits = vec![CommitId::from_bytes([0; 32]); MAX_NEGOTIATE_IDS + 1];
    let path = format!("{OPEN}/negotiate");
    let request = hub.post(
        &path,
        &NegotiateRequest {
            commits,
            refs: Vec::new(),
        },
    );
    assert_eq!(request.problem().await, refusal(400, "bad_request"));
}

#[tokio::test]
async fn large_bodies_are_refused_announced_or_not() {
    let hub = Hub::start().await;
    let body = vec![0; MAX_CONTROL_BODY_BYTES + 1];
    let request = negotiate(&hub).body(body);
    assert_eq!(request.problem().await, refusal(413, "body_too_large"));

    let pieces = (0..=MAX_CONTROL_BODY_BYTES / 65_536)
        .map(|_| Ok::<_, std::io::Error>(Bytes::from(vec![0; 65_536])));
    let request = negotiate(&hub).body(Body::wrap_stream(stream::iter(pieces)));
    assert_eq!(request.problem().await, refusal(413, "body_too_large"));
}

#[tokio::test]
async fn wrong_methods_name_the_right_ones() {
    let hub = Hub::start().await;
    let response = hub.request(Method::DELETE, "api/repos").answer().await;
    assert_eq!(response.status(), 405);
    assert_eq!(response.headers()["allow"], "GET, POST");
}

#[tokio::test]
async fn paths_are_never_decoded() {
    let hub = Hub::start().await;
    for path in [
        "/",
        "/ada",
        "/ada/open",
        "/ada/open/",
        "/ada/open/refs/",
        "/ada/..%2fopen/refs",
        "/ada/%2e%2e/refs",
        "/ada%2fopen/refs",
        "//open/refs",
        "/ada//refs",
        "/ADA/open/refs",
        "/blobs/..%2f..%2fmusehub.sqlite",
        "/blobs/../secret",
        "/blobs/%2e%2e/secret",
        "/ada/open/objects/sha256:00",
        "/ada/open/objects/..%2f",
        "/ada/open/push/jobs/1",
        "/ada/open\u{0}/refs",
        "/api/repos/ada/..",
    ] {
        let status = raw_status(
            &hub,
            format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes(),
        )
        .await;
        assert!(matches!(status, 400 | 404), "{path:?} {status}");
    }
}

#[tokio::test]
async fn what_is_no_http_is_answered_as_such() {
    let hub = Hub::start().await;
    assert_eq!(
        raw_status(
            &hub,
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"
        )
        .await,
        400
    );
    let mut large = b"GET /healthz HTTP/1.1\r\nhost: x\r\nx: ".to_vec();
    large.resize(1024 * 1024, b'a');
    assert_eq!(raw_status(&hub, &large).await, 431);
}

#[tokio::test]
async fn malformed_streams_are_refused() {
    let hub = Hub::start().await;
    let sample = Sample::new(b"contents");
    let good = stream_body(&sample.control(), &sample.mpack);
    let mut other_key = sample.control();
    other_key.mpack.as_mut().expect("an mpack").mpack_key = MpackKey::from_bytes([1; 32]);
    let mut large = sample.control();
    large.mpack.as_mut().expect("an mpack").size_bytes = STREAM_MAX_BYTES;
    let mut huge_length = good.clone();
    huge_length[1..9].fill(0xff);
    let nothing = StreamControl {
        updates: Vec::new(),
        mpack: None,
    };
    for (what, body, status) in [
        ("empty", vec![], 400),
        ("another tag", vec![b'X'; 100], 400),
        ("a huge length", huge_length, 413),
        ("a cut control frame", good[..20].to_vec(), 400),
        ("a cut mpack", good[..good.len() - 1].to_vec(), 400),
        ("bytes after the mpack", [&good[..], b"x"].concat(), 400),
        ("another key", stream_body(&other_key, &sample.mpack), 422),
        ("a large mpack", stream_body(&large, &sample.mpack), 413),
        ("bytes after no mpack", stream_body(&nothing, b"x"), 400),
    ] {
        let request = hub.request(Method::POST, &format!("{OPEN}/push/stream"));
        let request = request.bearer(&hub.ada).body(body);
        assert_eq!(request.problem().await.0, status, "{what}");
    }
    for (media_type, status) in [
        ("application/msgpack", 415),
        ("application/octet-stream", 415),
        (MPACK_MEDIA_TYPE, 200),
    ] {
        let request = hub.request(Method::POST, &format!("{OPEN}/push/stream"));
        let request = request.bearer(&hub.ada).header(CONTENT_TYPE, media_type);
        let answer = request.body(good.clone()).send().await.expect("answered");
        assert_eq!(answer.status(), status, "{media_type}");
    }
    let staging = hub.blobs.staging_dir().to_owned();
    let left = std::fs::read_dir(staging).expect("list").count();
    assert_eq!(left, 0, "temporary files stayed");
}

/// Sends bytes as they are; gives the status of what comes back.
async fn raw_status(hub: &Hub, request: &[u8]) -> u16 {
    let address = hub.server.local_addr().expect("it listens");
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    // The server may answer and close before it has all.
    let _ = stream.write_all(request).await;
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.expect("an answer");
    let text = String::from_utf8_lossy(&answer);
    text[9..12].parse().expect("a status")
}
