//! A server that dies in the middle of taking in a push: after a restart the job ends `done`, once.

use std::time::Instant;

use muse_e2e::harness::{Forgery, Scenario, ServerOptions, key_of};
use muse_e2e::on_both_backends;
use muse_e2e::workload::incompressible;
use muse_wire::api::job::{JobState, JobStatus};
use muse_wire::api::push::{Force, RefUpdate};
use muse_wire::commit::CommitEnvelope;
use muse_wire::id::CommitId;
use muse_wire::mpack::{Base, Counts, MpackWriter, NewCommit, ThinFrame};
use muse_wire::name::RefName;
use muse_wire::path::RepoPath;
use muse_wire::snapshot::SnapshotRecord;

macro_rules! dies {
    ($($name:ident = $push:ident at $point:literal),+ $(,)?) => {
        $(fn $name(scenario: &mut Scenario) {
            scenario.create_repo("repo");
            let push = $push(scenario);
            dies_at(scenario, $point, &push);
        })+

        #[test]
        fn every_point_has_its_test() {
            let mut tested = vec![$($point),+];
            tested.dedup();
            assert_eq!(musehub::fault::INGEST_POINTS, tested);
        }

        on_both_backends!(mut $($name),+);
    };
}

dies!(
    dies_after_claim = two_commits at "after_claim",
    dies_before_pin = two_commits at "before_pin",
    dies_after_pin = two_commits at "after_pin",
    dies_after_thicken = thin_commit at "after_thicken",
    dies_after_scan = two_commits at "after_scan",
    dies_after_check = two_commits at "after_check",
    dies_in_verify = two_commits at "in_verify",
    dies_after_verify = two_commits at "after_verify",
    dies_after_closure = two_commits at "after_closure",
    dies_before_promote = two_commits at "before_promote",
    dies_after_promote = two_commits at "after_promote",
    dies_with_two_forms_after_promote = thin_commit at "after_promote",
    dies_before_publish = two_commits at "before_publish",
    dies_after_publish = two_commits at "after_publish",
);

/// A push, and what it and those before leave behind.
struct Push {
    mpack: Vec<u8>,
    update: RefUpdate,
    commits_written: u64,
    objects_written: u64,
    rows: &'static [(&'static str, u64)],
}

fn update_main(old: Option<CommitId>, new: CommitId) -> RefUpdate {
    RefUpdate {
        name: RefName::branch("main").expect("a valid name"),
        old,
        new: Some(new),
        force: Force::No,
        delete_default_branch: false,
    }
}

/// The first push of a repository.
fn two_commits(_: &Scenario) -> Push {
    let mut forgery = Forgery::default();
    let first = forgery.commit(&[("a", b"1"), ("b", b"2")], &[]);
    let tip = forgery.commit(&[("a", b"3")], &[first]);
    Push {
        mpack: forgery.bytes(),
        update: update_main(None, tip),
        commits_written: 2,
        objects_written: 3,
        rows: &[
            ("jobs", 1),
            ("commits", 2),
            ("snapshots", 2),
            ("mpack_index", 3),
            ("mpacks", 1),
            ("refs", 1),
            ("ref_log", 1),
        ],
    }
}

/// An edit of a file that was pushed before, as a thin mpack.
fn thin_commit(scenario: &Scenario) -> Push {
    let before = incompressible(1, 20_000);
    let mut after = before.clone();
    after[10_000] ^= 1;
    let mut forgery = Forgery::default();
    let first = forgery.commit(&[("a", &before)], &[]);
    let pushed = scenario
        .api("repo")
        .push(&forgery.bytes(), &[update_main(None, first)]);
    assert_eq!(pushed.status, JobState::Done, "{pushed:?}");
    let base = Base {
        snapshot: forgery.snapshots[0].id,
        path: RepoPath::new("a").expect("a path that is allowed"),
        length: 20_000,
    };
    let tip = forgery.commit(&[("a", &after)], &[first]);
    Push {
        mpack: thin_form_of_last(&forgery, base, &before),
        update: update_main(Some(first), tip),
        commits_written: 1,
        objects_written: 1,
        rows: &[
            ("jobs", 2),
            ("commits", 2),
            ("snapshots", 2),
            ("mpack_index", 2),
            ("mpacks", 2),
            ("refs", 1),
            ("ref_log", 2),
        ],
    }
}

/// The last commit, snapshot and object, compressed against this base.
fn thin_form_of_last(forgery: &Forgery, base: Base, contents: &[u8]) -> Vec<u8> {
    let (id, object) = forgery.objects.last().expect("it was added");
    let counts = Counts {
        objects: 1,
        commits: 1,
        snapshots: 1,
        object_bytes: object.len() as u64,
        base_bytes: contents.len() as u64,
    };
    let mut writer = MpackWriter::new(Vec::new(), counts).expect("memory takes all");
    let objects = vec![(*id, object.len() as u32)];
    let frame = ThinFrame::compress(objects, object, vec![base], contents);
    let frame = frame.expect("it compresses").expect("the base saves much");
    writer.add_thin_frame(&frame).expect("announced");
    let forged = forgery.commits.last().expect("it was added");
    let envelope = CommitEnvelope::decode(&forged.envelope).expect("it is true");
    let commit = NewCommit {
        envelope: &envelope,
        commit: &envelope.open().expect("it is true"),
        generation: forged.generation,
    };
    writer.add_commit(&commit).expect("announced");
    let record = &forgery.snapshots.last().expect("it was added").record;
    let record = SnapshotRecord::decode(record).expect("it is true");
    writer.add_snapshot(&record).expect("announced");
    writer.finish().expect("all was added").out
}

fn dies_at(scenario: &mut Scenario, point: &str, push: &Push) {
    let environment = vec![(musehub::fault::FAULT_VARIABLE.to_owned(), point.to_owned())];
    let faulty = ServerOptions {
        environment,
        ..ServerOptions::default()
    };
    scenario.restart(&faulty);
    let (mpack, updates) = (&push.mpack, std::slice::from_ref(&push.update));
    let api = scenario.api("repo");
    api.upload(mpack, key_of(mpack), updates)
        .expect("the upload is taken");
    // The worker may be so quick that the server dies before it has answered; the job is queued all
    // the same.
    let answered = api.try_unpack(key_of(mpack), updates).ok();
    scenario.wait_for_server_death();

    let restarted = Instant::now();
    scenario.restart(&ServerOptions::default());
    let api = scenario.api("repo");
    let job: JobStatus = api.unpack(key_of(mpack), updates).json();
    if let Some(answer) = answered {
        assert_eq!(answer.status, 202);
        assert_eq!(answer.json::<JobStatus>().job_id, job.job_id);
    }
    let status = api.wait(&job.poll_url);
    assert_eq!(status.status, JobState::Done, "{status:?}");
    assert_eq!(status.commits_written, Some(push.commits_written));
    assert_eq!(status.objects_written, Some(push.objects_written));
    assert!(restarted.elapsed().as_secs() < 60, "it took too long");
    // Once: the same request again is the same job, and nothing was written twice.
    let again: JobStatus = api.unpack(key_of(mpack), updates).json();
    assert_eq!(again.job_id, job.job_id);
    for (table, rows) in push.rows {
        assert_eq!(scenario.server().row_count(table), *rows, "rows of {table}");
    }
    scenario
        .muse(".")
        .args(["clone", &scenario.repo_url("repo"), "clone"])
        .ok();
}
