//! What is merged and what is lost, and that readers and pushes notice nothing of it.

mod random;

use std::time::{Duration, SystemTime};

use muse_wire::api::fetch::FetchPlan;
use muse_wire::api::push::{Force, RefUpdate};
use muse_wire::id::{CommitId, MpackKey, ObjectId};

use crate::config::Retention;
use crate::gc::{self, Reason};
use crate::sandbox::{Client, Project, Sandbox, noise, update};
use crate::store::StoreError;
use crate::store::jobs::JobKind;
use crate::store::mpacks::{Lane, StoredMpack};
use crate::store::publish::{FollowUps, Publication, PublishError};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Waits until there is nothing to merge.
async fn settled(sandbox: &Sandbox) {
    let (store, repo) = (sandbox.store(), sandbox.repo.id);
    for kind in [JobKind::PlanFetches, JobKind::Consolidate] {
        while store.unfinished_jobs(repo, kind).await.expect("counts") > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

async fn mpacks(sandbox: &Sandbox) -> Vec<StoredMpack> {
    let mpacks = sandbox.store().mpacks(sandbox.repo.id).await;
    mpacks.expect("listed")
}

/// How many commits each mpack of a lane holds.
async fn commits_in(sandbox: &Sandbox, lane: Option<Lane>) -> Vec<u64> {
    let mpacks = mpacks(sandbox).await.into_iter();
    let of_lane = mpacks.filter(|mpack| mpack.lane == lane);
    of_lane.map(|mpack| mpack.counts.commits).collect()
}

fn keys(plan: &FetchPlan) -> Vec<MpackKey> {
    plan.mpacks.iter().map(|mpack| mpack.mpack_key).collect()
}

/// Pushes commits as a branch that is new, or moves from `old`.
async fn push(
    sandbox: &Sandbox,
    project: &Project,
    branch: &str,
    old: Option<CommitId>,
    commits: &[CommitId],
) {
    let moved = update(branch, old, commits.last().copied());
    let pushed = sandbox.push(&project.mpack(commits), &[moved]).await;
    pushed.expect("pushed");
}

/// Pushes a commit of `main` whose objects the server has.
async fn push_without_objects(sandbox: &Sandbox, project: &Project, old: CommitId, tip: CommitId) {
    let mut draft = project.draft(&[tip]);
    draft.objects.clear();
    let moved = update("main", Some(old), Some(tip));
    let pushed = sandbox.push(&draft.write(), &[moved]).await;
    pushed.expect("pushed");
}

async fn delete_branch(sandbox: &Sandbox, branch: &str, at: CommitId) {
    move_ref(sandbox, update(branch, Some(at), None)).await;
}

/// Pushes commits as a branch that is then deleted.
async fn lose(sandbox: &Sandbox, project: &Project, commits: &[CommitId]) {
    push(sandbox, project, "dev", None, commits).await;
    settled(sandbox).await;
    delete_branch(sandbox, "dev", commits[commits.len() - 1]).await;
    settled(sandbox).await;
}

async fn move_ref(sandbox: &Sandbox, update: RefUpdate) {
    let nothing = Project::default().mpack(&[]);
    let pushed = sandbox.push(&nothing, &[update]).await;
    pushed.expect("moved");
}

/// Deletes what nobody needs so many days from now; gives the reasons. By then, plans have expired.
async fn collect(sandbox: &Sandbox, days: u32) -> Vec<Reason> {
    let (store, blobs) = (sandbox.store(), sandbox.blobs());
    let expired = store.expire_fetch_plans(sandbox.repo.id).await;
    expired.expect("expired");
    let now = SystemTime::now() + DAY * days;
    let retention = Retention::default();
    let found = gc::find(store, blobs, None, &retention, now).await;
    let found = found.expect("found");
    gc::delete(store, blobs, &found).await.expect("deleted");
    let mut reasons: Vec<Reason> = found.into_iter().map(|garbage| garbage.reason).collect();
    reasons.sort_unstable();
    reasons
}

/// `main` of `count` pushes of one commit each.
async fn with_main(count: usize) -> (Sandbox, Project, Vec<CommitId>) {
    let sandbox = Sandbox::new().await;
    let mut project = Project::default();
    let main = project.add_line(None, count);
    for commit in main.chunks(1) {
        sandbox.push_main(&project, commit).await;
        settled(&sandbox).await;
    }
    (sandbox, project, main)
}

async fn sees(sandbox: &Sandbox, contents: &[u8]) -> bool {
    let (client, _) = sandbox.clone_all().await;
    client.objects.contains(&ObjectId::of(contents))
}

#[tokio::test(flavor = "multi_thread")]
async fn four_pushes_are_one_mpack() {
    let (sandbox, _, main) = with_main(4).await;
    assert_eq!(commits_in(&sandbox, Some(Lane::Trunk)).await, [4]);
    assert_eq!(mpacks(&sandbox).await.len(), 1);
    let (client, plan) = sandbox.clone_all().await;
    assert_eq!((plan.mpacks.len(), plan.cache.as_str()), (1, "HIT"));
    assert!(client.has_commit(&main[3]));
    // Those who follow the branch get what was pushed, as long as it is there.
    let mut behind = Client::default();
    sandbox.fetch(&mut behind, &main[..1]).await;
    let plan = sandbox.fetch(&mut behind, &main[3..]).await;
    assert_eq!((plan.mpacks.len(), plan.cache.as_str()), (3, "HIT"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_deletion_of_a_branch_leaves_the_trunk_alone() {
    let (sandbox, mut project, main) = with_main(3).await;
    let dev = project.add_line(Some(main[2]), 2);
    push(&sandbox, &project, "dev", None, &dev).await;
    settled(&sandbox).await;
    assert_eq!(commits_in(&sandbox, Some(Lane::Trunk)).await, [3]);
    assert_eq!(commits_in(&sandbox, Some(Lane::Side)).await, [2]);
    let (_, before) = sandbox.clone_all().await;
    delete_branch(&sandbox, "dev", dev[1]).await;
    settled(&sandbox).await;
    assert_eq!(commits_in(&sandbox, Some(Lane::Lost)).await, [2]);
    let (client, after) = sandbox.clone_all().await;
    assert_eq!(
        (keys(&after), after.cache.as_str()),
        (keys(&before)[..1].to_vec(), "HIT")
    );
    assert!(!client.has_commit(&dev[0]));
    // A push of the same commits brings them back.
    push(&sandbox, &project, "dev", None, &dev).await;
    settled(&sandbox).await;
    let (client, again) = sandbox.clone_all().await;
    assert_eq!((keys(&again), again.cache.as_str()), (keys(&before), "HIT"));
    assert!(client.has_commit(&dev[1]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rewound_branch_loses_only_what_it_left() {
    let (sandbox, mut project, main) = with_main(4).await;
    let fork = project.add_line(Some(main[1]), 1);
    let forced = RefUpdate {
        force: Force::WithLease,
        ..update("main", Some(main[3]), Some(fork[0]))
    };
    let pushed = sandbox.push(&project.mpack(&fork), &[forced]).await;
    pushed.expect("pushed");
    settled(&sandbox).await;
    assert_eq!(commits_in(&sandbox, Some(Lane::Lost)).await, [2]);
    let (client, plan) = sandbox.clone_all().await;
    assert_eq!(plan.cache, "HIT");
    assert!(client.has_commit(&fork[0]) && !client.has_commit(&main[2]));
    assert!(!client.objects.contains(&ObjectId::of(b"contents 3")));
    assert!(client.objects.contains(&ObjectId::of(b"contents 1")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merged_branch_comes_to_the_trunk() {
    let (sandbox, mut project, main) = with_main(3).await;
    let dev = project.add_line(Some(main[1]), 2);
    push(&sandbox, &project, "dev", None, &dev).await;
    settled(&sandbox).await;
    let merged = project.add(&[main[2], dev[1]], &[("merged", Some("merged"))]);
    push(&sandbox, &project, "main", Some(main[2]), &[merged]).await;
    let more = project.add_line(Some(merged), 3);
    for commit in more.chunks(1) {
        sandbox.push_main(&project, commit).await;
    }
    settled(&sandbox).await;
    let trunk = commits_in(&sandbox, Some(Lane::Trunk)).await;
    assert_eq!(trunk.iter().sum::<u64>(), 3 + 2 + 1 + 3, "{trunk:?}");
    assert!(commits_in(&sandbox, Some(Lane::Side)).await.is_empty());
    let (client, plan) = sandbox.clone_all().await;
    assert!(client.has_commit(&dev[1]) && plan.cache == "HIT");
    // Its deletion changes nothing then.
    delete_branch(&sandbox, "dev", dev[1]).await;
    settled(&sandbox).await;
    let (_, after) = sandbox.clone_all().await;
    assert_eq!((keys(&after), after.cache.as_str()), (keys(&plan), "HIT"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_trunk_takes_from_a_branch_outlives_it() {
    let (sandbox, mut project, main) = with_main(3).await;
    let dev = project.add(
        &main[2..],
        &[("shared", Some("shared")), ("own", Some("own"))],
    );
    push(&sandbox, &project, "dev", None, &[dev]).await;
    settled(&sandbox).await;
    // The pusher of `main` knows that the server has the object.
    let tip = project.add(&main[2..], &[("taken", Some("shared"))]);
    push_without_objects(&sandbox, &project, main[2], tip).await;
    delete_branch(&sandbox, "dev", dev).await;
    settled(&sandbox).await;
    assert_eq!(commits_in(&sandbox, Some(Lane::Lost)).await, [1]);
    let (client, plan) = sandbox.clone_all().await;
    assert_eq!(plan.cache, "HIT");
    assert!(client.objects.contains(&ObjectId::of(b"shared")));
    assert!(!client.objects.contains(&ObjectId::of(b"own")));
    collect(&sandbox, 15).await;
    assert!(sees(&sandbox, b"shared").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_lost_is_deleted_and_can_be_pushed_again() {
    let (sandbox, mut project, main) = with_main(3).await;
    let dev = project.add_line(Some(main[2]), 2);
    lose(&sandbox, &project, &dev).await;
    assert!(!collect(&sandbox, 13).await.contains(&Reason::Unreachable));
    let before = sandbox.stored_bytes().await;
    assert!(collect(&sandbox, 15).await.contains(&Reason::Unreachable));
    assert!(sandbox.stored_bytes().await < before);
    let (store, repo) = (sandbox.store(), sandbox.repo.id);
    assert_eq!(store.commit_count(repo).await.expect("counted"), 3);
    let known = store
        .known_objects(repo, &[ObjectId::of(b"contents 4")])
        .await;
    assert!(known.expect("asked").is_empty());
    let unreachable = store.unreachable_commits(repo).await;
    assert!(unreachable.expect("asked").is_empty());
    sandbox.clone_all().await;
    push(&sandbox, &project, "dev", None, &dev).await;
    let (client, _) = sandbox.clone_all().await;
    assert!(client.has_commit(&dev[1]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_keeps_what_it_relies_on() {
    let (sandbox, mut project, main) = with_main(3).await;
    let dev = project.add(&main[2..], &[("kept", Some("kept"))]);
    lose(&sandbox, &project, &[dev]).await;
    assert_eq!(commits_in(&sandbox, Some(Lane::Lost)).await, [1]);
    // The object, without the commit.
    let tip = project.add(&main[2..], &[("again", Some("kept"))]);
    push_without_objects(&sandbox, &project, main[2], tip).await;
    assert!(sees(&sandbox, b"kept").await);
    settled(&sandbox).await;
    assert!(sees(&sandbox, b"kept").await);
    collect(&sandbox, 15).await;
    assert!(sees(&sandbox, b"kept").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_comes_after_the_deletion_begins_again() {
    let (sandbox, mut project, main) = with_main(3).await;
    let dev = project.add(&main[2..], &[("dev", Some("dev"))]);
    lose(&sandbox, &project, &[dev]).await;
    // The repository as a push saw it that found the object before.
    let stale = sandbox.repo.clone();
    collect(&sandbox, 15).await;
    let (store, now) = (sandbox.store(), sandbox.store().repo_by_id(stale.id).await);
    assert_eq!(
        now.expect("asked").expect("there").collections,
        stale.collections + 1
    );
    let late = |collections| Publication {
        repo: stale.id,
        actor: None,
        mpack: None,
        received_bytes: 0,
        collections,
        updates: vec![update("late", None, Some(main[2]))],
        signed: Vec::new(),
        job: None,
        timings: Vec::new(),
        follow_ups: FollowUps::default(),
    };
    let refused = store.publish(late(stale.collections)).await;
    let refused = refused.expect_err("it may rely on what is gone");
    assert!(matches!(
        refused,
        PublishError::Store(StoreError::Collected)
    ));
    let accepted = store.publish(late(stale.collections + 1)).await;
    accepted.expect("nothing was deleted since");
}

#[tokio::test(flavor = "multi_thread")]
async fn former_mpacks_go_when_nobody_can_have_a_url_to_them() {
    let (sandbox, _, main) = with_main(4).await;
    let stored = sandbox.stored_bytes().await;
    assert_eq!(collect(&sandbox, 14).await, []);
    assert_eq!(collect(&sandbox, 16).await, [Reason::Merged; 4]);
    assert!(sandbox.stored_bytes().await < stored);
    assert_eq!(collect(&sandbox, 16).await, []);
    let mut behind = Client::default();
    sandbox.fetch(&mut behind, &main[..2]).await;
    sandbox.fetch(&mut behind, &main[3..]).await;
    sandbox.clone_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_mpack_that_is_pushed_again_stays() {
    let (sandbox, project, main) = with_main(4).await;
    let first = project.mpack(&main[..1]);
    let again = update("again", None, Some(main[0]));
    sandbox.push(&first, &[again]).await.expect("pushed");
    // Its content is elsewhere, so it is not given out again, but not deleted soon either.
    assert_eq!(mpacks(&sandbox).await.len(), 1);
    assert_eq!(collect(&sandbox, 16).await.len(), 4);
    let third = update("third", None, Some(main[0]));
    sandbox
        .push(&first, &[third])
        .await
        .expect("pushed once more");
    sandbox.clone_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chunks_stay_as_long_as_a_large_object_has_them() {
    let (sandbox, mut project, main) = with_main(3).await;
    let (large, tail) = (noise(1, 12 << 20), noise(2, 3 << 20));
    let dev = project.add(&main[2..], &[("large", Some(&large[..]))]);
    push(&sandbox, &project, "dev", None, &[dev]).await;
    let longer = [&large[..], &tail[..]].concat();
    let tip = project.add(&main[2..], &[("large", Some(&longer[..]))]);
    // The pusher of `main` knows that the server has most chunks.
    let pushed = project.mpack_after(&[&project.mpack(&[dev])], &[tip]);
    let moved = update("main", Some(main[2]), Some(tip));
    sandbox.push(&pushed, &[moved]).await.expect("pushed");
    settled(&sandbox).await;
    delete_branch(&sandbox, "dev", dev).await;
    settled(&sandbox).await;
    collect(&sandbox, 15).await;
    let (client, _) = sandbox.clone_all().await;
    assert!(client.objects.contains(&ObjectId::of(&longer)));
    assert!(!client.objects.contains(&ObjectId::of(&large)));
}
