//! Pushes, good and bad, against a real database and a real blob store.

mod large_objects;
mod leases;
mod parts;
mod protection;
mod refusals;
mod streams;
mod uploads;

use std::time::Duration;

use muse_wire::api::job::{JobState, JobStatus};
use muse_wire::api::push::{Force, RefUpdate, StreamControl, StreamedMpack};
use muse_wire::id::{CommitId, MpackKey};
use muse_wire::problem::ProblemCode;

use crate::blobs::StagingWriter;
use crate::blobs::conformance::key_of;
use crate::error::{Error, Result};
use crate::sandbox::{Project, Sandbox, update};
use crate::store::jobs::JobKind;

#[tokio::test(flavor = "multi_thread")]
async fn a_push_makes_everything_visible_at_once() {
    let sandbox = Sandbox::new().await;
    let mut project = Project::default();
    let line = project.add_line(None, 5);
    let status = sandbox.push_main(&project, &line).await;
    assert_eq!(status.status, JobState::Done);
    assert_eq!(status.commits_written, Some(5));
    assert_eq!(status.objects_written, Some(5));
    assert_eq!(status.branch_head, line.last().copied());
    let steps: Vec<_> = status
        .timings
        .iter()
        .map(|timing| timing.step.as_str())
        .collect();
    let expected = [
        "pin", "scan", "check", "wait", "verify", "closure", "verdict", "promote", "publish",
    ];
    assert_eq!(steps, expected);
    assert_eq!(sandbox.refs().await["refs/heads/main"], line[4]);
    let (client, _) = sandbox.clone_all().await;
    assert!(client.has_commit(&line[0]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_branch_brings_only_what_is_new() {
    let sandbox = Sandbox::new().await;
    let mut project = Project::default();
    let line = project.add_line(None, 4);
    sandbox.push_main(&project, &line).await;
    // A commit that writes what another branch has already.
    let dev = project.add(&[line[1]], &[("file2", Some("contents 2"))]);
    let update = update("dev", None, Some(dev));
    let status = sandbox
        .push(&project.mpack(&[dev]), &[update])
        .await
        .expect("pushed");
    assert_eq!(status.commits_written, Some(1));
    assert_eq!(status.objects_written, Some(0));
    sandbox.clone_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_may_record_a_tree_that_is_there() {
    let sandbox = Sandbox::new().await;
    let mut project = Project::default();
    let line = project.add_line(None, 2);
    sandbox.push_main(&project, &line).await;
    // The first commit's tree once more, on a branch that goes.
    let gone = project.add(&[line[0]], &[("file0", Some("contents 0"))]);
    let dev = update("dev", None, Some(gone));
    sandbox
        .push(&project.mpack(&[gone]), &[dev])
        .await
        .expect("pushed");
    stream(&sandbox, None, vec![update("dev", Some(gone), None)])
        .await
        .expect("deleted");
    // And on the branch that stays, without its record.
    let back = project.add(&[line[1]], &[("file1", None::<&str>)]);
    let mut draft = project.draft(&[back]);
    draft.snapshots.clear();
    let main = update("main", Some(line[1]), Some(back));
    sandbox
        .push(&draft.write(), &[main])
        .await
        .expect("the tree is there");
    let (client, _) = sandbox.clone_all().await;
    assert!(client.has_commit(&back));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_push_again_is_the_same_job() {
    let sandbox = Sandbox::new().await;
    let mut project = Project::default();
    let line = project.add_line(None, 2);
    let first = sandbox.push_main(&project, &line).await;
    let second = sandbox.push_main(&project, &line).await;
    assert_eq!(first.job_id, second.job_id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_published_mpack_can_move_another_ref_without_being_read_again() {
    let sandbox = Sandbox::new().await;
    let mut project = Project::default();
    let line = project.add_line(None, 2);
    sandbox.push_main(&project, &line).await;
    let mpack = project.mpack(&line);
    let job = sandbox
        .enqueue(key_of(&mpack), &[update("other", None, Some(line[0]))])
        .await;
    let status = sandbox.finish(&job.expect("queued")).await;
    assert_eq!(status.status, JobState::Done);
    assert_eq!(status.commits_written, Some(0));
    assert!(status.timings.iter().all(|timing| timing.step != "verify"));
    assert_eq!(sandbox.refs().await["refs/heads/other"], line[0]);
}

/// Adds a commit of a directory whose 100,000 names take 29 MB: in memory, and each time that the
/// directory is hashed.
fn add_large_directory(project: &mut Project) -> CommitId {
    let names: Vec<String> = (0..100_000).map(|name| format!("{name:0255}")).collect();
    let files: Vec<_> = names
        .iter()
        .map(|name| (name.as_str(), Some("0")))
        .collect();
    project.add(&[], &files)
}

/// A repository with two commits, and a third to be pushed, in a bad form.
async fn with_two_commits() -> (Sandbox, Project, Vec<CommitId>) {
    let sandbox = Sandbox::new().await;
    let mut project = Project::default();
    let line = project.add_line(None, 3);
    sandbox.push_main(&project, &line[..2]).await;
    (sandbox, project, line)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_diverged_push_is_refused_unless_forced() {
    let (sandbox, mut project, line) = with_two_commits().await;
    let fork = project.add_line(Some(line[0]), 1)[0];
    let mpack = project.mpack(&[fork]);
    let mut update = update("main", Some(line[1]), Some(fork));
    let problem = sandbox
        .push(&mpack, std::slice::from_ref(&update))
        .await
        .expect_err("refused");
    assert_eq!(problem.known_code(), Some(ProblemCode::NonFastForward));
    assert_eq!(sandbox.refs().await["refs/heads/main"], line[1]);
    update.force = Force::WithLease;
    sandbox.push(&mpack, &[update]).await.expect("forced");
    assert_eq!(sandbox.refs().await["refs/heads/main"], fork);
    sandbox.clone_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_pushes_at_once_one_wins() {
    let (mut sandbox, mut project, line) = with_two_commits().await;
    sandbox.stop_worker().await;
    let mut jobs = Vec::new();
    for _ in 0..2 {
        let tip = project.add_line(Some(line[1]), 1)[0];
        let mpack = project.mpack(&[tip]);
        sandbox.upload(key_of(&mpack), &mpack).await;
        let update = update("main", Some(line[1]), Some(tip));
        jobs.push((
            tip,
            sandbox
                .enqueue(key_of(&mpack), &[update])
                .await
                .expect("queued"),
        ));
    }
    sandbox.start_worker();
    let (first, second) = tokio::join!(sandbox.finish(&jobs[0].1), sandbox.finish(&jobs[1].1));
    assert_eq!(
        (first.status, second.status),
        (JobState::Done, JobState::Failed)
    );
    let code = second.error.and_then(|problem| problem.known_code());
    assert_eq!(code, Some(ProblemCode::StaleRef));
    assert_eq!(sandbox.refs().await["refs/heads/main"], jobs[0].0);
    let commits = sandbox
        .store()
        .commit_count(sandbox.repo.id)
        .await
        .expect("answers");
    assert_eq!(commits, 3, "nothing of the loser is visible");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_workers_job_is_taken_over() {
    let mut sandbox = Sandbox::idle(|_| {}).await;
    let mut project = Project::default();
    let line = project.add_line(None, 2);
    let mpack = project.mpack(&line);
    sandbox.upload(key_of(&mpack), &mpack).await;
    let update = update("main", None, line.last().copied());
    let job = sandbox
        .enqueue(key_of(&mpack), &[update])
        .await
        .expect("queued");
    // A worker that claims the job and is never heard of again.
    let store = sandbox.store();
    let claimed = store
        .claim(&[JobKind::Unpack], "dead", Duration::from_millis(1))
        .await;
    let dead = claimed.expect("answers").expect("claimed");
    sandbox.start_worker();
    let status = sandbox.finish(&job).await;
    assert_eq!(status.status, JobState::Done);
    let late = sandbox
        .store()
        .set_stage(&dead.lease, "verify")
        .await
        .expect("answers");
    assert!(!late, "the dead worker can still touch the job");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_mpack_that_was_never_uploaded_is_no_job() {
    let sandbox = Sandbox::idle(|_| {}).await;
    let error = sandbox
        .enqueue(MpackKey::from_bytes([1; 32]), &[])
        .await
        .expect_err("refused");
    assert_eq!(code_of(error), ProblemCode::MpackNotUploaded);
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_the_default_branch_is_refused_before_anything_is_sent_and_after() {
    let sandbox = Sandbox::new().await;
    let mut project = Project::default();
    let line = project.add_line(None, 2);
    sandbox.push_main(&project, &line).await;
    let (ingest, repo) = (&sandbox.server.ingest, &sandbox.repo);
    let mut deletion = [update("main", line.last().copied(), None)];
    let early = ingest.check_updates(repo, &deletion).await;
    let late = stream(&sandbox, None, deletion.to_vec()).await.map(drop);
    for refused in [early, late] {
        let code = code_of(refused.expect_err("refused"));
        assert_eq!(code, ProblemCode::DefaultBranch);
    }
    // The job that moves refs after an upload decides on its own.
    let key = key_of(&project.mpack(&line));
    let status = sandbox
        .finish(&sandbox.enqueue(key, &deletion).await.expect("queued"))
        .await;
    let code = status.error.and_then(|problem| problem.known_code());
    assert_eq!(code, Some(ProblemCode::DefaultBranch));
    deletion[0].delete_default_branch = true;
    let checked = ingest.check_updates(repo, &deletion).await;
    checked.expect("allowed");
    let job = sandbox.enqueue(key, &deletion).await.expect("queued");
    assert_eq!(sandbox.finish(&job).await.status, JobState::Done);
    assert!(sandbox.refs().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn updates_that_break_a_rule_are_refused() {
    let sandbox = Sandbox::idle(|_| {}).await;
    let mut project = Project::default();
    let line = project.add_line(None, 1);
    let new = Some(line[0]);
    let unknown = stream(&sandbox, None, vec![update("main", None, new)]).await;
    assert_eq!(
        code_of(unknown.expect_err("refused")),
        ProblemCode::MissingDependency
    );
    let twice = vec![update("a", None, new), update("a", None, new)];
    let (ingest, repo) = (&sandbox.server.ingest, &sandbox.repo);
    let twice = ingest.check_updates(repo, &twice).await;
    assert_eq!(
        code_of(twice.expect_err("refused")),
        ProblemCode::BadRequest
    );
    let stale = [update("main", new, None)];
    let stale = ingest.check_updates(repo, &stale).await;
    assert!(
        stale.is_ok(),
        "the ref that is to be deleted is already gone"
    );
    let stale = [update("main", new, Some(CommitId::from_bytes([5; 32])))];
    let stale = ingest.check_updates(repo, &stale).await;
    assert_eq!(code_of(stale.expect_err("refused")), ProblemCode::StaleRef);
}

async fn stream(
    sandbox: &Sandbox,
    mpack: Option<&[u8]>,
    updates: Vec<RefUpdate>,
) -> Result<JobStatus> {
    let mut announced = None;
    let mut staged = None;
    if let Some(mpack) = mpack {
        let directory = sandbox.blobs().staging_dir();
        let mut writer = StagingWriter::create(directory).await.expect("made");
        writer.write(mpack).await.expect("written");
        staged = Some(writer.finish().await.expect("finished"));
        announced = Some(StreamedMpack {
            mpack_key: key_of(mpack),
            size_bytes: mpack.len() as u64,
        });
    }
    let control = StreamControl {
        updates,
        mpack: announced,
    };
    let ingest = &sandbox.server.ingest;
    let permit = ingest.stream_permit().await;
    ingest
        .accept_stream(&sandbox.repo, &sandbox.identity, control, staged, permit)
        .await
}

fn code_of(error: Error) -> ProblemCode {
    match error {
        Error::Problem(problem) => problem.known_code().expect("a known code"),
        error => panic!("not a problem: {error:?}"),
    }
}
