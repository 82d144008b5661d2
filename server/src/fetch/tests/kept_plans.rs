//! Which fetches are answered by plans that are kept.

use muse_wire::api::fetch::FetchRequest;
use muse_wire::api::push::{Force, RefUpdate};
use muse_wire::id::{CommitId, ObjectId};

use super::{push_dev, pushed, until_idle};
use crate::fetch::source::RepoSource;
use crate::fetch::{FetchOutcome, kept_plans};
use crate::sandbox::{Sandbox, update};
use crate::store::Actor;

fn request(want: &[CommitId], have: &[CommitId]) -> FetchRequest {
    FetchRequest {
        want: want.to_vec(),
        have: have.to_vec(),
        thin: true,
        ..FetchRequest::default()
    }
}

/// How many mpacks and commits the kept plans give; `None` where they do not lead to `want`.
async fn kept(sandbox: &Sandbox, want: &[CommitId], have: &[CommitId]) -> Option<(usize, u64)> {
    let source = RepoSource {
        store: sandbox.store(),
        blobs: sandbox.blobs(),
        repo: &sandbox.repo,
    };
    let plan = kept_plans::find(source, &request(want, have))
        .await
        .expect("asked")?;
    Some((plan.files.len(), plan.commits))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pushes_of_a_branch_are_plans_one_after_the_other() {
    let (sandbox, _, main) = pushed(&[5, 1, 3]).await;
    let tip = [main[8]];
    assert_eq!(kept(&sandbox, &tip, &[]).await, Some((3, 9)));
    assert_eq!(kept(&sandbox, &tip, &[main[4]]).await, Some((2, 4)));
    assert_eq!(kept(&sandbox, &tip, &[main[5]]).await, Some((1, 3)));
    let unknown = CommitId::from_bytes([9; 32]);
    assert_eq!(
        kept(&sandbox, &tip, &[unknown, main[5]]).await,
        Some((1, 3))
    );
    assert_eq!(
        kept(&sandbox, &tip, &[main[6]]).await,
        None,
        "no push ended there"
    );
    assert_eq!(
        kept(&sandbox, &tip, &[unknown]).await,
        None,
        "a clone costs more"
    );
    assert_eq!(kept(&sandbox, &[unknown], &[]).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_far_behind_is_answered_from_what_was_kept_for_another() {
    let (sandbox, _, main) = pushed(&[1; 10]).await;
    let (tip, first) = ([main[9]], [main[0]]);
    assert_eq!(kept(&sandbox, &tip, &main[2..3]).await, Some((7, 7)));
    assert_eq!(
        kept(&sandbox, &tip, &first).await,
        None,
        "too many pushes ago"
    );
    let fetch = &sandbox.server.fetch;
    let planned = fetch.plan(&sandbox.repo, request(&tip, &first)).await;
    assert!(matches!(planned.expect("planned"), FetchOutcome::Plan(_)));
    assert_eq!(kept(&sandbox, &tip, &first).await, Some((9, 9)));
}

#[tokio::test(flavor = "multi_thread")]
async fn several_branches_are_answered_together() {
    let (sandbox, mut project, main) = pushed(&[2]).await;
    let dev = project.add_line(Some(main[1]), 2);
    push_dev(&sandbox, &project, &dev).await;
    let more = project.add_line(Some(main[1]), 1);
    sandbox.push_main(&project, &more).await;
    let tips = [dev[1], more[0]];
    assert_eq!(kept(&sandbox, &tips, &main[1..]).await, Some((2, 3)));
    assert_eq!(kept(&sandbox, &dev[1..], &[]).await, Some((2, 4)));
    // A clone of everything needs none.
    let (_, plan) = sandbox.clone_all().await;
    assert_eq!((plan.mpacks.len(), plan.cache.as_str()), (3, "HIT"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_is_planned_for_those_who_follow_either_branch() {
    let (sandbox, mut project, main) = pushed(&[2]).await;
    let dev = project.add_line(Some(main[0]), 2);
    push_dev(&sandbox, &project, &dev).await;
    let merged = project.add(&[main[1], dev[1]], &[("merged", Some("1"))]);
    let moved = update("main", Some(main[1]), Some(merged));
    let pushed = sandbox.push(&project.mpack(&[merged]), &[moved]).await;
    pushed.expect("pushed");
    until_idle(&sandbox).await;
    let (mpacks, commits) = kept(&sandbox, &[merged], &main[1..])
        .await
        .expect("planned");
    assert_eq!((mpacks, commits), (2, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_reuses_a_file_is_planned_by_a_job() {
    let (sandbox, mut project, main) = pushed(&[3]).await;
    let renamed = [("file1", None), ("renamed", Some("contents 1"))];
    let tip = project.add(&main[2..], &renamed);
    let mut draft = project.draft(&[tip]);
    draft.objects.clear();
    let moved = update("main", Some(main[2]), Some(tip));
    let pushed = sandbox.push(&draft.write(), &[moved]).await;
    pushed.expect("pushed");
    until_idle(&sandbox).await;
    assert_eq!(kept(&sandbox, &[tip], &main[2..]).await, Some((1, 1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_given_what_no_ref_reaches() {
    let (sandbox, project, main) = pushed(&[1, 1]).await;
    let back = RefUpdate {
        force: Force::WithLease,
        ..update("main", Some(main[1]), Some(main[0]))
    };
    let moved = sandbox.push(&project.mpack(&main[..1]), &[back]).await;
    moved.expect("pushed");
    assert_eq!(kept(&sandbox, &main[1..], &main[..1]).await, None);
    assert!(sandbox.plan(&main[1..], &main[..1]).await.is_err());
    assert_eq!(kept(&sandbox, &main[..1], &[]).await, Some((1, 1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_kept_where_something_is_blocked() {
    let (sandbox, _, main) = pushed(&[1, 1]).await;
    let (store, object) = (sandbox.store(), ObjectId::of(b"contents 0"));
    store
        .block_object(&object, "a test", Actor::Operator)
        .await
        .expect("blocked");
    assert_eq!(kept(&sandbox, &main[1..], &main[..1]).await, None);
    store
        .unblock_object(&object, Actor::Operator)
        .await
        .expect("lifted");
    assert_eq!(kept(&sandbox, &main[1..], &main[..1]).await, Some((1, 1)));
}
