//! Which objects a repository does not give.

use std::collections::HashMap;

use super::TwoProcesses;
use super::sample::{self, object_id, push_line};
use crate::store::Actor;
use crate::store::audit::AuditFilter;

/// What is taken down in one repository is given by the others, until it is restored.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn takedowns_are_of_one_repository(TwoProcesses { store, other }: &TwoProcesses) {
    let taken_from = sample::repo(store, "ada/notes").await;
    let (repo, elsewhere) = (taken_from.id, sample::repo(store, "ada/other").await.id);
    for repo in [repo, elsewhere] {
        push_line(store, repo, 2).await;
    }
    let object = object_id(2);
    let restore = async || {
        let restored = store.restore_object(&taken_from, &object, Actor::Operator);
        restored.await.expect("asked")
    };
    for reason in ["a first reason", "order 7"] {
        let taken_down = store
            .take_down(&taken_from, &object, reason, Actor::Operator)
            .await;
        taken_down.expect("taken down");
    }
    let reason = |repo| async move { store.block_reason(repo, &object).await.expect("asked") };
    assert_eq!(reason(repo).await.as_deref(), Some("order 7"));
    assert_eq!(reason(elsewhere).await, None);
    let found = other.blocked_objects(repo).await.expect("asked");
    assert_eq!(found, HashMap::from([(object, "order 7".to_owned())]));
    let found = other.blocked_objects(elsewhere).await.expect("asked");
    assert!(found.is_empty());
    // Whoever pushes it is not refused.
    assert_eq!(store.first_blocked(&[object]).await.expect("asked"), None);
    let listed = store.takedowns(repo).await.expect("listed");
    assert_eq!((listed.len(), listed[0].object), (1, object));
    assert!(restore().await);
    assert!(!restore().await);
    assert_eq!(reason(repo).await, None);
    let acts = store.audit_log(&AuditFilter::default(), 3).await;
    let acts = acts.expect("listed").into_iter().map(|entry| entry.act);
    let expected = ["object.restore", "object.take-down", "object.take-down"];
    assert_eq!(acts.collect::<Vec<_>>(), expected);
    // It goes with its repository.
    let again = store
        .take_down(&taken_from, &object, "order 8", Actor::Operator)
        .await;
    again.expect("taken down");
    assert!(
        store
            .delete_repo(repo, Actor::Operator)
            .await
            .expect("deleted")
    );
    assert!(store.takedowns(repo).await.expect("listed").is_empty());
}

/// Blocks are listed with the latest reason, and are over once.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn blocks_are_listed(TwoProcesses { store, .. }: &TwoProcesses) {
    assert!(store.blocks().await.expect("listed").is_empty());
    for (number, reason) in [(1, "first"), (2, "second"), (1, "again")] {
        let blocked = store
            .block_object(&object_id(number), reason, Actor::Operator)
            .await;
        blocked.expect("blocked");
    }
    let listed = store.blocks().await.expect("listed");
    let mut reasons: Vec<_> = listed.iter().map(|block| block.reason.as_str()).collect();
    reasons.sort_unstable();
    assert_eq!(reasons, ["again", "second"]);
    assert!(
        store
            .unblock_object(&object_id(1), Actor::Operator)
            .await
            .expect("asked")
    );
    assert!(
        !store
            .unblock_object(&object_id(1), Actor::Operator)
            .await
            .expect("asked")
    );
    let listed = store.blocks().await.expect("listed");
    assert_eq!((listed.len(), listed[0].object), (1, object_id(2)));
}
