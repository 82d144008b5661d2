//! Presigned requests against the server itself.

use std::time::Duration;

use bytes::Bytes;
use futures::{SinkExt as _, channel::mpsc};
use muse_wire::api::push::PresignedRequest;
use reqwest::header::RANGE;
use reqwest::{Body, Method, RequestBuilder};
use tokio::net::TcpStream;
use uuid::Uuid;

use super::{Hub, RequestExt as _, refusal};
use crate::blobs::BlobKey;
use crate::blobs::conformance::{self, key_of};

const LIFETIME: Duration = Duration::from_secs(60);

fn send(hub: &Hub, signed: &PresignedRequest) -> RequestBuilder {
    let method = signed.method.parse::<Method>().expect("a method");
    hub.request(method, &signed.url)
}

async fn put_request(hub: &Hub, contents: &[u8], lifetime: Duration) -> PresignedRequest {
    let key = BlobKey::upload(Uuid::nil(), key_of(contents));
    let signed = hub.blobs.presign_put(&key, contents.len() as u64, lifetime);
    signed.await.expect("signed")
}

#[tokio::test]
async fn presigned_requests_conform() {
    let hub = Hub::start().await;
    conformance::run_presigned(&hub.blobs, async |signed, body, range| {
        let mut request = send(&hub, signed).body(body);
        if let Some(range) = range {
            request = request.header(RANGE, range);
        }
        let response = request.answer().await;
        let status = response.status().as_u16();
        (status, response.bytes().await.expect("a body").to_vec())
    })
    .await;
}

#[tokio::test]
async fn an_upload_is_exactly_what_was_signed() {
    let hub = Hub::start().await;
    let signed = put_request(&hub, b"contents", LIFETIME).await;
    for wrong in ["content", "contents and more", ""] {
        let refused = send(&hub, &signed).body(wrong).problem().await;
        assert_eq!(refused, refusal(400, "bad_request"), "{wrong:?}");
    }
    // Without an announced length the bytes are counted.
    let pieces = ["contents", " and more"].map(Ok::<_, std::io::Error>);
    let body = Body::wrap_stream(futures::stream::iter(pieces));
    let refused = send(&hub, &signed).body(body).problem().await;
    assert_eq!(refused, refusal(400, "bad_request"));
    let refused = send(&hub, &signed).body("CONTENTS").problem().await;
    assert_eq!(refused, refusal(422, "mpack_key_mismatch"));

    let as_get = hub.get(&signed.url).problem().await;
    assert_eq!(as_get, refusal(403, "invalid_signature"));
    let unsigned = signed.url.split_once('?').expect("a query").0;
    let refused = hub.request(Method::PUT, unsigned).body("contents");
    assert_eq!(refused.problem().await, refusal(403, "invalid_signature"));
    let expired = put_request(&hub, b"contents", Duration::ZERO).await;
    let refused = send(&hub, &expired).body("contents").problem().await;
    assert_eq!(refused, refusal(403, "invalid_signature"));

    let key = BlobKey::upload(Uuid::nil(), key_of(b"contents"));
    assert_eq!(hub.blobs.size(&key).await.expect("size"), None);
    assert_eq!(send(&hub, &signed).body("contents").status().await, 200);
    assert_eq!(hub.blobs.size(&key).await.expect("size"), Some(8));
}

#[tokio::test]
async fn a_stopping_server_lets_an_upload_end() {
    let hub = Hub::start().await;
    let signed = put_request(&hub, b"first second", LIFETIME).await;
    let (mut pieces, body) = mpsc::channel::<Result<Bytes, std::io::Error>>(1);
    let upload = tokio::spawn(send(&hub, &signed).body(Body::wrap_stream(body)).send());
    pieces.send(Ok("first".into())).await.expect("taken");
    let staging = hub.blobs.staging_dir().to_owned();
    while std::fs::read_dir(&staging).expect("list").count() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }

    let address = hub.server.local_addr().expect("it listens");
    let stopped = tokio::spawn(hub.server.stop());
    while TcpStream::connect(address).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    pieces.send(Ok(" second".into())).await.expect("taken");
    drop(pieces);
    let response = upload.await.expect("no panic").expect("an answer");
    assert_eq!(response.status(), 200);
    stopped.await.expect("no panic");
}
