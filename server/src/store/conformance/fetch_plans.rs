//! How long plans of fetches are kept, and for whom.

use std::time::Duration;

use tokio::time::sleep;

use super::TwoProcesses;
use super::sample::{self, MAIN, commit_id, moving, mpack};
use crate::store::Actor;
use crate::store::Store;
use crate::store::built_mpacks::{BuildClaim, NewBuild};
use crate::store::fetch_plans::{KeptPlan, NewFetchPlan};
use crate::store::publish::{FollowUps, Publication};
use crate::store::repos::RepoId;

const HOUR: Duration = Duration::from_secs(3600);
const WANT: [u8; 32] = [7; 32];

/// A plan for readers who have the commit of this number.
fn plan(base: Option<u32>, content: &[u8]) -> NewFetchPlan {
    NewFetchPlan {
        want: WANT,
        base: base.map(commit_id),
        plan: content.to_vec(),
        builds: Vec::new(),
        lifetime: HOUR,
    }
}

async fn keep(store: &Store, repo: RepoId, plan: &NewFetchPlan, lifetime: Duration) {
    let plan = NewFetchPlan {
        lifetime,
        ..plan.clone()
    };
    let kept = store.keep_fetch_plan(repo, &plan).await;
    kept.expect("kept");
}

/// What is kept, as base and content, in the order of the bases.
async fn kept(store: &Store, repo: RepoId) -> Vec<KeptPlan> {
    let mut kept = store.fetch_plans(repo, &WANT).await.expect("asked");
    kept.sort_by_key(|kept| kept.base);
    kept
}

/// A plan is found again by question and repository until it expires, and the next replaces it.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn a_plan_is_kept_for_each_state_of_a_reader(
    TwoProcesses { store, other }: &TwoProcesses,
) {
    let repo = sample::repo(store, "ada/notes").await.id;
    let elsewhere = sample::repo(store, "ada/other").await.id;
    keep(store, repo, &plan(None, b"all"), HOUR).await;
    keep(store, repo, &plan(Some(3), b"old"), HOUR).await;
    keep(store, repo, &plan(Some(3), b"new"), HOUR).await;
    let expected = [(None, b"all"), (Some(commit_id(3)), b"new")];
    let expected = expected.map(|(base, plan)| KeptPlan {
        base,
        plan: plan.to_vec(),
    });
    assert_eq!(kept(other, repo).await, expected);
    assert!(kept(store, elsewhere).await.is_empty());
    assert_eq!(store.delete_expired_fetch_plans(9).await.expect("asked"), 0);
    keep(store, repo, &plan(None, b"all"), Duration::from_millis(1)).await;
    sleep(Duration::from_millis(20)).await;
    assert_eq!(kept(store, repo).await, expected[1..]);
    assert_eq!(store.delete_expired_fetch_plans(9).await.expect("asked"), 1);
    assert_eq!(store.delete_expired_fetch_plans(9).await.expect("asked"), 0);
    assert_eq!(kept(store, repo).await, expected[1..]);
    assert!(
        store
            .delete_repo(repo, Actor::Operator)
            .await
            .expect("asked")
    );
    assert!(kept(store, repo).await.is_empty());
}

/// What was built for a plan goes at its own time, and the plan with it.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn a_plan_lasts_no_longer_than_what_was_built_for_it(
    TwoProcesses { store, .. }: &TwoProcesses,
) {
    let repo = sample::repo(store, "ada/notes").await.id;
    let new = NewBuild {
        repo,
        digest: [1; 32],
    };
    let claimed = store.claim_build(&new, HOUR, 1_000).await.expect("asked");
    let BuildClaim::Granted(id) = claimed else {
        panic!("{claimed:?}");
    };
    let built = NewFetchPlan {
        builds: vec![id],
        ..plan(None, b"built")
    };
    keep(store, repo, &built, HOUR).await;
    assert_eq!(kept(store, repo).await.len(), 1);
    store.expire_build(id).await.expect("expired");
    keep(store, repo, &built, HOUR).await;
    sleep(Duration::from_millis(20)).await;
    assert!(kept(store, repo).await.is_empty());
}

/// Whoever asks for the same from ever other states fills nothing.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn plans_of_one_question_are_bounded(TwoProcesses { store, .. }: &TwoProcesses) {
    let repo = sample::repo(store, "ada/notes").await.id;
    for base in 0..70 {
        keep(store, repo, &plan(Some(base), b"plan"), HOUR).await;
    }
    assert_eq!(kept(store, repo).await.len(), 64);
    // One that is there is still replaced.
    keep(store, repo, &plan(Some(0), b"new"), HOUR).await;
    let kept = kept(store, repo).await;
    assert_eq!((kept.len(), kept[0].plan.as_slice()), (64, &b"new"[..]));
}

/// The plan that a push is by itself is kept as long as its mpack.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn a_plan_comes_with_its_mpack_alone(TwoProcesses { store, .. }: &TwoProcesses) {
    let repo = sample::repo(store, "ada/notes").await.id;
    let push = |name, old, key, content: &[u8]| Publication {
        mpack: Some(mpack(key, 1..=2)),
        follow_ups: FollowUps {
            plans: vec![plan(None, content)],
            ..FollowUps::default()
        },
        ..moving(repo, name, old, Some(2))
    };
    store
        .publish(push(MAIN, None, 1, b"1"))
        .await
        .expect("published");
    assert_eq!(kept(store, repo).await[0].plan, b"1");
    // This mpack brings nothing new, and is not kept.
    let again = push("refs/heads/dev", None, 2, b"2");
    store.publish(again).await.expect("published");
    assert_eq!(kept(store, repo).await[0].plan, b"1");
}
