//! Protected branches.

use muse_wire::api::push::Force;

use super::TwoProcesses;
use super::sample::{self, MAIN, commit_id, moving, new_key, push_line, ref_name};
use crate::store::Actor;
use crate::store::protections::{BranchRule, Protection, SignatureRule, SignedMove};
use crate::store::publish::{Publication, PublishError};
use crate::store::repos::RepoId;

/// A protection of `main` against everything.
fn of_main() -> Protection {
    Protection {
        branch: ref_name(MAIN),
        allows_force: false,
        allows_deletion: false,
        signatures: SignatureRule::Unsigned,
    }
}

/// A publication that moves `main`, forced.
fn forced(repo: RepoId, old: u32, new: u32) -> Publication {
    let mut forced = moving(repo, MAIN, Some(old), Some(new));
    forced.updates[0].force = Force::Always;
    forced
}

fn deletion(repo: RepoId, old: u32) -> Publication {
    let mut deletion = moving(repo, MAIN, Some(old), None);
    deletion.updates[0].delete_default_branch = true;
    deletion
}

/// A protected branch is neither forced nor deleted, until its protection is lifted.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn a_protected_branch_moves_only_forward(TwoProcesses { store, other }: &TwoProcesses) {
    let notes = sample::repo(store, "ada/notes").await;
    let repo = notes.id;
    push_line(store, repo, 5).await;
    store
        .protect(&notes, &of_main(), Actor::Operator)
        .await
        .expect("protected");
    let loose = Protection {
        branch: ref_name("refs/heads/dev"),
        allows_deletion: true,
        ..of_main()
    };
    other
        .protect(&notes, &loose, Actor::Operator)
        .await
        .expect("protected");
    let listed = store.protections(repo).await.expect("listed");
    assert_eq!(listed, [loose, of_main()]);

    for (publication, broken) in [
        (forced(repo, 5, 4), BranchRule::NoForce),
        (deletion(repo, 5), BranchRule::NoDeletion),
    ] {
        let refused = other.publish(publication).await;
        assert!(
            matches!(&refused, Err(PublishError::Protected { rule, .. }) if *rule == broken),
            "{refused:?}"
        );
    }
    let target = store.ref_target(repo, &ref_name(MAIN)).await;
    assert_eq!(target.expect("asked"), Some(commit_id(5)));

    let rewinding = Protection {
        allows_force: true,
        ..of_main()
    };
    store
        .protect(&notes, &rewinding, Actor::Operator)
        .await
        .expect("changed");
    other.publish(forced(repo, 5, 3)).await.expect("allowed");
    for was_protected in [true, false] {
        let branch = ref_name(MAIN);
        let lifted = store.unprotect(&notes, &branch, Actor::Operator);
        assert_eq!(lifted.await.expect("asked"), was_protected);
    }
    other.publish(deletion(repo, 3)).await.expect("allowed");
    let target = store.ref_target(repo, &ref_name(MAIN)).await;
    assert_eq!(target.expect("asked"), None);
}

/// A branch that takes only signed commits moves only from where its new commits were found signed.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn a_branch_of_signed_commits_wants_proof(TwoProcesses { store, .. }: &TwoProcesses) {
    let notes = sample::repo(store, "ada/notes").await;
    let repo = notes.id;
    push_line(store, repo, 5).await;
    store.publish(forced(repo, 5, 3)).await.expect("moved");
    let signed_only = Protection {
        allows_force: true,
        signatures: SignatureRule::Signed,
        ..of_main()
    };
    store
        .protect(&notes, &signed_only, Actor::Operator)
        .await
        .expect("protected");
    let from = |from| {
        vec![SignedMove {
            branch: ref_name(MAIN),
            from: Some(commit_id(from)),
            registered_keys: None,
        }]
    };
    let push = |signed| Publication {
        signed,
        ..moving(repo, MAIN, Some(3), Some(4))
    };
    let refused = store.publish(push(Vec::new())).await;
    assert!(
        matches!(
            &refused,
            Err(PublishError::Protected {
                rule: BranchRule::SignedOnly,
                ..
            })
        ),
        "{refused:?}"
    );
    // A forced update does not say where the branch is: the proof does.
    let elsewhere = Publication {
        signed: from(5),
        ..forced(repo, 5, 5)
    };
    let refused = store.publish(elsewhere).await;
    assert!(
        matches!(&refused, Err(PublishError::Stale { .. })),
        "{refused:?}"
    );
    store.publish(push(from(3))).await.expect("signed");
    // The same push again, as after a lost answer.
    store.publish(push(from(3))).await.expect("already there");
    let target = store.ref_target(repo, &ref_name(MAIN)).await;
    assert_eq!(target.expect("asked"), Some(commit_id(4)));
}

/// A branch that asks for registered keys moves only where those by which its new commits were
/// found to be signed are still of users who may push.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn a_branch_of_registered_keys_wants_them_to_stay(
    TwoProcesses { store, other }: &TwoProcesses,
) {
    let notes = sample::repo(store, "ada/notes").await;
    let repo = notes.id;
    push_line(store, repo, 5).await;
    store.publish(forced(repo, 5, 3)).await.expect("moved");
    let registered = Protection {
        signatures: SignatureRule::RegisteredKeys,
        ..of_main()
    };
    let protected = store.protect(&notes, &registered, Actor::Operator);
    protected.await.expect("protected");
    let listed = other.protections(repo).await.expect("listed");
    assert_eq!(listed, [registered]);
    let key = new_key(1, "laptop");
    let added = store.register_key(notes.owner_id, &key, Actor::Operator);
    added.await.expect("registered");

    let push = |keys: Option<&[u8]>| Publication {
        signed: vec![SignedMove {
            branch: ref_name(MAIN),
            from: Some(commit_id(3)),
            registered_keys: keys.map(|keys| {
                let keys = keys.iter().map(|key| new_key(*key, "").public_key);
                keys.collect()
            }),
        }],
        ..moving(repo, MAIN, Some(3), Some(4))
    };
    // Found before the branch asked for registered keys, and by a key that is not registered.
    for keys in [None, Some(&[1, 2][..])] {
        let refused = store.publish(push(keys)).await;
        assert!(
            matches!(
                &refused,
                Err(PublishError::Protected {
                    rule: BranchRule::RegisteredKeysOnly,
                    ..
                })
            ),
            "{keys:?}: {refused:?}"
        );
    }
    let removed = other.remove_key(notes.owner_id, &key.public_key, Actor::Operator);
    assert!(removed.await.expect("removed"));
    store.publish(push(Some(&[1]))).await.expect_err("removed");
    let added = other.register_key(notes.owner_id, &key, Actor::Operator);
    added.await.expect("registered");
    store.publish(push(Some(&[1]))).await.expect("registered");
    let target = store.ref_target(repo, &ref_name(MAIN)).await;
    assert_eq!(target.expect("asked"), Some(commit_id(4)));
}
