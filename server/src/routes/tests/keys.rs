//! Keys that users sign commits with.

use muse_wire::api::key::{KeyListResponse, KeyResponse};
use muse_wire::commit::PublicKey;
use muse_wire::limits::{MAX_KEY_NAME_BYTES, MAX_USER_KEYS};
use muse_wire::name::RepoName;
use reqwest::Method;

use super::{CLOSED, Hub, RequestExt as _, refusal};
use crate::admin::{self, TokenOptions};
use crate::store::audit::AuditFilter;
use crate::store::tokens::Scope;

fn key(secret: u8) -> PublicKey {
    let key = ed25519_dalek::SigningKey::from_bytes(&[secret; 32]);
    PublicKey::from_bytes(key.verifying_key().to_bytes())
}

fn body(key: &PublicKey, name: &str) -> String {
    serde_json::json!({"public_key": key, "name": name}).to_string()
}

#[tokio::test]
async fn a_key_is_registered_listed_and_removed() {
    let hub = Hub::start().await;
    let post = |name: &str| {
        let request = hub.request(Method::POST, "api/keys").bearer(&hub.ada);
        request.json(&body(&key(1), name))
    };
    assert_eq!(post("laptop").status().await, 201);
    assert_eq!(post("laptop").status().await, 200);
    let renamed: KeyResponse = post("desk").decoded().await;
    assert_eq!((renamed.public_key, &*renamed.name), (key(1), "desk"));
    // Whoever may only read sees them, too; others do not.
    let list = async |token: &str| -> Vec<KeyResponse> {
        let listed: KeyListResponse = hub.get("api/keys").bearer(token).decoded().await;
        listed.keys
    };
    assert_eq!(list(&hub.ada_reads).await, [renamed]);
    assert_eq!(list(&hub.bob).await, []);

    let delete = |token: &str, path: &str| {
        let path = format!("api/keys/{path}");
        hub.request(Method::DELETE, &path).bearer(token)
    };
    let hex = key(1).to_hex();
    let unknown = refusal(404, "not_found");
    assert_eq!(delete(&hub.bob, &hex).problem().await, unknown);
    assert_eq!(delete(&hub.ada, "x").problem().await, unknown);
    assert_eq!(delete(&hub.ada, &hex).status().await, 204);
    assert_eq!(delete(&hub.ada, &hex).problem().await, unknown);
    assert_eq!(list(&hub.ada).await, []);

    let filter = AuditFilter {
        repo: None,
        user: Some("ada".to_owned()),
    };
    let log = hub.server.store().audit_log(&filter, 3).await;
    let log = log.expect("read").into_iter();
    let acts: Vec<_> = log.map(|entry| (entry.act, entry.actor)).collect();
    let by_ada =
        ["key.remove", "key.rename", "key.add"].map(|act| (act.to_owned(), Some("ada".to_owned())));
    assert_eq!(acts, by_ada);
}

#[tokio::test]
async fn keys_are_changed_with_tokens_that_are_good_for_everything() {
    let hub = Hub::start().await;
    let closed = RepoName::parse(CLOSED).expect("valid");
    let options = TokenOptions {
        repo: Some(&closed),
        ..TokenOptions::default()
    };
    let deploy = admin::create_token(hub.server.store(), "ada", Scope::Write, &options).await;
    let deploy = deploy.expect("made").expose().to_owned();
    let path = format!("api/keys/{}", key(1).to_hex());
    for token in [&hub.ada_reads, &deploy] {
        let post = hub.request(Method::POST, "api/keys").bearer(token);
        let post = post.json(&body(&key(1), "laptop"));
        assert_eq!(post.problem().await, refusal(403, "forbidden"));
        let delete = hub.request(Method::DELETE, &path).bearer(token);
        assert_eq!(delete.problem().await, refusal(403, "forbidden"));
        assert_eq!(hub.get("api/keys").bearer(token).status().await, 200);
    }
    let nobody = hub.get("api/keys").problem().await;
    assert_eq!(nobody, refusal(401, "unauthorized"));
}

#[tokio::test]
async fn keys_and_their_names_are_checked() {
    let hub = Hub::start().await;
    let post = async |body: &str| {
        let request = hub.request(Method::POST, "api/keys").bearer(&hub.ada);
        request.json(body).problem().await
    };
    let zero = PublicKey::from_bytes([0; PublicKey::BYTES]);
    for body in [
        body(&zero, "no signature verifies with it"),
        body(&key(1), ""),
        body(&key(1), "two\nlines"),
        body(&key(1), &"x".repeat(MAX_KEY_NAME_BYTES + 1)),
        format!(
            r#"{{"public_key": "{}", "name": "no prefix"}}"#,
            key(1).to_hex()
        ),
        r#"{"name": "no key"}"#.to_owned(),
    ] {
        assert_eq!(post(&body).await, refusal(400, "bad_request"), "{body}");
    }
    for number in 0..MAX_USER_KEYS {
        let secret = u8::try_from(number).expect("few");
        let request = hub.request(Method::POST, "api/keys").bearer(&hub.ada);
        let request = request.json(&body(&key(secret), "key"));
        assert_eq!(request.status().await, 201);
    }
    let more = post(&body(&key(u8::MAX), "key")).await;
    assert_eq!(more, refusal(409, "too_many_keys"));
}
