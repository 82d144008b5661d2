//! What an operator does to objects and blobs: takes them down, tidies up, looks whether all are
//! there.

use muse_e2e::harness::{Scenario, USER};
use muse_e2e::on_both_backends;
use muse_wire::id::ObjectId;

on_both_backends!(
    an_object_is_taken_down_in_one_repository,
    blocked_objects_are_listed,
    a_healthy_server_has_nothing_to_delete_or_repair,
    a_refused_mpack_is_released_when_its_block_is_lifted,
    a_refused_mpack_is_deleted,
    what_the_database_lacks_is_found,
);

const SECRET: &str = "not for everybody\n";

/// A repository with a secret, pushed from a work tree of the same name.
fn pushed(scenario: &Scenario, name: &str) -> String {
    let url = scenario.create_repo(name);
    scenario.init(name, &url);
    scenario.commit(name, &[("kept", "1\n"), ("secret", SECRET)], "First");
    scenario.ok(name, "push origin main");
    url
}

fn an_object_is_taken_down_in_one_repository(scenario: &Scenario) {
    let (here, there) = (pushed(scenario, "here"), pushed(scenario, "there"));
    let secret = ObjectId::of(SECRET.as_bytes()).to_hex();
    let repo = format!("{USER}/here");
    let take_down = |object: &str, reason: &str| {
        scenario.admin(&["takedown", &repo, object, "--reason", reason])
    };
    take_down(&"0".repeat(64), "order 7")
        .fails(1)
        .says("ada/here has no object");
    take_down("secret", "order 7").fails(2).says("not an id");
    take_down(&secret, " ").fails(1).says("say why");
    take_down(&format!("sha256:{secret}"), "order 7").ok();
    let listed = scenario.admin(&["block", "list", "--repo", &repo]).ok();
    assert!(listed.line().starts_with(&secret) && listed.line().ends_with("order 7"));

    let clone = |url: &str, into: &str| scenario.muse(".").args(["clone", url, into]).ok();
    assert!(clone(&here, "denied").stderr.contains("order 7"));
    assert!(!clone(&there, "given").stderr.contains("withheld"));
    let restore = ["restore-object", &repo, &secret];
    scenario.admin(&restore).ok();
    scenario.admin(&restore).fails(1).says("is not blocked");
    assert!(!clone(&here, "again").stderr.contains("withheld"));
    let audit = scenario.admin(&["audit", "--repo", &repo]).ok();
    for act in ["object.take-down", "object.restore"] {
        assert!(audit.stdout.contains(act), "{audit}");
    }
}

fn blocked_objects_are_listed(scenario: &Scenario) {
    let object = "0123456789abcdef".repeat(4);
    let add = ["block", "add", &object, "--reason", "order 8"];
    scenario.admin(&add).ok();
    let listed = scenario.admin(&["block", "list"]).ok();
    let columns: Vec<&str> = listed.line().split('\t').collect();
    assert_eq!(
        (columns.len(), columns[0], columns[2]),
        (3, &*object, "order 8")
    );
    let remove = ["block", "remove", &object];
    scenario.admin(&remove).ok();
    scenario.admin(&remove).fails(1).says("is not blocked");
    assert_eq!(scenario.admin(&["block", "list"]).ok().stdout, "");
}

fn a_healthy_server_has_nothing_to_delete_or_repair(scenario: &Scenario) {
    pushed(scenario, "repo");
    let repo = format!("{USER}/repo");
    for arguments in [&["gc"][..], &["gc", "--dry-run"], &["gc", "--repo", &repo]] {
        assert_eq!(scenario.admin(arguments).ok().line(), "nothing to delete");
    }
    let usage = scenario.admin(&["repo", "usage"]).ok();
    let columns: Vec<&str> = usage.line().split('\t').collect();
    assert_eq!((columns.len(), columns[0], columns[2]), (6, &*repo, "0"));
    let total: u64 = columns[5].parse().expect("bytes");
    assert!(total > 0 && columns[1] == columns[5], "{usage}");
    let by_owner = scenario.admin(&["repo", "usage", "--by-owner"]).ok();
    assert_eq!(by_owner.line(), usage.line().replace(&repo, USER));
    for arguments in [
        &["doctor"][..],
        &["doctor", "--hash", "--repair", "--repo", &repo],
    ] {
        assert_eq!(scenario.admin(arguments).ok().line(), "everything is there");
    }
    let unknown = ["doctor", "--repo", "ada/nothing"];
    scenario
        .admin(&unknown)
        .fails(1)
        .says("no repository ada/nothing");
}

fn a_refused_mpack_is_released_when_its_block_is_lifted(scenario: &Scenario) {
    let url = scenario.create_repo("repo");
    let repo = format!("{USER}/repo");
    scenario.init("work", &url);
    scenario.commit("work", &[("kept", "1\n"), ("secret", SECRET)], "First");
    let secret = ObjectId::of(SECRET.as_bytes()).to_hex();
    let push = "push --transfer presign origin main";
    let block = ["block", "add", &secret, "--reason", "order 9"];
    scenario.admin(&block).ok();
    scenario.fails("work", push, 8).says("blocked");
    let listed = scenario.admin(&["quarantine", "list"]).ok();
    let columns: Vec<&str> = listed.line().split('\t').collect();
    assert_eq!((columns.len(), columns[0]), (4, &*repo), "{listed}");
    let mpack = columns[1];
    let of_repo = ["quarantine", "list", "--repo", &repo];
    assert_eq!(scenario.admin(&of_repo).ok().stdout, listed.stdout);

    scenario.admin(&["block", "remove", &secret]).ok();
    let release = ["quarantine", "release", &repo, mpack];
    scenario.admin(&release).ok();
    scenario
        .admin(&release)
        .fails(1)
        .says("not in the quarantine");
    let pushed = scenario.ok("work", &format!("-v {push}"));
    assert!(pushed.stderr.contains("0 B sent"), "{pushed}");
    scenario.muse(".").args(["clone", &url, "clone"]).ok();
    assert_eq!(scenario.admin(&["quarantine", "list"]).ok().stdout, "");
    let audit = scenario.admin(&["audit", "--repo", &repo]).ok();
    assert!(audit.stdout.contains("quarantine.release"), "{audit}");
}

fn a_refused_mpack_is_deleted(scenario: &Scenario) {
    let url = scenario.create_repo("repo");
    let repo = format!("{USER}/repo");
    scenario.init("work", &url);
    scenario.commit("work", &[("secret", SECRET)], "First");
    let secret = ObjectId::of(SECRET.as_bytes()).to_hex();
    let block = ["block", "add", &secret, "--reason", "order 9"];
    scenario.admin(&block).ok();
    scenario
        .fails("work", "push origin main", 8)
        .says("blocked");
    let listed = scenario.admin(&["quarantine", "list"]).ok();
    let mpack = listed.line().split('\t').nth(1).expect("a column");
    let delete = ["quarantine", "delete", &repo, mpack];
    scenario.admin(&delete).ok();
    scenario
        .admin(&delete)
        .fails(1)
        .says("not in the quarantine");
    assert_eq!(scenario.admin(&["quarantine", "list"]).ok().stdout, "");
}

fn what_the_database_lacks_is_found(scenario: &Scenario) {
    pushed(scenario, "repo");
    let secret = ObjectId::of(SECRET.as_bytes());
    for (table, id, damage) in [
        ("mpack_index", secret.to_string(), "missing object"),
        ("snapshots", "sha256:".to_owned(), "missing snapshot"),
        (
            "commits",
            scenario.revision("repo", "main"),
            "missing commit",
        ),
    ] {
        scenario.server().execute(&format!("DELETE FROM {table}"));
        let examined = scenario.admin(&["doctor"]).fails(1);
        let is_named = |line: &str| line.contains(&id) && line.contains(damage);
        assert!(examined.stdout.lines().any(is_named), "{examined}");
    }
}
