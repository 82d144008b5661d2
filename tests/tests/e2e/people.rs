//! Who works on a repository: members and their roles, as an operator gives them.

use muse_e2e::harness::{Scenario, USER};
use muse_e2e::on_both_backends;

on_both_backends!(members_do_what_their_role_allows);

/// Creates a user and returns a token of theirs.
fn user(scenario: &Scenario, name: &str) -> String {
    scenario.admin(&["user", "create", name]).ok();
    let created = scenario.admin(&["token", "create", "--user", name]).ok();
    created.line().to_owned()
}

fn members_do_what_their_role_allows(scenario: &Scenario) {
    let repo = format!("{USER}/team");
    scenario.admin(&["repo", "create", &repo, "--private"]).ok();
    let url = scenario.repo_url("team");
    scenario.init("work", &url);
    scenario.commit("work", &[("a", "1")], "First");
    scenario.ok("work", "push origin main");

    let grace = user(scenario, "grace");
    let add =
        |name: &str, role: &str| scenario.admin(&["member", "add", &repo, name, "--role", role]);
    let clone = |into: &str| {
        let clone = scenario.muse(".").args(["clone", &url, into]);
        clone.env("MUSE_TOKEN", &grace)
    };
    clone("before").fails(4);
    add("grace", "read").ok();
    clone("grace").ok();
    scenario.commit("grace", &[("b", "2")], "Second");
    let push = || {
        let push = scenario.muse("grace").args(["push", "origin", "main"]);
        push.env("MUSE_TOKEN", &grace)
    };
    push().fails(3).says("role `write`");
    add("grace", "write").ok();
    push().ok();

    let listed = scenario.admin(&["member", "list", &repo]).ok();
    assert_eq!(listed.stdout, "ada\towner\ngrace\twrite\n");
    scenario.admin(&["member", "remove", &repo, "grace"]).ok();
    clone("after").fails(4);

    let none = scenario.admin(&["member", "remove", &repo, "grace"]);
    none.fails(1).says("grace is no member of ada/team");
    add("nobody", "read").fails(1).says("no user nobody");
    add(USER, "read").fails(1).says("ada owns ada/team");
    add("grace", "owner").fails(2).says("a role is one of");
    let unknown = ["member", "list", "ada/nothing"];
    scenario
        .admin(&unknown)
        .fails(1)
        .says("no repository ada/nothing");
}
