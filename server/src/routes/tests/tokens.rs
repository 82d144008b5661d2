//! Tokens that are good for one repository alone, or for some time.

use std::time::Duration;

use muse_wire::api::repo::{RepoListResponse, WhoamiResponse};
use muse_wire::name::RepoName;
use reqwest::Method;

use super::{CLOSED, Hub, OPEN, RequestExt as _, refusal};
use crate::admin::{self, AdminError, TokenOptions};
use crate::store::tokens::Scope;

/// A token of ada's for the private repository alone.
async fn deploy_token(hub: &Hub, scope: Scope) -> String {
    let closed = RepoName::parse(CLOSED).expect("valid");
    let options = TokenOptions {
        repo: Some(&closed),
        ..TokenOptions::default()
    };
    let made = admin::create_token(hub.server.store(), "ada", scope, &options).await;
    made.expect("ada owns it").expose().to_owned()
}

#[tokio::test]
async fn a_deploy_token_is_good_for_its_repository_alone() {
    let hub = Hub::start().await;
    let (reads, writes) = (
        deploy_token(&hub, Scope::Read).await,
        deploy_token(&hub, Scope::Write).await,
    );
    let another = admin::create_repo(
        hub.server.store(),
        RepoName::parse("ada/another").expect("valid"),
        true,
    );
    another.await.expect("a new repository");
    for (repo, token, [fetches, pushes]) in [
        (CLOSED, &reads, [200, 403]),
        (CLOSED, &writes, [200, 400]),
        (OPEN, &writes, [200, 403]),
        ("ada/another", &writes, [404, 404]),
    ] {
        let fetch = hub.get(&format!("{repo}/refs")).bearer(token);
        assert_eq!(fetch.status().await, fetches, "{repo}");
        // A body that is refused by all who may push.
        let push = hub.request(Method::POST, &format!("{repo}/push/presign"));
        let push = push.bearer(token).json("{}");
        assert_eq!(push.status().await, pushes, "{repo}");
        let rename = hub.request(Method::PATCH, &format!("api/repos/{repo}"));
        let rename = rename.bearer(token).json("{}");
        assert!(matches!(rename.status().await, 403 | 404), "{repo}");
    }
    let create = hub.request(Method::POST, "api/repos").bearer(&writes);
    let create = create.json(r#"{"slug":"new"}"#);
    assert_eq!(create.problem().await, refusal(403, "forbidden"));
    let listed: RepoListResponse = hub.get("api/repos").bearer(&writes).decoded().await;
    let [repo] = listed.repos.as_slice() else {
        panic!("one repository is in reach: {listed:?}");
    };
    assert_eq!(repo.slug, "closed");
    let who: WhoamiResponse = hub.get("api/whoami").bearer(&writes).decoded().await;
    assert_eq!((who.repo.as_deref(), who.expires_at), (Some(CLOSED), None));
}

#[tokio::test]
async fn a_deploy_token_takes_a_role_and_never_administers() {
    let hub = Hub::start().await;
    let closed = RepoName::parse(CLOSED).expect("valid");
    let options = TokenOptions {
        repo: Some(&closed),
        ..TokenOptions::default()
    };
    let store = hub.server.store();
    let strangers = admin::create_token(store, "bob", Scope::Read, &options).await;
    assert!(matches!(strangers, Err(AdminError::LacksRole { .. })));
    let admins = admin::create_token(store, "ada", Scope::Admin, &options).await;
    assert!(matches!(admins, Err(AdminError::AdminOfOneRepo)));
}

#[tokio::test]
async fn a_token_ends_by_itself() {
    let hub = Hub::start().await;
    let make = async |seconds| {
        let options = TokenOptions {
            lifetime: Some(Duration::from_secs(seconds)),
            ..TokenOptions::default()
        };
        let made = admin::create_token(hub.server.store(), "ada", Scope::Read, &options).await;
        made.expect("made").expose().to_owned()
    };
    let (valid, expired) = (make(3_600).await, make(0).await);
    let who: WhoamiResponse = hub.get("api/whoami").bearer(&valid).decoded().await;
    assert!(who.expires_at.is_some());
    let response = hub.get("api/whoami").bearer(&expired).answer().await;
    assert_eq!(response.status(), 401);
    let text = response.text().await.expect("a body");
    assert!(text.contains("the token has expired"), "{text}");
}

#[tokio::test]
async fn whoever_sends_wrong_tokens_again_and_again_is_asked_to_wait() {
    let hub = Hub::start().await;
    let wrong = || hub.get("api/whoami").bearer("muse_wrong");
    for _ in 0..20 {
        assert_eq!(wrong().problem().await, refusal(401, "unauthorized"));
    }
    let response = wrong().answer().await;
    assert_eq!(response.status(), 429);
    assert!(response.headers().contains_key("retry-after"));
    // Others behind the same address go on.
    assert_eq!(hub.get("api/whoami").bearer(&hub.ada).status().await, 200);
    assert_eq!(hub.get(&format!("{OPEN}/refs")).status().await, 200);
}
