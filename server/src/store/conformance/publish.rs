//! What a publication makes visible, and what it refuses.

use std::time::Duration;

use muse_wire::api::job::{JobState, StepTiming};
use muse_wire::api::push::{Force, RefUpdate};

use super::TwoProcesses;
use super::sample::{
    self, MAIN, commit_id, moving, mpack, mpack_key, object_id, publication, push_line, update,
};
use crate::store::jobs::{JobKind, NewJob};
use crate::store::publish::{FollowUps, Publication, PublishError};
use crate::store::repos::RepoId;
use crate::store::{Actor, Store};

const LEASE: Duration = Duration::from_secs(60);

/// All refs, as `NAME NUMBER`.
async fn refs(store: &Store, repo: RepoId) -> Vec<String> {
    let refs = store.refs(repo).await.expect("listed");
    let number = |target| (0..100).find(|number| commit_id(*number) == target);
    refs.iter()
        .map(|entry| {
            let number = number(entry.target).expect("a sample commit");
            format!("{} {number}", entry.name)
        })
        .collect()
}

/// Only what is new is counted and written, whichever mpack brings the rest again.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn a_push_is_stored_once(TwoProcesses { store, .. }: &TwoProcesses) {
    let repo = sample::repo(store, "ada/notes").await;
    let push = || Publication {
        actor: Some(repo.owner_id),
        mpack: Some(mpack(1, 1..=3)),
        timings: vec![StepTiming {
            step: "verify".to_owned(),
            ms: 12,
        }],
        ..moving(repo.id, MAIN, None, Some(3))
    };
    let report = store.publish(push()).await.expect("published");
    assert_eq!(
        (report.commits_written, report.objects_written),
        (Some(3), Some(3))
    );
    assert_eq!(report.branch_head, Some(commit_id(3)));
    let steps: Vec<_> = report.timings.iter().map(|timing| &timing.step).collect();
    assert_eq!(steps, ["verify", "publish"]);
    let stored = store.mpack(repo.id, &mpack_key(1)).await.expect("asked");
    let stored = stored.expect("kept");
    assert_eq!(
        (stored.size_bytes, stored.counts),
        (3_000, mpack(1, 1..=3).counts)
    );

    let mut again = push();
    again.updates[0].old = Some(commit_id(3));
    let report = store.publish(again).await.expect("published");
    assert_eq!(
        (report.commits_written, report.objects_written),
        (Some(0), Some(0))
    );
    let more = Publication {
        mpack: Some(mpack(2, 2..=5)),
        ..moving(repo.id, MAIN, Some(3), Some(5))
    };
    let report = store.publish(more).await.expect("published");
    assert_eq!(
        (report.commits_written, report.objects_written),
        (Some(2), Some(2))
    );
    let keys: Vec<_> = store.mpacks(repo.id).await.expect("listed");
    let keys: Vec<_> = keys.iter().map(|mpack| mpack.key).collect();
    assert_eq!(keys, [mpack_key(1), mpack_key(2)]);
    let log = sample::ref_log(store, repo.id, MAIN).await;
    let moves: Vec<_> = log.iter().map(|entry| (entry.old, entry.new)).collect();
    assert_eq!(
        moves,
        [
            (Some(commit_id(3)), Some(commit_id(5))),
            (None, Some(commit_id(3)))
        ]
    );
    assert_eq!(log[1].user.as_deref(), Some("ada"));
}

/// An mpack of content that the repository already has leaves no row.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn an_mpack_that_brings_nothing_is_not_kept(TwoProcesses { store, .. }: &TwoProcesses) {
    let repo = sample::repo(store, "ada/notes").await.id;
    push_line(store, repo, 3).await;
    let repacked = Publication {
        mpack: Some(mpack(9, 2..=3)),
        ..moving(repo, "refs/heads/dev", None, Some(3))
    };
    store.publish(repacked).await.expect("published");
    assert_eq!(store.mpacks(repo).await.expect("listed").len(), 1);
    assert_eq!(
        refs(store, repo).await,
        ["refs/heads/dev 3", "refs/heads/main 3"]
    );
}

/// A repository's default branch is one of the first that are pushed, and then stays.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn the_first_branch_becomes_the_default(TwoProcesses { store, .. }: &TwoProcesses) {
    let push = async |repo, names: &[&str]| {
        let publication = Publication {
            mpack: Some(mpack(1, 1..=1)),
            updates: names
                .iter()
                .map(|name| update(name, None, Some(1)))
                .collect(),
            ..moving(repo, MAIN, None, None)
        };
        store.publish(publication).await.expect("published");
        let repo = store.repo_by_id(repo).await.expect("asked").expect("there");
        repo.default_branch
    };
    let other = sample::repo(store, "ada/other").await.id;
    let default = push(other, &["refs/tags/v1"]).await;
    assert_eq!(default.as_str(), MAIN, "a tag is no branch");
    let default = push(other, &["refs/heads/trunk", "refs/heads/dev"]).await;
    assert_eq!(default.as_str(), "refs/heads/trunk");
    let default = push(other, &[MAIN]).await;
    assert_eq!(
        default.as_str(),
        "refs/heads/trunk",
        "only the first counts"
    );
    let usual = sample::repo(store, "ada/usual").await.id;
    let default = push(usual, &["refs/heads/dev", MAIN]).await;
    assert_eq!(default.as_str(), MAIN);
}

/// The default branch is deleted only where its update says so. Another branch takes its place: one
/// of the same push, or else the first by name. Where there is none, it is unborn.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn the_default_branch_is_deleted_only_on_demand(
    TwoProcesses { store, .. }: &TwoProcesses,
) {
    const DEV: &str = "refs/heads/dev";
    const TRUNK: &str = "refs/heads/trunk";

    let repo = sample::repo(store, "ada/notes").await.id;
    push_line(store, repo, 2).await;
    let publish = async |updates| {
        let publication = Publication {
            updates,
            ..publication(repo)
        };
        store.publish(publication).await.map(drop)
    };
    let default = async || {
        let repo = store.repo_by_id(repo).await.expect("asked").expect("there");
        repo.default_branch.to_string()
    };
    let deletion = |name, allowed| RefUpdate {
        delete_default_branch: allowed,
        ..update(name, Some(2), None)
    };
    for name in [DEV, "refs/heads/old", "refs/tags/v1"] {
        publish(vec![update(name, None, Some(2))])
            .await
            .expect("published");
    }
    let mut forced = deletion(MAIN, false);
    forced.force = Force::Always;
    for update in [deletion(MAIN, false), forced] {
        let refused = publish(vec![deletion("refs/heads/old", false), update]).await;
        assert!(
            matches!(&refused, Err(PublishError::DefaultBranch { name }) if name.as_str() == MAIN),
            "{refused:?}"
        );
    }
    assert_eq!(refs(store, repo).await.len(), 4, "nothing was deleted");

    publish(vec![deletion(MAIN, true)]).await.expect("deleted");
    assert_eq!(default().await, DEV, "the first by name");
    // As after a lost answer.
    publish(vec![deletion(MAIN, false)])
        .await
        .expect("it is gone already");
    let created = update(TRUNK, None, Some(2));
    publish(vec![deletion(DEV, true), created])
        .await
        .expect("replaced");
    assert_eq!(default().await, TRUNK, "the branch of the same push");
    publish(vec![deletion("refs/heads/old", false)])
        .await
        .expect("deleted");
    publish(vec![deletion(TRUNK, true)]).await.expect("deleted");
    assert_eq!(default().await, TRUNK, "unborn");
    publish(vec![update(DEV, None, Some(2))])
        .await
        .expect("published");
    assert_eq!(default().await, DEV, "again a first branch");
}

/// A ref moves only from where its pusher last saw it, unless forced.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn refs_are_compared_and_swapped(TwoProcesses { store, .. }: &TwoProcesses) {
    let repo = sample::repo(store, "ada/notes").await.id;
    push_line(store, repo, 5).await;
    for (old, new) in [(None, Some(4)), (Some(4), Some(3)), (Some(4), None)] {
        let stale = store.publish(moving(repo, MAIN, old, new)).await;
        let Err(PublishError::Stale { actual, .. }) = stale else {
            panic!("{old:?} → {new:?}: {stale:?}");
        };
        assert_eq!(actual, Some(commit_id(5)));
    }
    // The same move again, as after a lost answer.
    let again = store.publish(moving(repo, MAIN, Some(4), Some(5))).await;
    again.expect("the ref is already there");
    let mut forced = moving(repo, MAIN, Some(4), Some(2));
    forced.updates[0].force = Force::Always;
    store.publish(forced).await.expect("forced");
    assert_eq!(refs(store, repo).await, ["refs/heads/main 2"]);
    let mut deletion = moving(repo, MAIN, Some(2), None);
    deletion.updates[0].delete_default_branch = true;
    store.publish(deletion).await.expect("deleted");
    assert_eq!(refs(store, repo).await, [""; 0]);
    let stale = store.publish(moving(repo, MAIN, Some(2), Some(3))).await;
    assert!(
        matches!(stale, Err(PublishError::Stale { actual: None, .. })),
        "{stale:?}"
    );
    let log = sample::ref_log(store, repo, MAIN).await;
    let forced: Vec<_> = log.iter().map(|entry| entry.forced).collect();
    assert_eq!(forced, [false, true, false]);
}

/// If one update fails, none of the others and nothing of the mpack is published.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn updates_are_all_or_nothing(TwoProcesses { store, .. }: &TwoProcesses) {
    let repo = sample::repo(store, "ada/notes").await.id;
    push_line(store, repo, 2).await;
    let push = Publication {
        mpack: Some(mpack(7, 3..=4)),
        updates: vec![
            update(MAIN, Some(2), Some(4)),
            update("refs/heads/dev", Some(1), Some(4)),
        ],
        ..publication(repo)
    };
    let stale = store.publish(push).await;
    assert!(
        matches!(stale, Err(PublishError::Stale { .. })),
        "{stale:?}"
    );
    assert_eq!(refs(store, repo).await, ["refs/heads/main 2"]);
    assert_eq!(store.commit_count(repo).await.expect("counted"), 2);
    let objects = store.known_objects(repo, &[object_id(3)]).await;
    assert!(objects.expect("asked").is_empty());
    assert_eq!(store.mpacks(repo).await.expect("listed").len(), 1);
    let log = sample::ref_log(store, repo, MAIN).await;
    assert_eq!(log.len(), 1);
}

/// A ref never points to a commit that the repository does not have, not even when forced.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn refs_point_only_to_known_commits(TwoProcesses { store, .. }: &TwoProcesses) {
    let repo = sample::repo(store, "ada/notes").await.id;
    push_line(store, repo, 2).await;
    let mut unknown = moving(repo, MAIN, Some(2), Some(3));
    unknown.updates[0].force = Force::Always;
    let refused = store.publish(unknown).await;
    let Err(PublishError::UnknownTarget { target, .. }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(target, commit_id(3));
    assert_eq!(refs(store, repo).await, ["refs/heads/main 2"]);
}

/// A ref cannot be created beside one that it collides with, but may replace it.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn colliding_ref_names_are_refused(TwoProcesses { store, .. }: &TwoProcesses) {
    let repo = sample::repo(store, "ada/notes").await.id;
    push_line(store, repo, 2).await;
    for name in ["refs/heads/main/fix", "refs/heads/Main"] {
        let refused = store.publish(moving(repo, name, None, Some(1))).await;
        let Err(PublishError::RefCollision(collision)) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(collision.existing.as_str(), MAIN);
    }
    let replace = Publication {
        updates: vec![
            update("refs/heads/main/fix", None, Some(1)),
            RefUpdate {
                delete_default_branch: true,
                ..update(MAIN, Some(2), None)
            },
        ],
        ..publication(repo)
    };
    store.publish(replace).await.expect("published");
    assert_eq!(refs(store, repo).await, ["refs/heads/main/fix 1"]);
}

/// Of pushes that saw the same ref, one moves it, in whichever process they run. The others leave
/// nothing behind.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn of_racing_publications_one_wins(stores: &TwoProcesses) {
    let repo = sample::repo(&stores.store, "ada/notes").await.id;
    push_line(&stores.store, repo, 1).await;
    let racers = (10..18).map(|number| {
        let store = if number % 2 == 0 {
            &stores.store
        } else {
            &stores.other
        };
        let push = Publication {
            mpack: Some(mpack(number, number..=number)),
            ..moving(repo, MAIN, Some(1), Some(number))
        };
        store.publish(push)
    });
    let outcomes = futures::future::join_all(racers).await;
    let mut won = 0;
    for outcome in outcomes {
        match outcome {
            Ok(_) => won += 1,
            Err(PublishError::Stale { .. }) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(won, 1);
    assert_eq!(stores.store.commit_count(repo).await.expect("counted"), 2);
    assert_eq!(stores.store.mpacks(repo).await.expect("listed").len(), 2);
}

/// A worker whose job was taken over publishes nothing; the one that took it over does.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn a_lost_lease_publishes_nothing(TwoProcesses { store, other }: &TwoProcesses) {
    let repo = sample::repo(store, "ada/notes").await.id;
    store.enqueue(&sample::job(repo, 1)).await.expect("queued");
    let late = store
        .claim(&[JobKind::Unpack], "late", Duration::ZERO)
        .await
        .expect("claimed")
        .expect("due");
    let successor = other
        .claim(&[JobKind::Unpack], "successor", LEASE)
        .await
        .expect("claimed")
        .expect("taken over");
    let push = |lease| Publication {
        mpack: Some(mpack(1, 1..=2)),
        job: Some(lease),
        ..moving(repo, MAIN, None, Some(2))
    };
    let fenced = store.publish(push(late.lease)).await;
    assert!(matches!(fenced, Err(PublishError::Fenced)), "{fenced:?}");
    assert_eq!(store.commit_count(repo).await.expect("counted"), 0);
    other
        .publish(push(successor.lease))
        .await
        .expect("published");
    let again = other.publish(Publication {
        job: Some(successor.lease),
        ..publication(repo)
    });
    let again = again.await;
    assert!(matches!(again, Err(PublishError::Fenced)), "{again:?}");
}

/// A publication ends its job and queues the jobs that follow.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn a_publication_ends_its_job_and_queues_the_next(
    TwoProcesses { store, .. }: &TwoProcesses,
) {
    let repo = sample::repo(store, "ada/notes").await.id;
    let job = store.enqueue(&sample::job(repo, 1)).await.expect("queued");
    let claimed = store
        .claim(&[JobKind::Unpack], "w", LEASE)
        .await
        .expect("claimed")
        .expect("due");
    let push = Publication {
        mpack: Some(mpack(1, 1..=2)),
        job: Some(claimed.lease),
        follow_ups: FollowUps {
            jobs: vec![NewJob {
                kind: JobKind::BuildFetch,
                ..sample::job(repo, 2)
            }],
            ..FollowUps::default()
        },
        ..moving(repo, MAIN, None, Some(2))
    };
    let report = store.publish(push).await.expect("published");
    let job = store
        .job(repo, job.id)
        .await
        .expect("asked")
        .expect("there");
    assert_eq!(
        (job.state, job.stage, job.report),
        (JobState::Done, None, report)
    );
    let next = store
        .claim(&[JobKind::BuildFetch], "w", LEASE)
        .await
        .expect("claimed")
        .expect("queued");
    assert_eq!(next.job.request_digest, [2; 32]);
}

/// A push that ends after its repository was deleted brings nothing back.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn a_deleted_repo_takes_no_publication(TwoProcesses { store, .. }: &TwoProcesses) {
    let repo = sample::repo(store, "ada/notes").await.id;
    store
        .delete_repo(repo, Actor::Operator)
        .await
        .expect("deleted");
    let push = Publication {
        mpack: Some(mpack(1, 1..=2)),
        ..publication(repo)
    };
    let refused = store.publish(push).await;
    assert!(
        matches!(refused, Err(PublishError::RepoGone)),
        "{refused:?}"
    );
    assert_eq!(store.commit_count(repo).await.expect("counted"), 0);
}

/// A caller that goes away half-way leaves neither rows nor locks.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn an_abandoned_write_is_rolled_back(TwoProcesses { store, other }: &TwoProcesses) {
    let repo = sample::repo(store, "ada/notes").await.id;
    let push = Publication {
        mpack: Some(mpack(1, 1..=20_000)),
        updates: vec![RefUpdate {
            force: Force::Always,
            ..update(MAIN, None, Some(20_000))
        }],
        ..publication(repo)
    };
    let finished = tokio::time::timeout(Duration::from_millis(20), store.publish(push)).await;
    // A fast machine may have finished; then everything must be there.
    let commits = if finished.is_ok() { 20_000 } else { 0 };
    for store in [store, other] {
        assert_eq!(store.commit_count(repo).await.expect("counted"), commits);
        store
            .publish(Publication {
                mpack: Some(mpack(2, 1..=1)),
                ..publication(repo)
            })
            .await
            .expect("nothing is locked");
        if commits == 0 {
            store
                .delete_repo(repo, Actor::Operator)
                .await
                .expect("deleted");
            return;
        }
    }
}
