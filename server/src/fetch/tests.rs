//! Plans, and whether a client that applies them has everything.

mod blocked;
mod builds;
mod kept_plans;
mod large_objects;
mod ranges;
mod thin;

use std::time::Duration;

use muse_wire::api::fetch::FetchPlan;
use muse_wire::api::push::{Force, RefUpdate};
use muse_wire::id::{CommitId, ObjectId};
use muse_wire::problem::ProblemCode;

use crate::blobs::conformance::key_of;
use crate::error::Error;
use crate::sandbox::{Client, Project, Sandbox, noise, update};
use crate::store::jobs::JobKind;

/// A repository whose `main` came in pushes of these sizes.
async fn pushed(sizes: &[usize]) -> (Sandbox, Project, Vec<CommitId>) {
    let sandbox = Sandbox::new().await;
    let mut project = Project::default();
    let mut main: Vec<CommitId> = Vec::new();
    for &size in sizes {
        let line = project.add_line(main.last().copied(), size);
        sandbox.push_main(&project, &line).await;
        main.extend(line);
    }
    (sandbox, project, main)
}

/// Pushes these commits as the branch `dev`.
async fn push_dev(sandbox: &Sandbox, project: &Project, commits: &[CommitId]) {
    let made = update("dev", None, commits.last().copied());
    let pushed = sandbox.push(&project.mpack(commits), &[made]).await;
    pushed.expect("pushed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clone_is_the_pushed_mpacks_as_they_came() {
    let (sandbox, project, main) = pushed(&[5, 1, 3]).await;
    let (_, plan) = sandbox.clone_all().await;
    assert_eq!(plan.cache, "HIT");
    let keys: Vec<_> = plan.mpacks.iter().map(|mpack| mpack.mpack_key).collect();
    let pushed = [&main[..5], &main[5..6], &main[6..]];
    assert_eq!(keys, pushed.map(|line| key_of(&project.mpack(line))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_is_the_mpack_that_was_pushed_since() {
    let (sandbox, mut project, mut main) = pushed(&[5]).await;
    let (mut client, _) = sandbox.clone_all().await;
    main.extend(project.add_line(main.last().copied(), 2));
    sandbox.push_main(&project, &main[5..]).await;
    let plan = sandbox.fetch(&mut client, &[main[6]]).await;
    assert_eq!((plan.mpacks.len(), plan.cache.as_str()), (1, "HIT"));
    assert_eq!(plan.mpacks[0].mpack_key, key_of(&project.mpack(&main[5..])));
    let plan = sandbox.fetch(&mut client, &[main[6]]).await;
    assert!(plan.mpacks.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rename_needs_no_build() {
    let (sandbox, mut project, main) = pushed(&[3]).await;
    let (mut client, _) = sandbox.clone_all().await;
    let renamed = [("file1", None), ("renamed", Some("contents 1"))];
    let tip = project.add(&main[2..], &renamed);
    let mut draft = project.draft(&[tip]);
    draft.objects.clear();
    let update = update("main", Some(main[2]), Some(tip));
    sandbox
        .push(&draft.write(), &[update])
        .await
        .expect("pushed");
    let plan = sandbox.fetch(&mut client, &[tip]).await;
    assert_eq!((plan.mpacks.len(), plan.cache.as_str()), (1, "HIT"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_in_the_middle_of_an_mpack_gets_the_rest_once_built() {
    let (sandbox, _, main) = pushed(&[6]).await;
    let mut client = Client::default();
    let plan = sandbox.fetch(&mut client, &[main[5]]).await;
    assert_eq!(plan.cache, "HIT");
    let first = sandbox
        .plan(&main[5..], &main[2..3])
        .await
        .expect("planned");
    assert_eq!((first.mpacks.len(), first.cache.as_str()), (1, "MISS"));
    assert_eq!(first.mpacks[0].counts.commits, 3);
    assert_eq!(first.mpacks[0].counts.objects, 3);
    let second = sandbox
        .plan(&main[5..], &main[2..3])
        .await
        .expect("planned");
    assert_eq!(second.cache, "HIT");
    assert_eq!(first.mpacks, second.mpacks);
}

/// Loses every blob that was built.
async fn delete_built(sandbox: &Sandbox) {
    let built = sandbox.built().await;
    assert!(!built.is_empty(), "nothing was built");
    for blob in built {
        sandbox.blobs().delete(&blob).await.expect("deleted");
    }
}

/// Waits until the repository has no job left to do.
async fn until_idle(sandbox: &Sandbox) {
    let (store, repo) = (sandbox.store(), sandbox.repo.id);
    for kind in [
        JobKind::Unpack,
        JobKind::BuildFetch,
        JobKind::PlanFetches,
        JobKind::Consolidate,
    ] {
        while store.unfinished_jobs(repo, kind).await.expect("counts") > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// How many commits each mpack of a plan brings.
fn commit_counts(plan: &FetchPlan) -> Vec<u64> {
    let counts = plan.mpacks.iter().map(|mpack| mpack.counts.commits);
    counts.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_run_of_pushes_is_given_as_few_mpacks() {
    let (sandbox, mut project, mut main) = pushed(&[1; 3]).await;
    let (mut behind, plan) = sandbox.clone_all().await;
    assert_eq!(plan.mpacks.len(), 3, "none is merged yet");
    // Some change a file there and back: the records of two snapshots are against each other then.
    for contents in ["1", "2", "1", "2"] {
        let tip = project.add(&main[main.len() - 1..], &[("changed", Some(contents))]);
        sandbox.push_main(&project, &[tip]).await;
        main.push(tip);
    }
    while main.len() < 34 {
        let line = project.add_line(main.last().copied(), 1);
        sandbox.push_main(&project, &line).await;
        main.extend(line);
    }
    until_idle(&sandbox).await;
    let (_, plan) = sandbox.clone_all().await;
    assert!(plan.mpacks.len() <= 9, "{:?}", commit_counts(&plan));
    assert_eq!(commit_counts(&plan).iter().sum::<u64>(), 34);
    assert_eq!(plan.cache, "HIT");
    // A client that has a part of a merged mpack gets the rest of it as it was pushed, or built.
    let mut close = behind.clone();
    let plan = sandbox.fetch(&mut close, &main[9..10]).await;
    assert_eq!(
        (commit_counts(&plan), plan.cache.as_str()),
        (vec![1; 7], "HIT")
    );
    let plan = sandbox.fetch(&mut behind, &main[33..]).await;
    assert!(plan.mpacks.len() <= 9, "{:?}", commit_counts(&plan));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_commit_can_be_wanted_and_then_the_rest() {
    let (sandbox, _, main) = pushed(&[4, 4]).await;
    let mut client = Client::default();
    sandbox.fetch(&mut client, &[main[1]]).await;
    assert!(!client.has_commit(&main[2]));
    let plan = sandbox.fetch(&mut client, &[main[7]]).await;
    // The rest of the first mpack is built; the second fits onto it whole.
    let commits: Vec<_> = plan
        .mpacks
        .iter()
        .map(|mpack| mpack.counts.commits)
        .collect();
    assert_eq!(commits, [2, 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_forced_push_the_lost_commits_are_not_given() {
    let (sandbox, mut project, main) = pushed(&[4]).await;
    let fork = project.add_line(Some(main[1]), 2);
    let forced = RefUpdate {
        force: Force::WithLease,
        ..update("main", Some(main[3]), Some(fork[1]))
    };
    sandbox
        .push(&project.mpack(&fork), &[forced])
        .await
        .expect("pushed");
    let (client, _) = sandbox.clone_all().await;
    assert!(!client.has_commit(&main[2]) && client.has_commit(&main[1]));
    assert!(!client.objects.contains(&ObjectId::of(b"contents 3")));
    until_idle(&sandbox).await;
    let (_, plan) = sandbox.clone_all().await;
    assert_eq!((plan.mpacks.len(), plan.cache.as_str()), (1, "HIT"));
    // More pushes change nothing of it.
    let more = project.add_line(Some(fork[1]), 1);
    sandbox.push_main(&project, &more).await;
    let (_, plan) = sandbox.clone_all().await;
    assert_eq!((plan.mpacks.len(), plan.cache.as_str()), (2, "HIT"));
}

#[tokio::test(flavor = "multi_thread")]
async fn commits_of_a_deleted_branch_cannot_be_read() {
    let (sandbox, mut project, main) = pushed(&[2]).await;
    let dev = project.add_line(Some(main[1]), 2);
    push_dev(&sandbox, &project, &dev).await;
    assert!(sandbox.plan(&dev[..1], &[]).await.is_ok(), "below a branch");
    let mpack = project.mpack(&main);
    let gone = update("dev", Some(dev[1]), None);
    sandbox.push(&mpack, &[gone]).await.expect("deleted");
    for unreachable in [&dev[..1], &dev[1..], &[CommitId::from_bytes([9; 32])]] {
        match sandbox.plan(unreachable, &[]).await {
            Err(Error::Problem(problem)) => {
                assert_eq!(problem.known_code(), Some(ProblemCode::NotFound));
            }
            other => panic!("{other:?}"),
        }
    }
    let (client, plan) = sandbox.clone_all().await;
    assert!(!client.has_commit(&dev[0]));
    assert_eq!((plan.mpacks.len(), plan.cache.as_str()), (1, "HIT"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_only_a_deleted_branch_brought_is_still_given() {
    let (sandbox, mut project, main) = pushed(&[2]).await;
    let dev = project.add(&main[1..], &[("shared", Some("from dev"))]);
    push_dev(&sandbox, &project, &[dev]).await;
    // The pusher of `main` knows that the server has the object through `dev`.
    let tip = project.add(
        &main[1..],
        &[("other", Some("from dev")), ("own", Some("own"))],
    );
    let mut draft = project.draft(&[tip]);
    draft.objects.retain(|(_, contents)| contents == b"own");
    let updates = [
        update("main", Some(main[1]), Some(tip)),
        update("dev", Some(dev), None),
    ];
    sandbox
        .push(&draft.write(), &updates)
        .await
        .expect("pushed");
    let (client, plan) = sandbox.clone_all().await;
    assert!(!client.has_commit(&dev));
    let counts: Vec<_> = plan.mpacks.iter().map(|mpack| mpack.counts).collect();
    assert_eq!(
        counts
            .iter()
            .map(|counts| counts.objects)
            .collect::<Vec<_>>(),
        [1, 2, 1]
    );
    assert_eq!(counts[0].commits, 0, "the missing object goes first, alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_whose_base_the_client_lacks_is_sent_in_another_form() {
    let (sandbox, mut project, main) = pushed(&[3]).await;
    let dev = project.add(&main[2..], &[("dev", Some("dev"))]);
    push_dev(&sandbox, &project, &[dev]).await;
    // A commit on `main` whose record builds on the snapshot of `dev`.
    let tip = project.add(&main[2..], &[("tip", Some("tip"))]);
    let mut draft = project.draft(&[tip]);
    let record = project
        .commit(&tip)
        .tree
        .record_against(Some(&project.commit(&dev).tree));
    draft.snapshots = vec![record];
    let moved = update("main", Some(main[2]), Some(tip));
    sandbox
        .push(&draft.write(), &[moved])
        .await
        .expect("pushed");
    let mut client = Client::default();
    sandbox.fetch(&mut client, &[tip]).await;
    assert!(!client.has_commit(&dev));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_no_commit_names_is_not_given() {
    let (sandbox, mut project, main) = pushed(&[2]).await;
    let dev = project.add(&main[1..], &[("dev", Some("dev"))]);
    push_dev(&sandbox, &project, &[dev]).await;
    // Beside a commit of `main` the record of a tree that has the file of `dev`.
    let tip = project.add(&main[1..], &[("tip", Some("tip"))]);
    let both = project.add(&[tip], &[("dev", Some("dev"))]);
    let mut draft = project.draft(&[tip, both]);
    draft.commits.retain(|commit| commit.envelope.id() == tip);
    draft.objects.retain(|(_, contents)| contents == b"tip");
    let moved = update("main", Some(main[1]), Some(tip));
    sandbox
        .push(&draft.write(), &[moved])
        .await
        .expect("pushed");
    let mut client = Client::default();
    sandbox.fetch(&mut client, &[tip]).await;
    assert!(!client.has_commit(&dev) && client.has_commit(&tip));
    assert!(!client.objects.contains(&ObjectId::of(b"dev")));
}

#[tokio::test(flavor = "multi_thread")]
async fn merges_are_fetched_with_both_sides() {
    let (sandbox, mut project, main) = pushed(&[3]).await;
    let (mut client, _) = sandbox.clone_all().await;
    let side = project.add_line(Some(main[0]), 2);
    let merge = project.add(&[main[2], side[1]], &[("file4", Some("contents 4"))]);
    let commits = [side[0], side[1], merge];
    let moved = update("main", Some(main[2]), Some(merge));
    sandbox
        .push(&project.mpack(&commits), &[moved])
        .await
        .expect("pushed");
    let plan = sandbox.fetch(&mut client, &[merge]).await;
    assert_eq!((plan.mpacks.len(), plan.cache.as_str()), (1, "HIT"));
}

#[tokio::test(flavor = "multi_thread")]
async fn large_plans_are_downloaded_and_small_ones_come_inline() {
    let (sandbox, mut project, main) = pushed(&[1]).await;
    let (mut client, plan) = sandbox.clone_all().await;
    assert!(plan.mpacks[0].inline.is_some() && plan.mpacks[0].download.is_none());
    // Digits of a hash chain: they do not compress below half.
    let mut noise = String::new();
    let mut link = ObjectId::of(b"start");
    while noise.len() < 5 * 1024 * 1024 {
        noise.push_str(&link.to_hex());
        link = ObjectId::of(link.as_bytes());
    }
    let tip = project.add(&main, &[("noise", Some(&noise))]);
    sandbox.push_main(&project, &[tip]).await;
    let plan = sandbox.fetch(&mut client, &[tip]).await;
    assert!(plan.mpacks[0].inline.is_none() && plan.mpacks[0].download.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_build_is_a_job_whose_status_has_the_plan() {
    let (sandbox, mut project, main) = pushed(&[1]).await;
    let mut line = vec![main[0]];
    for number in 0..3 {
        let contents = noise(number, 17 * 1024 * 1024);
        let parents = [*line.last().expect("not empty")];
        line.push(project.add(&parents, &[("large", Some(&contents))]));
    }
    sandbox.push_main(&project, &line[1..]).await;
    // From the middle of the mpack, so that 34 MiB have to be built.
    let plan = sandbox
        .plan(&line[3..], &line[1..2])
        .await
        .expect("planned");
    assert_eq!((plan.mpacks.len(), plan.cache.as_str()), (1, "HIT"));
    assert_eq!(plan.mpacks[0].counts.commits, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_built_and_lost_is_built_again() {
    let (sandbox, _, main) = pushed(&[6]).await;
    let first = sandbox
        .plan(&main[5..], &main[2..3])
        .await
        .expect("planned");
    delete_built(&sandbox).await;
    let again = sandbox
        .plan(&main[5..], &main[2..3])
        .await
        .expect("planned");
    assert_eq!(again.cache, "MISS");
    assert_eq!(first.mpacks, again.mpacks);
}
