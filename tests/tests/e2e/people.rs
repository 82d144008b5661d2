//! Who works on a repository: members and their roles, as an operator gives them.

use muse_e2e::harness::{Scenario, USER};
use muse_e2e::on_both_backends;

on_both_backends!(
    members_do_what_their_role_allows,
    a_deploy_token_is_for_one_repository_and_some_time,
    a_protected_branch_moves_only_forward,
    users_come_and_go,
    repositories_are_renamed_and_shown,
    administrative_acts_are_listed,
);

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

fn a_deploy_token_is_for_one_repository_and_some_time(scenario: &Scenario) {
    let url = scenario.create_repo("built");
    scenario.admin(&["repo", "create", "ada/other"]).ok();
    let create = |scope: &str| {
        let create = ["token", "create", "--user", USER, "--scope", scope];
        scenario.admin(&create).args(["--repo", "ada/built"])
    };
    let token = create("write")
        .args(["--expires", "30", "--label", "CI"])
        .ok();
    let token = token.line();
    scenario.init("work", &url);
    scenario.commit("work", &[("a", "1")], "First");
    let push = |remote: &str| {
        let push = scenario.muse("work").args(["push", remote, "main"]);
        push.env("MUSE_TOKEN", token)
    };
    push("origin").ok();
    let other = scenario.repo_url("other");
    scenario.ok("work", &format!("remote add other {other}"));
    push("other")
        .fails(3)
        .says("good for another repository alone");
    let status = scenario.muse("work").args(["auth", "status"]);
    let status = status.env("MUSE_TOKEN", token).ok();
    let described = "ada (scope write, for ada/built alone, until ";
    assert!(status.stdout.contains(described), "{status}");

    let listed = scenario.admin(&["token", "list"]).ok();
    let line = listed.stdout.lines().last().expect("there are tokens");
    let columns: Vec<_> = line.split('\t').collect();
    let [id, user, scope, state, repo, end, last_use, label] = columns[..] else {
        panic!("a listed token has eight columns: {line}");
    };
    assert_eq!(
        [user, scope, state, repo, label],
        [USER, "write", "valid", "ada/built", "CI"]
    );
    assert!(end.ends_with('Z') && last_use.ends_with('Z'), "{line}");
    scenario.admin(&["token", "revoke", id]).ok();
    push("origin").fails(3).says("the token was revoked");

    create("admin").fails(1).says("good for every repository");
    create("read").args(["--expires", "0"]).fails(2);
}

fn a_protected_branch_moves_only_forward(scenario: &Scenario) {
    let url = scenario.create_repo("guarded");
    scenario.init("work", &url);
    scenario.commit("work", &[("a", "1")], "First");
    scenario.ok("work", "push origin main");
    let repo = |action: &[&str]| {
        let command = [&["repo", action[0], "ada/guarded"], &action[1..]].concat();
        scenario.admin(&command)
    };
    repo(&["protect", "main"]).ok();
    scenario.commit("work", &[("a", "2")], "Second");
    scenario.ok("work", "push origin main");
    scenario.ok("work", "reset --hard HEAD~1");
    let forced = scenario.fails("work", "push --force origin main", 3);
    forced.says("it takes no forced push (protected_branch)");
    let deleted = scenario.fails("work", "push --yes --delete main origin", 3);
    deleted.says("it cannot be deleted (protected_branch)");

    repo(&["protect", "main", "--allow-force", "--signed-only"]).ok();
    let listed = repo(&["protections"]).ok();
    assert_eq!(listed.stdout, "main\tno-deletion,signed-only\n");
    scenario.commit("work", &[("a", "3")], "Third");
    let unsigned = scenario.fails("work", "push --force origin main", 8);
    unsigned.says("is not signed (signature_required)");
    repo(&["protect", "main", "--allow-force", "--allow-deletion"])
        .fails(1)
        .says("main would be protected against nothing");
    repo(&["unprotect", "main"]).ok();
    repo(&["unprotect", "main"])
        .fails(1)
        .says("main of ada/guarded is not protected");
    scenario.ok("work", "push --force origin main");
}

fn users_come_and_go(scenario: &Scenario) {
    let url = scenario.create_repo("kept");
    scenario.init("work", &url);
    scenario.commit("work", &[("a", "1")], "First");
    scenario.ok("work", "push origin main");
    user(scenario, "grace");
    let command = |arguments: &[&str]| scenario.admin(&[&["user"], arguments].concat());

    command(&["disable", USER]).ok();
    let listed = command(&["list"]).ok();
    let states: Vec<_> = listed
        .stdout
        .lines()
        .map(|line| line.rsplit_once('\t').expect("a line has columns").0)
        .collect();
    assert_eq!(states, ["ada\tdisabled", "grace\tactive"]);
    let tokens = scenario.admin(&["token", "list", "--user", USER]).ok();
    assert!(tokens.stdout.contains("\tdisabled\t"), "{tokens}");
    scenario.commit("work", &[("a", "2")], "Second");
    let refused = scenario.fails("work", "push origin main", 3);
    refused.says("the token's user is disabled");
    command(&["enable", USER]).ok();
    scenario.ok("work", "push origin main");

    command(&["rename", USER, "grace"])
        .fails(1)
        .says("the user grace already exists");
    command(&["rename", USER, "lovelace"]).ok();
    let url = url.replace("/ada/", "/lovelace/");
    scenario.muse(".").args(["clone", &url, "clone"]).ok();
    command(&["delete", "lovelace", "--yes"])
        .fails(1)
        .says("the user owns 1 repositories");
    command(&["delete", "grace"]).fails(1).says("add --yes");
    command(&["delete", "grace", "--yes"]).ok();
    command(&["delete", "grace", "--yes"])
        .fails(1)
        .says("there is no user grace");
}

fn repositories_are_renamed_and_shown(scenario: &Scenario) {
    let url = scenario.create_repo("draft");
    scenario.init("work", &url);
    scenario.commit("work", &[("a", "1")], "First");
    scenario.ok("work", "push origin main");
    scenario.create_repo("other");
    let command = |arguments: &[&str]| scenario.admin(&[&["repo"], arguments].concat());
    command(&["rename", "ada/draft", "other"])
        .fails(1)
        .says("already exists");
    command(&["rename", "ada/draft", "Draft"])
        .fails(1)
        .says("is not allowed");
    command(&["rename", "ada/draft", "paper"]).ok();
    command(&["visibility", "ada/paper", "private"]).ok();
    let listed = command(&["list"]).ok();
    assert!(listed.stdout.contains("ada/paper\tprivate\t"), "{listed}");
    let url = scenario.repo_url("paper");
    let clone = |into: &str| {
        let clone = scenario.muse(".").args(["clone", &url, into]);
        clone.without_env("MUSE_TOKEN")
    };
    clone("private").fails(4);
    command(&["visibility", "ada/paper", "public"]).ok();
    clone("public").ok();
    command(&["visibility", "ada/paper", "hidden"]).fails(2);
    command(&["delete", "ada/paper"]).fails(1).says("add --yes");
    command(&["delete", "ada/paper", "--yes"]).ok();
    command(&["rename", "ada/paper", "x"])
        .fails(1)
        .says("no repository ada/paper");
}

fn administrative_acts_are_listed(scenario: &Scenario) {
    scenario.create_repo("logged");
    user(scenario, "grace");
    scenario
        .admin(&["member", "add", "ada/logged", "grace", "--role", "write"])
        .ok();
    let acts = |arguments: &[&str]| {
        let listed = scenario.admin(&[&["audit"], arguments].concat()).ok();
        let lines = listed.stdout.lines();
        // Without the time.
        let lines = lines.map(|line| line.split_once('\t').expect("columns").1.to_owned());
        lines.collect::<Vec<_>>()
    };
    assert_eq!(
        acts(&["--repo", "ada/logged"]),
        [
            "operator\tmember.add\tada/logged\tgrace\trole write",
            "operator\trepo.create\tada/logged\t-\tpublic",
        ]
    );
    assert_eq!(acts(&["--user", "grace"]).len(), 3);
    assert_eq!(
        acts(&["--limit", "1"]),
        acts(&["--repo", "ada/logged"])[..1]
    );
    assert_eq!(acts(&[]).len(), 6);
    scenario
        .admin(&["user", "create", "operator"])
        .fails(1)
        .says("it is reserved");
}
