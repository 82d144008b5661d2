//! `/api/…`.

use muse_wire::api::repo::{RepoListResponse, RepoResponse, WhoamiResponse};
use reqwest::Method;

use super::{CLOSED, Hub, OPEN, RequestExt as _, refusal};
use crate::store::audit::AuditFilter;

#[tokio::test]
async fn whoami_names_user_and_scope() {
    let hub = Hub::start().await;
    let who: WhoamiResponse = hub.get("api/whoami").bearer(&hub.ada_reads).decoded().await;
    assert_eq!((&*who.user, &*who.scope), ("ada", "read"));
}

#[tokio::test]
async fn a_repository_is_made_changed_and_removed() {
    let hub = Hub::start().await;
    let post = |body: &str| {
        hub.request(Method::POST, "api/repos")
            .bearer(&hub.bob)
            .json(body)
    };
    let body = r#"{"slug": "new", "private": true, "default_branch": "refs/heads/trunk"}"#;
    let response = post(body).answer().await;
    assert_eq!(response.status(), 201);
    assert_eq!(response.headers()["location"], "/api/repos/bob/new");
    assert_eq!(post(body).problem().await, refusal(409, "already_exists"));

    let at = |method, path: &str| hub.request(method, path).bearer(&hub.bob);
    let made: RepoResponse = at(Method::GET, "api/repos/bob/new").decoded().await;
    assert!(made.private && made.default_branch.as_str() == "refs/heads/trunk");

    let renamed: RepoResponse = at(Method::PATCH, "api/repos/bob/new")
        .json(r#"{"slug": "renamed", "private": false}"#)
        .decoded()
        .await;
    assert_eq!(renamed.repo_id, made.repo_id);
    assert!(!renamed.private);
    assert_eq!(at(Method::GET, "api/repos/bob/new").status().await, 404);
    let list: RepoListResponse = at(Method::GET, "api/repos").decoded().await;
    assert_eq!(list.repos, [renamed]);

    assert_eq!(
        at(Method::DELETE, "api/repos/bob/renamed").status().await,
        204
    );
    assert_eq!(at(Method::GET, "api/repos/bob/renamed").status().await, 404);
    let filter = AuditFilter {
        repo: None,
        user: Some("bob".to_owned()),
    };
    let log = hub.server.store().audit_log(&filter, 3).await;
    let log = log.expect("read").into_iter();
    let acts: Vec<_> = log.map(|entry| (entry.act, entry.actor)).collect();
    let by_bob = ["repo.delete", "repo.update", "repo.create"]
        .map(|act| (act.to_owned(), Some("bob".to_owned())));
    assert_eq!(acts, by_bob);
    assert_eq!(
        at(Method::DELETE, "api/repos/bob/renamed").status().await,
        404
    );
}

#[tokio::test]
async fn names_and_owners_are_checked() {
    let hub = Hub::start().await;
    for (body, expected) in [
        (r#"{"slug": "../x"}"#, refusal(400, "invalid_name")),
        (r#"{"slug": "x.git"}"#, refusal(400, "invalid_name")),
        (
            r#"{"slug": "x", "owner": "bob"}"#,
            refusal(403, "forbidden"),
        ),
        (
            r#"{"slug": "x", "default_branch": "refs/tags/t"}"#,
            refusal(400, "invalid_name"),
        ),
        (
            r#"{"slug": "x", "default_branch": "main"}"#,
            refusal(400, "bad_request"),
        ),
        (r#"{}"#, refusal(400, "bad_request")),
    ] {
        let request = hub.request(Method::POST, "api/repos").bearer(&hub.ada);
        assert_eq!(request.json(body).problem().await, expected, "{body}");
    }
    let request = hub.request(Method::POST, "api/repos").bearer(&hub.root);
    let body = r#"{"slug": "x", "owner": "nobody"}"#;
    assert_eq!(
        request.json(body).problem().await,
        refusal(404, "not_found")
    );
    let request = hub.request(Method::PATCH, &format!("api/repos/{OPEN}"));
    let request = request.bearer(&hub.ada).json(r#"{"slug": "closed"}"#);
    assert_eq!(
        request.problem().await,
        refusal(409, "already_exists"),
        "{CLOSED}"
    );
}
