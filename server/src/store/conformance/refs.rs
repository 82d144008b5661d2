//! Refs in large numbers: what a push looks up and writes, and how their version grows.

use muse_wire::api::push::{Force, RefUpdate};
use muse_wire::api::refs::{RefEntry, RefsQuery};
use muse_wire::limits::MAX_REF_PAGE_NAME_BYTES;

use super::TwoProcesses;
use super::sample::{self, MAIN, moving, publication, push_line, ref_name, update};
use crate::store::publish::{Publication, PublishError};
use crate::store::refs::RefsPage;
use crate::store::repos::RepoId;
use crate::store::{Actor, Store};

/// More than an engine takes as parameters of one statement.
const MANY: u32 = 33_000;

async fn publish(store: &Store, repo: RepoId, updates: Vec<RefUpdate>) -> Result<(), PublishError> {
    let push = Publication {
        updates,
        ..publication(repo)
    };
    store.publish(push).await.map(drop)
}

async fn refs_version(store: &Store, repo: RepoId) -> u64 {
    let repo = store.repo_by_id(repo).await.expect("asked");
    repo.expect("there").refs_version
}

/// The name that `added` collides with.
async fn collision(store: &Store, repo: RepoId, added: &str) -> Option<String> {
    match store.publish(moving(repo, added, None, Some(1))).await {
        Ok(_) => None,
        Err(PublishError::RefCollision(collision)) => Some(collision.existing.to_string()),
        Err(error) => panic!("{error:?}"),
    }
}

/// One push creates, moves or deletes more refs than fit into a statement, all or none of them.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn many_refs_move_at_once(TwoProcesses { store, .. }: &TwoProcesses) {
    let repo = sample::repo(store, "ada/notes").await.id;
    push_line(store, repo, 3).await;
    let all = |old, new| {
        let name = |number| format!("refs/tags/{number:05}");
        (0..MANY).map(move |number| update(&name(number), old, new))
    };
    let twin = update("refs/heads/MAIN", None, Some(1));
    let refused = publish(store, repo, all(None, Some(1)).chain([twin]).collect()).await;
    assert!(matches!(refused, Err(PublishError::RefCollision(_))));
    assert_eq!(store.refs(repo).await.expect("listed").len(), 1);

    let moves = async |old, new| {
        let moved = publish(store, repo, all(old, new).collect()).await;
        moved.expect("published");
        store.refs(repo).await.expect("listed")
    };
    let created = moves(None, Some(1)).await;
    assert_eq!(created.len(), MANY as usize + 1);
    assert_eq!(created[7].name.as_str(), "refs/tags/00006");
    let moved = moves(Some(1), Some(2)).await;
    assert!(
        moved[1..]
            .iter()
            .all(|entry| entry.target == sample::commit_id(2))
    );
    assert_eq!(moves(Some(2), None).await.len(), 1);
    let log = sample::ref_log(store, repo, "refs/tags/32999").await;
    assert_eq!(log.len(), 3);
}

/// Whatever a new ref collides with is found, wherever it stands among the others.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn collisions_are_found_by_the_folded_name(TwoProcesses { store, .. }: &TwoProcesses) {
    let repo = sample::repo(store, "ada/notes").await.id;
    push_line(store, repo, 1).await;
    for name in [
        "refs/heads/A/b/c",
        "refs/heads/\u{e9}t\u{e9}",
        "refs/tags/v1",
    ] {
        assert_eq!(collision(store, repo, name).await, None);
    }
    for (added, existing) in [
        ("refs/heads/a/B/C", "refs/heads/A/b/c"),
        ("refs/heads/a", "refs/heads/A/b/c"),
        ("refs/heads/a/b", "refs/heads/A/b/c"),
        ("refs/heads/a/b/c/d/e", "refs/heads/A/b/c"),
        ("refs/heads/E\u{301}te\u{301}", "refs/heads/\u{e9}t\u{e9}"),
        ("refs/tags/V1", "refs/tags/v1"),
    ] {
        let found = collision(store, repo, added).await;
        assert_eq!(found.as_deref(), Some(existing), "{added}");
    }
    for name in [
        "refs/heads/a0",
        "refs/heads/a-b",
        "refs/heads/a/b/d",
        "refs/heads/v1",
    ] {
        assert_eq!(collision(store, repo, name).await, None, "{name}");
    }
    // What goes makes room for what comes.
    let rename = vec![
        update("refs/heads/a", None, Some(1)),
        update("refs/heads/A/b/c", Some(1), None),
        update("refs/heads/a/b/d", Some(1), None),
    ];
    publish(store, repo, rename).await.expect("published");
}

/// The version of a repository's refs changes when one moves, and only then.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn the_version_of_refs_grows_with_moves(TwoProcesses { store, other }: &TwoProcesses) {
    let repo = sample::repo(store, "ada/notes").await.id;
    let empty = sample::repo(store, "ada/empty").await.id;
    let before = refs_version(store, empty).await;
    push_line(store, repo, 2).await;
    let first = refs_version(other, repo).await;
    assert!(first > before);

    let again = moving(repo, MAIN, None, Some(2));
    store.publish(again).await.expect("nothing to move");
    let stale = store.publish(moving(repo, MAIN, Some(1), None)).await;
    assert!(stale.is_err());
    assert_eq!(refs_version(store, repo).await, first);

    let back = RefUpdate {
        force: Force::Always,
        ..update(MAIN, None, Some(1))
    };
    publish(store, repo, vec![back]).await.expect("published");
    let second = refs_version(store, repo).await;
    assert!(second > first);
    assert_eq!(refs_version(store, empty).await, before);
}

/// Refs are listed in pages of one version, which are bounded by number and by the bytes of the
/// names.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn refs_are_listed_in_pages(TwoProcesses { store, .. }: &TwoProcesses) {
    let repo = sample::repo(store, "ada/notes").await.id;
    push_line(store, repo, 1).await;
    let long = "x".repeat(200);
    let name = |number| format!("refs/tags/{number:05}-{long}");
    let updates = (0..12_000).map(|number| update(&name(number), None, Some(1)));
    publish(store, repo, updates.collect())
        .await
        .expect("published");
    let version = refs_version(store, repo).await;
    let page = async |prefix: &str, after: Option<&str>, limit| {
        let asked = RefsQuery {
            prefix: prefix.to_owned(),
            after: after.map(ref_name),
            limit,
        };
        let page = store.refs_page(repo, &asked).await.expect("asked");
        page.expect("there")
    };
    let mut all = Vec::new();
    let mut pages = 0;
    loop {
        let after = all.last().map(|entry: &RefEntry| entry.name.to_string());
        let page = page("", after.as_deref(), None).await;
        assert_eq!(page.version, version);
        let bytes: usize = page
            .refs
            .iter()
            .map(|entry| entry.name.as_str().len())
            .sum();
        assert!(bytes <= MAX_REF_PAGE_NAME_BYTES && !page.refs.is_empty());
        all.extend(page.refs);
        pages += 1;
        if !page.has_more {
            break;
        }
    }
    assert_eq!(all, store.refs(repo).await.expect("listed"));
    assert_eq!(pages, 3);

    let names = |page: RefsPage| {
        let names = page.refs.iter().map(|entry| entry.name.to_string());
        (names.collect::<Vec<_>>(), page.has_more)
    };
    let first = names(page("refs/tags/", None, Some(2)).await);
    assert_eq!(first, (vec![name(0), name(1)], true));
    let last = names(page("refs/tags/", Some(&name(11_998)), Some(2)).await);
    assert_eq!(last, (vec![name(11_999)], false));
    let branches = names(page("refs/heads/", None, None).await);
    assert_eq!(branches, (vec![MAIN.to_owned()], false));
    let nothing = names(page("refs/heads/z", None, None).await);
    assert_eq!(nothing, (vec![], false));
    assert_eq!(names(page("", None, Some(0)).await), (vec![], true));

    store
        .delete_repo(repo, Actor::Operator)
        .await
        .expect("deleted");
    let gone = store.refs_page(repo, &RefsQuery::default()).await;
    assert_eq!(gone.expect("asked"), None);
}
