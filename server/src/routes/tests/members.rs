//! What the members of a repository may do.

use muse_wire::api::refs::RefsResponse;
use muse_wire::api::repo::RepoListResponse;
use muse_wire::name::RepoName;
use reqwest::Method;

use super::sample::{Sample, stream_body};
use super::{CLOSED, Hub, OPEN, RequestExt as _, refusal};
use crate::admin::{self, TokenOptions};
use crate::store::members::Role;
use crate::store::tokens::Scope;

/// The status of bob's calls to a repository, each of which takes another role.
async fn calls(hub: &Hub, repo: &str, token: &str) -> [u16; 5] {
    let patch = async |body: &str| {
        let request = hub.request(Method::PATCH, &format!("api/repos/{repo}"));
        request.bearer(token).json(body).status().await
    };
    let fetch = hub.get(&format!("{repo}/refs")).bearer(token);
    let push = hub.request(Method::POST, &format!("{repo}/push/presign"));
    let announced = r#"{"mpack_key":"sha256:00","size_bytes":1,"counts":{},"updates":[]}"#;
    [
        fetch.status().await,
        // A body that is refused by all who may push.
        push.bearer(token).json(announced).status().await,
        patch(r#"{"default_branch":"refs/heads/main"}"#).await,
        patch(r#"{"private":true}"#).await,
        patch(r#"{"slug":"closed"}"#).await,
    ]
}

#[tokio::test]
async fn each_role_allows_what_the_one_before_it_does_and_more() {
    let hub = Hub::start().await;
    let closed = RepoName::parse(CLOSED).expect("valid");
    let store = hub.server.store();
    assert_eq!(calls(&hub, CLOSED, &hub.bob).await, [404; 5]);
    for (role, expected) in [
        (Role::Read, [200, 403, 403, 403, 403]),
        (Role::Write, [200, 400, 403, 403, 403]),
        (Role::Maintain, [200, 400, 200, 403, 403]),
        (Role::Admin, [200, 400, 200, 200, 200]),
    ] {
        let added = admin::add_member(store, &closed, "bob", role).await;
        added.expect("bob is no owner");
        assert_eq!(calls(&hub, CLOSED, &hub.bob).await, expected, "{role:?}");
    }
    // A token allows no more than its scope, whatever its user may do.
    let reads = admin::create_token(store, "bob", Scope::Read, &TokenOptions::default()).await;
    let reads = reads.expect("made");
    let expected = [200, 403, 403, 403, 403];
    assert_eq!(calls(&hub, CLOSED, reads.expose()).await, expected);
    // In one repository alone.
    assert_eq!(calls(&hub, OPEN, &hub.bob).await, [200, 403, 403, 403, 403]);

    let removed = admin::remove_member(store, &closed, "bob").await;
    removed.expect("bob was a member");
    assert_eq!(calls(&hub, CLOSED, &hub.bob).await, [404; 5]);
}

#[tokio::test]
async fn members_push_and_delete_as_their_role_says() {
    let hub = Hub::start().await;
    let closed = RepoName::parse(CLOSED).expect("valid");
    let store = hub.server.store();
    let role = async |role| {
        let added = admin::add_member(store, &closed, "bob", role).await;
        added.expect("bob is no owner");
    };
    role(Role::Write).await;
    let sample = Sample::new(b"bob's");
    let body = stream_body(&sample.control(), &sample.mpack);
    let push = hub.request(Method::POST, &format!("{CLOSED}/push/stream"));
    let push = push.bearer(&hub.bob).body(body);
    assert_eq!(push.status().await, 200);
    let refs = hub.get(&format!("{CLOSED}/refs")).bearer(&hub.bob);
    let refs: RefsResponse = refs.decoded().await;
    assert_eq!(refs.refs[0].target, sample.commit);
    let repos = hub.get("api/repos").bearer(&hub.bob);
    let repos: RepoListResponse = repos.decoded().await;
    assert_eq!(repos.repos[0].slug, "closed");

    let delete = || {
        let request = hub.request(Method::DELETE, &format!("api/repos/{CLOSED}"));
        request.bearer(&hub.bob)
    };
    assert_eq!(delete().problem().await, refusal(403, "forbidden"));
    role(Role::Maintain).await;
    assert_eq!(delete().problem().await, refusal(403, "forbidden"));
    role(Role::Admin).await;
    assert_eq!(delete().status().await, 204);
}
