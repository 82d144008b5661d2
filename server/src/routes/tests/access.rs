//! Who may do what.

use std::num::NonZeroU32;

use reqwest::Method;
use reqwest::header::AUTHORIZATION;

use super::{CLOSED, Hub, OPEN, RequestExt as _, refusal};
use crate::store::Actor;

const WRONG: &str = "muse_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

#[tokio::test]
async fn reading_follows_the_matrix() {
    let hub = Hub::start().await;
    let (ada, bob, root) = (Some(&*hub.ada_reads), Some(&*hub.bob), Some(&*hub.root));
    for (repo, token, expected) in [
        (OPEN, None, 200),
        (OPEN, ada, 200),
        (OPEN, bob, 200),
        (OPEN, Some(WRONG), 401),
        (CLOSED, None, 404),
        (CLOSED, ada, 200),
        (CLOSED, bob, 404),
        (CLOSED, root, 200),
        (CLOSED, Some(WRONG), 401),
        ("ada/missing", None, 404),
        ("ada/missing", ada, 404),
        ("ada/missing", Some(WRONG), 401),
    ] {
        let mut request = hub.get(&format!("{repo}/refs"));
        if let Some(token) = token {
            request = request.bearer(token);
        }
        assert_eq!(request.status().await, expected, "{repo} {token:?}");
    }
}

#[tokio::test]
async fn writing_follows_the_matrix() {
    let hub = Hub::start().await;
    let (ada, reads) = (Some(&*hub.ada), Some(&*hub.ada_reads));
    let (bob, root) = (Some(&*hub.bob), Some(&*hub.root));
    for (repo, token, expected) in [
        (OPEN, None, 401),
        (OPEN, Some(WRONG), 401),
        (OPEN, bob, 403),
        (OPEN, reads, 403),
        (OPEN, ada, 200),
        (OPEN, root, 200),
        (CLOSED, None, 401),
        (CLOSED, bob, 404),
        (CLOSED, reads, 403),
        (CLOSED, ada, 200),
        ("ada/missing", None, 401),
        ("ada/missing", ada, 404),
    ] {
        let mut request = hub.request(Method::PATCH, &format!("api/repos/{repo}"));
        if let Some(token) = token {
            request = request.bearer(token);
        }
        assert_eq!(
            request.json("{}").status().await,
            expected,
            "{repo} {token:?}"
        );
    }
}

#[tokio::test]
async fn a_missing_or_misspelt_token_is_asked_for() {
    let hub = Hub::start().await;
    for header in ["Basic YWRhOg==", "Bearer", "", "muse_x"] {
        let request = hub.get("api/whoami").header(AUTHORIZATION, header);
        let response = request.answer().await;
        assert_eq!(response.status(), 401, "{header:?}");
        assert!(response.headers().contains_key("www-authenticate"));
    }
    let response = hub.get("api/whoami").answer().await;
    assert_eq!(response.status(), 401);
    assert!(response.headers().contains_key("x-request-id"));
}

#[tokio::test]
async fn a_revoked_token_is_no_longer_valid() {
    let hub = Hub::start().await;
    let store = hub.server.store();
    let tokens = store.tokens(None).await.expect("tokens");
    let bob = tokens.iter().find(|token| token.user == "bob");
    let whoami = || hub.get("api/whoami").bearer(&hub.bob);
    assert_eq!(whoami().status().await, 200);
    let revoked = store
        .revoke_token(bob.expect("bob's").id, Actor::Operator)
        .await;
    assert!(revoked.expect("revoked"));
    assert_eq!(whoami().status().await, 401);
}

#[tokio::test]
async fn a_minute_takes_so_many_requests_of_each() {
    let hub = Hub::start_with(|config| config.max_requests_per_minute = NonZeroU32::new(3)).await;
    let refs = format!("{OPEN}/refs");
    for token in [Some(&hub.ada), Some(&hub.bob), None] {
        let get = || match token {
            Some(token) => hub.get(&refs).bearer(token),
            None => hub.get(&refs),
        };
        for _ in 0..3 {
            assert_eq!(get().status().await, 200);
        }
        let refused = get().answer().await;
        assert_eq!(refused.status(), 429);
        assert!(refused.headers().contains_key("retry-after"));
        assert_eq!(get().problem().await, refusal(429, "too_many_requests"));
    }
    let other_token = hub.get(&refs).bearer(&hub.ada_reads);
    assert_eq!(
        other_token.status().await,
        429,
        "the user counts, not the token"
    );
    assert_eq!(hub.get("readyz").status().await, 200);
}
