//! What every blob store must do: one suite, run on each implementation.

use std::io::Read as _;
use std::time::Duration;

use bytes::Bytes;
use muse_wire::api::push::PresignedRequest;
use muse_wire::id::{Hasher, MpackKey, PartId};
use uuid::Uuid;

use super::{BlobArea, BlobError, BlobKey, Blobs};

const LIFETIME: Duration = Duration::from_secs(60);

/// Runs everything that needs no HTTP, on a store that may already hold other blobs.
///
/// # Panics
/// Where the store breaks a rule.
pub async fn run(blobs: &Blobs) {
    what_is_put_can_be_read(blobs).await;
    files_are_taken_whole(blobs).await;
    blobs_are_written_once(blobs).await;
    missing_blobs_are_not_found(blobs).await;
    copies_keep_their_bytes_and_replace_nothing(blobs).await;
    quarantine_and_deletion_can_be_repeated(blobs).await;
    a_repositorys_blobs_are_deleted_together(blobs).await;
    blobs.ping().await.expect("a store that answers");
}

/// Runs what a client does with presigned requests. `send` makes one request with this body and
/// `Range` header, and returns the status and the body of the answer.
///
/// # Panics
/// Where the store breaks a rule.
pub async fn run_presigned(
    blobs: &Blobs,
    send: impl AsyncFn(&PresignedRequest, Vec<u8>, Option<&str>) -> (u16, Vec<u8>),
) {
    let (key, contents) = sample("presigned", 3_000_000);
    let upload = BlobKey::upload(key.repo_id(), key.mpack_key());
    let size_bytes = contents.len() as u64;
    let mut other = contents.to_vec();
    other[1_234_567] ^= 1;
    let part = BlobKey::part(key.repo_id(), PartId::of(&contents));
    for blob in [part, upload] {
        let put = blobs.presign_put(&blob, size_bytes, LIFETIME).await;
        let put = put.expect("sign");
        assert_eq!(put.method, "PUT");
        let (status, _) = send(&put, other.clone(), None).await;
        assert!((400..500).contains(&status), "other bytes: {status}");
        for _ in 0..2 {
            let (status, body) = send(&put, contents.to_vec(), None).await;
            let body = String::from_utf8_lossy(&body).into_owned();
            assert!((200..300).contains(&status), "{status} {body}");
        }
        assert_eq!(blobs.size(&blob).await.expect("size"), Some(size_bytes));
    }
    blobs.delete(&part).await.expect("delete");
    blobs.copy(&upload, &key).await.expect("copy");

    let get = blobs.presign_get(&key, LIFETIME).await.expect("sign");
    let (status, body) = send(&get, Vec::new(), None).await;
    assert_eq!((status, &body[..]), (200, &contents[..]));
    let (status, body) = send(&get, Vec::new(), Some("bytes=2999000-")).await;
    assert_eq!((status, &body[..]), (206, &contents[2_999_000..]));

    let altered = PresignedRequest {
        url: get
            .url
            .replace(&upload.mpack_key().to_hex(), &"0".repeat(64)),
        ..get.clone()
    };
    let (status, _) = send(&altered, Vec::new(), None).await;
    assert_eq!(status, 403, "an altered URL");
    blobs.delete(&key).await.expect("delete");
    let (status, _) = send(&get, Vec::new(), None).await;
    assert_eq!(status, 404, "a deleted blob");
}

async fn what_is_put_can_be_read(blobs: &Blobs) {
    let (key, contents) = sample("read", 100_000);
    blobs.put_bytes(&key, contents.clone()).await.expect("put");
    assert_eq!(blobs.size(&key).await.expect("size"), Some(100_000));

    for range in [0..100_000, 0..1, 99_999..100_000, 5..5] {
        let bytes = blobs.read_range(&key, range.clone()).await.expect("range");
        let expected = contents.slice(range.start as usize..range.end as usize);
        assert_eq!(bytes, expected, "{range:?}");
    }
    for outside in [0..100_001, 100_000..100_001, 200_000..200_001] {
        let error = blobs.read_range(&key, outside.clone()).await;
        let error = error.expect_err("a range outside the blob");
        assert!(
            matches!(error, BlobError::Store { .. }),
            "{outside:?} {error}"
        );
    }
    assert_eq!(read_all(blobs, &key).await, contents);

    let listed = blobs.list(BlobArea::Mpacks).await.expect("list");
    let entry = listed
        .iter()
        .find(|entry| entry.key == key)
        .expect("listed");
    assert_eq!(entry.size_bytes, 100_000);
    assert!(
        entry.modified_ms > 1_500_000_000_000,
        "{}",
        entry.modified_ms
    );
    blobs.delete(&key).await.expect("delete");
}

async fn files_are_taken_whole(blobs: &Blobs) {
    // More than one part where a store takes parts.
    let (key, contents) = sample("file", 20_000_000);
    let file = tempfile::NamedTempFile::new_in(blobs.staging_dir()).expect("a temporary file");
    std::fs::write(file.path(), &contents).expect("write");
    blobs.put_file(&key, file.path()).await.expect("put");
    drop(file);
    assert_eq!(read_all(blobs, &key).await, contents);
    blobs.delete(&key).await.expect("delete");
}

async fn blobs_are_written_once(blobs: &Blobs) {
    let (key, contents) = sample("once", 10);
    blobs.put_bytes(&key, contents.clone()).await.expect("put");
    let other = Bytes::from_static(b"other");
    blobs
        .put_bytes(&key, other.clone())
        .await
        .expect("put again");
    let file = tempfile::NamedTempFile::new_in(blobs.staging_dir()).expect("a temporary file");
    std::fs::write(file.path(), &other).expect("write");
    blobs.put_file(&key, file.path()).await.expect("put a file");
    assert_eq!(read_all(blobs, &key).await, contents);
    blobs.delete(&key).await.expect("delete");
}

async fn missing_blobs_are_not_found(blobs: &Blobs) {
    let (key, _) = sample("missing", 1);
    assert_eq!(blobs.size(&key).await.expect("size"), None);
    let error = blobs.read_range(&key, 0..1).await.expect_err("missing");
    assert!(matches!(error, BlobError::NotFound(_)), "{error}");
    let error = blobs.reader(&key).await.map(drop).expect_err("missing");
    assert!(matches!(error, BlobError::NotFound(_)), "{error}");
    let upload = BlobKey::upload(key.repo_id(), key.mpack_key());
    let error = blobs.copy(&upload, &key).await.expect_err("missing");
    assert!(matches!(error, BlobError::NotFound(_)), "{error}");
}

async fn copies_keep_their_bytes_and_replace_nothing(blobs: &Blobs) {
    let (key, contents) = sample("copy", 1000);
    let upload = BlobKey::upload(key.repo_id(), key.mpack_key());
    let pinned = BlobKey::pinned(key.repo_id(), key.mpack_key(), Uuid::new_v4());
    blobs
        .put_bytes(&upload, contents.clone())
        .await
        .expect("put");
    blobs.copy(&upload, &pinned).await.expect("copy");
    assert_eq!(read_all(blobs, &upload).await, contents, "it stays");

    blobs.delete(&upload).await.expect("delete");
    let other = Bytes::from_static(b"swapped during the check");
    blobs.put_bytes(&upload, other).await.expect("upload again");
    assert_eq!(read_all(blobs, &pinned).await, contents);
    blobs.copy(&pinned, &key).await.expect("copy");
    blobs.copy(&upload, &key).await.expect("copy again");
    assert_eq!(read_all(blobs, &key).await, contents);
    let listed = blobs.list(BlobArea::Pinned).await.expect("list");
    assert!(listed.iter().any(|entry| entry.key == pinned));
    for key in [upload, pinned, key] {
        blobs.delete(&key).await.expect("delete");
    }
}

async fn quarantine_and_deletion_can_be_repeated(blobs: &Blobs) {
    let (key, contents) = sample("quarantine", 1000);
    blobs.put_bytes(&key, contents.clone()).await.expect("put");
    for _ in 0..2 {
        blobs.quarantine(&key).await.expect("quarantine");
        assert_eq!(blobs.size(&key).await.expect("size"), None);
    }
    let quarantined = BlobKey::quarantined(key.repo_id(), key.mpack_key());
    assert_eq!(read_all(blobs, &quarantined).await, contents);
    for _ in 0..2 {
        blobs.delete(&quarantined).await.expect("delete");
    }
    assert_eq!(blobs.size(&quarantined).await.expect("size"), None);
}

/// Contents that differ by `name`, and their final key, in a repository of their own.
fn sample(name: &str, size_bytes: usize) -> (BlobKey, Bytes) {
    let contents: Vec<u8> = name.bytes().cycle().take(size_bytes).collect();
    let key = BlobKey::mpack(Uuid::new_v4(), key_of(&contents));
    (key, contents.into())
}

/// The key of an mpack of these bytes.
pub(crate) fn key_of(mpack: &[u8]) -> MpackKey {
    let mut hasher = Hasher::new();
    hasher.update(mpack);
    MpackKey::from_bytes(hasher.finish())
}

async fn read_all(blobs: &Blobs, key: &BlobKey) -> Bytes {
    let mut reader = blobs.reader(key).await.expect("reader");
    let read = tokio::task::spawn_blocking(move || {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).map(|_| bytes)
    });
    let bytes = read.await.expect("no panic").expect("read");
    bytes.into()
}

async fn a_repositorys_blobs_are_deleted_together(blobs: &Blobs) {
    let (kept, contents) = sample("another repository", 10);
    blobs.put_bytes(&kept, contents).await.expect("put");
    let repo_id = Uuid::new_v4();
    let mut keys = Vec::new();
    for number in 0..3_u8 {
        let (own, contents) = sample(&format!("mpack {number}"), 10);
        for key in [
            BlobKey::upload(repo_id, own.mpack_key()),
            BlobKey::mpack(repo_id, own.mpack_key()),
            BlobKey::quarantined(repo_id, own.mpack_key()),
        ] {
            blobs.put_bytes(&key, contents.clone()).await.expect("put");
            keys.push(key);
        }
    }
    for _ in 0..2 {
        blobs.delete_repo(repo_id).await.expect("deleted");
        for key in &keys {
            assert_eq!(blobs.size(key).await.expect("size"), None, "{key}");
        }
    }
    assert_eq!(blobs.size(&kept).await.expect("size"), Some(10));
}
