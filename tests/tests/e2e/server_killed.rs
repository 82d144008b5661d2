//! A server that dies in the middle of taking in a push: after a restart the job ends `done`, once.

use std::time::Instant;

use muse_e2e::harness::{Forgery, Scenario, ServerOptions, key_of};
use muse_e2e::on_both_backends;
use muse_wire::api::job::{JobState, JobStatus};
use muse_wire::api::push::{Force, RefUpdate};
use muse_wire::name::RefName;

macro_rules! dies {
    ($($name:ident = $point:literal),+ $(,)?) => {
        $(fn $name(scenario: &mut Scenario) { dies_at(scenario, $point); })+

        #[test]
        fn every_point_has_its_test() {
            assert_eq!(musehub::fault::POINTS, [$($point),+]);
        }

        on_both_backends!(mut $($name),+);
    };
}

dies!(
    dies_after_claim = "after_claim",
    dies_before_pin = "before_pin",
    dies_after_pin = "after_pin",
    dies_after_scan = "after_scan",
    dies_after_check = "after_check",
    dies_in_verify = "in_verify",
    dies_after_verify = "after_verify",
    dies_after_closure = "after_closure",
    dies_before_promote = "before_promote",
    dies_after_promote = "after_promote",
    dies_before_publish = "before_publish",
    dies_after_publish = "after_publish",
);

fn dies_at(scenario: &mut Scenario, point: &str) {
    let environment = vec![(musehub::fault::FAULT_VARIABLE.to_owned(), point.to_owned())];
    let faulty = ServerOptions {
        environment,
        ..ServerOptions::default()
    };
    scenario.create_repo("repo");
    scenario.restart(&faulty);
    let mut forgery = Forgery::default();
    let first = forgery.commit(&[("a", b"1"), ("b", b"2")], &[]);
    let tip = forgery.commit(&[("a", b"3")], &[first]);
    let mpack = forgery.bytes();
    let updates = [RefUpdate {
        name: RefName::branch("main").expect("a valid name"),
        old: None,
        new: Some(tip),
        force: Force::No,
        delete_default_branch: false,
    }];
    let api = scenario.api("repo");
    api.upload(&mpack, key_of(&mpack), &updates)
        .expect("the upload is taken");
    // The worker may be so quick that the server dies before it has answered; the job is queued all
    // the same.
    let answered = api.try_unpack(key_of(&mpack), &updates).ok();
    scenario.wait_for_server_death();

    let restarted = Instant::now();
    scenario.restart(&ServerOptions::default());
    let api = scenario.api("repo");
    let job: JobStatus = api.unpack(key_of(&mpack), &updates).json();
    if let Some(answer) = answered {
        assert_eq!(answer.status, 202);
        assert_eq!(answer.json::<JobStatus>().job_id, job.job_id);
    }
    let status = api.wait(&job.poll_url);
    assert_eq!(status.status, JobState::Done, "{status:?}");
    assert_eq!(status.commits_written, Some(2));
    assert_eq!(status.objects_written, Some(3));
    assert!(restarted.elapsed().as_secs() < 60, "it took too long");
    // Once: the same request again is the same job, and nothing was written twice.
    let again: JobStatus = api.unpack(key_of(&mpack), &updates).json();
    assert_eq!(again.job_id, job.job_id);
    for (table, rows) in [
        ("jobs", 1),
        ("commits", 2),
        ("snapshots", 2),
        ("mpack_index", 3),
        ("mpacks", 1),
        ("refs", 1),
        ("ref_log", 1),
    ] {
        assert_eq!(scenario.server().row_count(table), rows, "rows of {table}");
    }
    scenario
        .muse(".")
        .args(["clone", &scenario.repo_url("repo"), "clone"])
        .ok();
}
