//! Backup and restoration, of each pair of stores in its own way.

use std::fs;
use std::process::Command;

use muse_e2e::harness::{
    Backend, Scenario, ServerOptions, USER, binary, copy_directory, postgres_binaries,
};

/// A repository with two pushes.
fn pushed(scenario: &Scenario) {
    let url = scenario.create_repo("repo");
    scenario.init("work", &url);
    scenario.commit("work", &[("a", "1\n")], "First");
    scenario.ok("work", "push origin main");
    scenario.commit("work", &[("a", "2\n")], "Second");
    scenario.ok("work", "push origin main");
}

/// The restored server has two pushes and lacks the third, which is pushed again.
fn is_as_backed_up(scenario: &mut Scenario) {
    scenario.restart(&ServerOptions::default());
    assert_eq!(
        scenario.admin(&["doctor", "--hash"]).ok().line(),
        "everything is there"
    );
    // Users, tokens and repositories are as they were.
    let url = scenario.repo_url("repo");
    scenario.muse(".").args(["clone", &url, "clone"]).ok();
    assert_eq!(scenario.sandbox().read("clone/a"), "2\n");
    scenario.ok("work", &format!("remote set-url origin {url}"));
    scenario.ok("work", "push origin main");
    scenario.ok("clone", "pull");
    assert_eq!(scenario.sandbox().read("clone/a"), "3\n");
}

#[test]
fn a_server_comes_back_from_its_backup() {
    let mut scenario = Scenario::new(Backend::Embedded);
    pushed(&scenario);
    let archive = scenario.sandbox().path("backup.tar");
    let archive = archive.to_str().expect("UTF-8");
    let backed_up = scenario.admin(&["backup", archive]).ok();
    let again = scenario.admin(&["backup", archive]).fails(1);
    again.says("File exists");
    // What comes after the backup is lost with the server.
    scenario.commit("work", &[("a", "3\n")], "Third");
    scenario.ok("work", "push origin main");
    scenario.kill_server();
    scenario
        .admin(&["restore", archive])
        .fails(1)
        .says("without a database");
    fs::remove_dir_all(scenario.server().data()).expect("removed");
    let restored = scenario.admin(&["restore", archive]).ok();
    assert_eq!(
        restored.line().replace("restored", "backed up"),
        backed_up.line()
    );
    is_as_backed_up(&mut scenario);
}

#[test]
fn a_backup_goes_through_a_pipe() {
    let scenario = Scenario::new(Backend::Embedded);
    pushed(&scenario);
    let (data, musehub) = (scenario.server().data(), binary("musehub"));
    let script = format!(
        "{0} backup --data {1} - | {0} restore --data {1}.restored -",
        musehub.display(),
        data.display()
    );
    let piped = Command::new("sh").args(["-c", &script]).output();
    let piped = piped.expect("a shell");
    assert!(piped.status.success(), "{piped:?}");
    let restored = format!("sqlite:{}.restored/musehub.sqlite", data.display());
    let listed = scenario.admin(&["repo", "list", "--database", &restored]);
    assert!(listed.ok().line().contains(&format!("{USER}/repo")));
}

fn run(command: &mut Command) {
    let output = command.output().expect("it is installed");
    assert!(output.status.success(), "{command:?}: {output:?}");
}

/// As OPERATIONS.md has it: the database first, then the blobs.
#[test]
fn postgres_and_s3_come_back_from_copies() {
    if !Backend::Distributed.is_available() {
        return;
    }
    let mut scenario = Scenario::new(Backend::Distributed);
    let Some(blobs) = scenario.server().blobs() else {
        return;
    };
    pushed(&scenario);
    let tools = postgres_binaries().expect("a server runs");
    let url = scenario.server().database().expect("it has one").url();
    let [dump, copy] = ["musehub.dump", "blobs"].map(|name| scenario.sandbox().path(name));
    let pg = |tool: &str| Command::new(tools.join(tool));
    run(pg("pg_dump")
        .arg("--format=custom")
        .arg("--file")
        .arg(&dump)
        .arg(&url));
    // What is pushed between the two is in the store, and the database does not name it.
    scenario.commit("work", &[("a", "3\n")], "Third");
    scenario.ok("work", "push origin main");
    copy_directory(&blobs, &copy);
    scenario.admin(&["backup", "x"]).fails(1).says("pg_dump");

    scenario.kill_server();
    let empty = "DROP SCHEMA public CASCADE; CREATE SCHEMA public";
    run(pg("psql").args(["--quiet", "--command", empty]).arg(&url));
    fs::remove_dir_all(&blobs).expect("removed");
    copy_directory(&copy, &blobs);
    run(pg("pg_restore")
        .arg("--no-owner")
        .arg("--dbname")
        .arg(&url)
        .arg(&dump));
    is_as_backed_up(&mut scenario);
}
