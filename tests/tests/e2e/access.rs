//! Who may do what: tokens, scopes, private repositories, and what strangers see.

use muse_e2e::harness::{Api, Backend, Scenario, USER};
use muse_e2e::on_both_backends;
use muse_wire::api::repo::WhoamiResponse;

on_both_backends!(
    pushing_needs_the_owners_token,
    a_private_repository_is_nothing_to_strangers,
    a_public_repository_is_open_to_read,
    an_unknown_repository_is_not_found,
    a_revoked_token_is_nothing,
    stored_credentials_are_used,
    nobody_reads_another_repositorys_objects,
);

const UNKNOWN: &str = "muse_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn token(scenario: &Scenario, user: &str, scope: &str) -> String {
    let created = scenario
        .admin(&["token", "create", "--user", user, "--scope", scope])
        .ok();
    created.line().to_owned()
}

fn stranger(scenario: &Scenario) -> String {
    scenario.admin(&["user", "create", "eve"]).ok();
    token(scenario, "eve", "write")
}

fn pushing_needs_the_owners_token(scenario: &Scenario) {
    let url = scenario.create_repo("repo");
    scenario.init("work", &url);
    scenario.commit("work", &[("a", "1")], "First");
    let push = || scenario.muse("work").args(["push", "origin", "main"]);
    push()
        .without_env("MUSE_TOKEN")
        .fails(3)
        .says("muse auth login");
    push().env("MUSE_TOKEN", UNKNOWN).fails(3);
    push().env("MUSE_TOKEN", "nonsense").fails(3);
    push()
        .env("MUSE_TOKEN", token(scenario, USER, "read"))
        .fails(3);
    push().env("MUSE_TOKEN", stranger(scenario)).fails(3);
    let refs: muse_wire::api::refs::RefsResponse = scenario.api("repo").get("refs").json();
    assert!(refs.refs.is_empty());
    push().ok();
}

fn a_private_repository_is_nothing_to_strangers(scenario: &Scenario) {
    scenario
        .admin(&["repo", "create", &format!("{USER}/secret"), "--private"])
        .ok();
    let url = scenario.repo_url("secret");
    scenario.init("work", &url);
    scenario.commit("work", &[("a", "1")], "First");
    scenario.ok("work", "push origin main");
    // Its owner can clone it: the token goes with every request.
    scenario.muse(".").args(["clone", &url, "mine"]).ok();
    scenario
        .muse(".")
        .args(["clone", &url, "theirs"])
        .env("MUSE_TOKEN", stranger(scenario))
        .fails(4);
    scenario
        .muse(".")
        .args(["clone", &url, "nobodys"])
        .without_env("MUSE_TOKEN")
        .run();
    assert!(!scenario.sandbox().path("theirs").exists());
    assert!(!scenario.sandbox().path("nobodys").exists());
    let answer = scenario.api("secret").with_token(None).get("refs");
    assert!(matches!(answer.status, 401 | 404), "{}", answer.status);
}

fn a_public_repository_is_open_to_read(scenario: &Scenario) {
    let url = scenario.create_repo("open");
    scenario.init("work", &url);
    scenario.commit("work", &[("a", "1")], "First");
    scenario.ok("work", "push origin main");
    let clone = |into: &str| scenario.muse(".").args(["clone", &url, into]);
    clone("nobody").without_env("MUSE_TOKEN").ok();
    // But a wrong token is wrong everywhere.
    clone("wrong").env("MUSE_TOKEN", UNKNOWN).fails(3);
    let answer = scenario.api("open").with_token(Some(UNKNOWN)).get("refs");
    assert_eq!(answer.status, 401);
    assert!(answer.headers.contains_key("www-authenticate"));
    assert_eq!(answer.problem_code(), "unauthorized");
}

fn an_unknown_repository_is_not_found(scenario: &Scenario) {
    let url = scenario.repo_url("nothing");
    scenario.muse(".").args(["clone", &url, "clone"]).fails(4);
    assert!(!scenario.sandbox().path("clone").exists());
    scenario.init("work", &url);
    scenario.commit("work", &[("a", "1")], "First");
    scenario
        .muse("work")
        .args(["push", "origin", "main"])
        .fails(4);
    let answer = scenario.api("nothing").get("refs");
    assert_eq!(answer.status, 404);
    assert_eq!(answer.problem_code(), "not_found");
}

fn a_revoked_token_is_nothing(scenario: &Scenario) {
    scenario.create_repo("repo");
    let token = token(scenario, USER, "write");
    let api = || {
        Api::new(
            scenario.server().base_url(),
            &format!("{USER}/repo"),
            Some(&token),
        )
    };
    let whoami: WhoamiResponse = api().get("/api/whoami").json();
    assert_eq!((&*whoami.user, &*whoami.scope), (USER, "write"));
    let tokens = scenario.admin(&["token", "list", "--user", USER]).ok();
    assert!(
        !tokens.stdout.contains(&token),
        "a listing shows secrets:\n{tokens}"
    );
    let newest = tokens.stdout.lines().last().expect("there are tokens");
    let id = newest
        .split_whitespace()
        .next()
        .expect("a line has columns");
    scenario.admin(&["token", "revoke", id]).ok();
    assert_eq!(api().get("/api/whoami").status, 401);
    assert_eq!(scenario.api("repo").get("/api/whoami").status, 200);
}

fn stored_credentials_are_used(scenario: &Scenario) {
    let url = scenario.create_repo("repo");
    let muse = |directory: &str| scenario.muse(directory).without_env("MUSE_TOKEN");
    muse(".")
        .args([
            "auth",
            "login",
            "--with-token",
            scenario.server().base_url(),
        ])
        .stdin(format!("{}\n", scenario.token()))
        .ok();
    scenario.init("work", &url);
    scenario.commit("work", &[("a", "1")], "First");
    muse("work").args(["push", "origin", "main"]).ok();
    let status = muse(".").args(["auth", "status"]).ok();
    assert!(status.to_string().contains(USER), "{status}");
    assert!(
        !status.to_string().contains(scenario.token()),
        "the secret is shown"
    );
    muse(".")
        .args(["auth", "logout", scenario.server().base_url()])
        .ok();
    scenario.commit("work", &[("a", "2")], "Second");
    muse("work").args(["push", "origin", "main"]).fails(3);
}

/// Git's own helper keeps the token here, in a file as plain as ours.
#[test]
fn a_credential_helper_keeps_tokens_instead() {
    let scenario = Scenario::new(Backend::Embedded);
    let url = scenario.create_repo("repo");
    let base_url = scenario.server().base_url();
    let muse = |directory: &str, command_line: &str| {
        let muse = scenario.muse(directory).without_env("MUSE_TOKEN");
        muse.args(command_line.split(' '))
    };
    let kept = scenario.sandbox().path("kept");
    let helper = format!("store --file={}", kept.display());
    let set = scenario.muse(".");
    set.args(["config", "--global", "set", "auth.helper", &helper])
        .ok();
    let login = || muse(".", &format!("auth login --with-token {base_url}"));
    login().stdin(format!("{}\n", scenario.token())).ok();
    let contents = std::fs::read_to_string(&kept).expect("the helper wrote it");
    assert!(contents.contains(&format!("{USER}:{}@", scenario.token())));
    scenario.init("work", &url);
    scenario.commit("work", &[("a", "1")], "First");
    let pushed = muse("work", "-v push origin main").ok();
    assert!(!pushed.to_string().contains(scenario.token()), "{pushed}");
    let status = muse("work", "auth status").ok();
    assert!(status.stdout.contains(USER), "{status}");

    muse(".", &format!("auth logout {base_url}")).ok();
    assert_eq!(std::fs::read_to_string(&kept).expect("it is there"), "");
    scenario.commit("work", &[("a", "2")], "Second");
    muse("work", "push origin main").fails(3);
    // One that fails is named, and nothing else is lost by that.
    let set = scenario.muse(".");
    set.args(["config", "--global", "set", "auth.helper", "!false"])
        .ok();
    let refused = muse("work", "push origin main").fails(3);
    refused.says("the credential helper \"!false\" failed (exit status: 1)");
    login()
        .stdin(format!("{}\n", scenario.token()))
        .fails(1)
        .says("the setting `auth.helper` names it");
    // The settings of a repository name none.
    let set = scenario.muse(".");
    set.args(["config", "--global", "unset", "auth.helper"])
        .ok();
    let own = "!touch ../ran; true";
    let set = scenario
        .muse("work")
        .args(["config", "set", "auth.helper", own]);
    set.ok();
    muse("work", "push origin main").fails(3);
    assert!(!scenario.sandbox().path("ran").exists());
}

/// Knowing an id gives access to nothing: every repository has its own objects.
fn nobody_reads_another_repositorys_objects(scenario: &Scenario) {
    let url = scenario.create_repo("one");
    scenario.create_repo("two");
    scenario.init("work", &url);
    scenario.commit("work", &[("a", "the contents\n")], "First");
    scenario.ok("work", "push origin main");
    let object = muse_wire::id::ObjectId::of(b"the contents\n");
    let path = format!("objects/{object}");
    let found = scenario.api("one").get(&path);
    assert_eq!(
        (found.status, &found.body[..]),
        (200, &b"the contents\n"[..])
    );
    assert_eq!(scenario.api("two").get(&path).status, 404);
    // One history can live in both.
    let second = scenario.repo_url("two");
    scenario.ok("work", &format!("remote add second {second}"));
    scenario.ok("work", "push second main");
    assert_eq!(scenario.api("two").get(&path).status, 200);
    scenario.muse(".").args(["clone", &second, "clone"]).ok();
}
