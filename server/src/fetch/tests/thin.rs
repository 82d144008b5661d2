//! What is built for a client that takes thin mpacks is compressed against what it has by then.

use muse_wire::api::fetch::{FetchPlan, FetchRequest};
use muse_wire::id::{CommitId, ObjectId};
use muse_wire::mpack::Mpack;

use crate::fetch::FetchOutcome;
use crate::sandbox::{Project, Sandbox, noise, update};
use crate::store::Actor;

const FILE_BYTES: u64 = 100_000;

/// Versions of a file that differ in one byte.
fn version(number: u8) -> Vec<u8> {
    let mut contents = noise(1, FILE_BYTES as usize);
    contents[1000] = number;
    contents
}

/// Adds a commit of each of these versions.
fn add_versions(
    project: &mut Project,
    parent: Option<CommitId>,
    numbers: std::ops::Range<u8>,
) -> Vec<CommitId> {
    let mut line: Vec<CommitId> = Vec::new();
    for number in numbers {
        let parents: Vec<CommitId> = line.last().copied().or(parent).into_iter().collect();
        line.push(project.add(&parents, &[("dir/file", Some(version(number)))]));
    }
    line
}

async fn plan(sandbox: &Sandbox, want: CommitId, have: &[CommitId], thin: bool) -> FetchPlan {
    let request = FetchRequest {
        want: vec![want],
        have: have.to_vec(),
        thin,
        ..FetchRequest::default()
    };
    let outcome = sandbox.server.fetch.plan(&sandbox.repo, request).await;
    match outcome.expect("planned") {
        FetchOutcome::Plan(plan) => plan,
        FetchOutcome::Job(job) => panic!("{job:?}"),
    }
}

/// Checks that the last mpack of a plan is thin, with one version of the file as its only base.
fn assert_thin(plan: &FetchPlan) {
    let last = plan.mpacks.last().expect("something is missing");
    assert_eq!(last.counts.base_bytes, FILE_BYTES);
    assert!(last.size_bytes < 2_000, "{} bytes", last.size_bytes);
    let bytes = last.inline.as_ref().expect("the plan is small").to_vec();
    assert!(Mpack::from_bytes(bytes).expect("opens").tables().is_thin());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_in_the_middle_of_an_mpack_gets_differences_if_it_takes_them() {
    let sandbox = Sandbox::new().await;
    let mut project = Project::default();
    let main = add_versions(&mut project, None, 0..4);
    sandbox.push_main(&project, &main).await;
    let thick = plan(&sandbox, main[3], &main[1..2], false).await;
    assert_eq!(thick.mpacks[0].counts.base_bytes, 0);
    assert!(thick.mpacks[0].size_bytes > FILE_BYTES);
    let thin = plan(&sandbox, main[3], &main[1..2], true).await;
    assert_eq!(thin.cache, "MISS", "the thick one is another mpack");
    assert_thin(&thin);
    let again = plan(&sandbox, main[3], &main[1..2], true).await;
    assert_eq!((again.cache.as_str(), again.mpacks), ("HIT", thin.mpacks));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_listing_is_given_as_changes() {
    let sandbox = Sandbox::new().await;
    let mut project = Project::default();
    let paths: Vec<String> = (0..20).map(|number| format!("file{number:02}")).collect();
    let files: Vec<(&str, Option<&str>)> = paths
        .iter()
        .map(|path| (path.as_str(), Some("1")))
        .collect();
    let mut main = vec![project.add(&[], &files)];
    // The records of these outgrow the listing, so that one of them is stored as another.
    for round in 0..40 {
        let edit = (paths[round % 20].as_str(), Some(format!("edit {round}")));
        main.push(project.add(&main[round..], &[edit]));
    }
    sandbox.push_main(&project, &main).await;
    let listings = |plan: &FetchPlan| {
        let inline = plan.mpacks[0].inline.as_ref().expect("the plan is small");
        let mpack = Mpack::from_bytes(inline.to_vec()).expect("opens");
        let records = mpack.tables().snapshots();
        records.filter(|row| row.base.is_none()).count()
    };
    let thick = plan(&sandbox, main[40], &main[1..2], false).await;
    assert!(listings(&thick) > 0, "the server keeps listings");
    let thin = plan(&sandbox, main[40], &main[1..2], true).await;
    assert_eq!(listings(&thin), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_after_whole_mpacks_is_compressed_against_those() {
    let sandbox = Sandbox::new().await;
    let mut project = Project::default();
    let main = add_versions(&mut project, None, 0..4);
    sandbox.push_main(&project, &main[..2]).await;
    sandbox.push_main(&project, &main[2..]).await;
    let moved = update("dev", None, Some(main[2]));
    sandbox
        .push(&project.mpack(&[]), &[moved])
        .await
        .expect("pushed");
    let plan = plan(&sandbox, main[2], &[], true).await;
    assert_eq!(plan.mpacks.len(), 2);
    assert_thin(&plan);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_may_lack_is_no_base() {
    let sandbox = Sandbox::new().await;
    let mut project = Project::default();
    let main = add_versions(&mut project, None, 0..4);
    sandbox.push_main(&project, &main).await;
    let base = ObjectId::of(&version(1));
    let blocked = sandbox
        .store()
        .block_object(&base, "takedown", Actor::Operator)
        .await;
    blocked.expect("blocked");
    let plan = plan(&sandbox, main[3], &main[1..2], true).await;
    assert_eq!(plan.mpacks[0].counts.base_bytes, 0);
}
