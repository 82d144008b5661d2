//! Signed commits: keys, signatures, and what a server makes of them.

use muse_e2e::harness::{Backend, Scenario};

#[test]
fn a_signed_commit_is_verified_here_there_and_after_a_clone() {
    let scenario = Scenario::new(Backend::Embedded);
    let url = scenario.create_repo("repo");
    scenario.init("work", &url);
    let commit = |file: &str, options: &[&str]| {
        scenario.sandbox().write(format!("work/{file}"), file);
        let command = scenario.muse("work").args(["commit", "-m", file]);
        command.args(options)
    };
    commit("a", &["-S"]).fails(4).says("muse auth keygen");
    let key = scenario.ok("work", "auth keygen");
    let key = key.line();
    assert!(key.starts_with("ed25519:"), "{key}");
    scenario.fails("work", "auth keygen", 1);
    commit("a", &["-S"]).ok();
    let verified = scenario.ok("work", "verify-commit HEAD");
    assert!(
        verified
            .line()
            .ends_with(&format!("good signature by {key}")),
        "{verified}"
    );
    let shown = scenario.ok("work", "log --show-signature").stdout;
    let mut lines = shown.lines();
    assert!(
        lines.next().is_some_and(|line| line.starts_with("commit ")),
        "{shown}"
    );
    assert_eq!(lines.next(), Some(&*format!("Signed: good, by {key}")));

    // Only signed commits go to a branch that wants them.
    scenario
        .admin(&["repo", "protect", "ada/repo", "main", "--signed-only"])
        .ok();
    scenario.ok("work", "push origin main");
    commit("b", &[]).ok();
    scenario
        .fails("work", "verify-commit HEAD", 1)
        .says("without a good signature");
    scenario
        .fails("work", "push origin main", 8)
        .says("not signed");
    scenario.ok("work", "commit --amend --no-edit -S");
    scenario.ok("work", "push origin main");

    // By the setting, merges are signed, too.
    scenario.ok("work", "config --global set commit.sign true");
    scenario.ok("work", "switch -c topic HEAD~1");
    commit("c", &[]).ok();
    scenario.ok("work", "switch main");
    scenario.ok("work", "merge topic");
    scenario.ok("work", "verify-commit HEAD topic");
    scenario.ok("work", "push origin main");
    commit("d", &["--no-sign"]).ok();
    scenario.fails("work", "verify-commit HEAD", 1);

    scenario.muse(".").args(["clone", &url, "clone"]).ok();
    let json = scenario.ok("clone", "--json verify-commit HEAD");
    let json: serde_json::Value = serde_json::from_str(json.line()).expect("JSON");
    assert_eq!(json[0]["signatures"][0]["public_key"], key);
    assert_eq!(json[0]["good"], true);
}

#[test]
fn a_key_of_openssh_signs_and_others_are_told_apart() {
    let scenario = Scenario::new(Backend::Embedded);
    scenario.init("work", &scenario.create_repo("repo"));
    let keygen = |arguments: &[&str]| {
        let mut command = scenario.sandbox().command("ssh-keygen".as_ref());
        command.args(["-q", "-f"]).args(arguments);
        command.output().is_ok_and(|output| output.status.success())
    };
    if !keygen(&["plain", "-t", "ed25519", "-N", ""]) {
        muse_e2e::harness::skip("ssh-keygen is missing");
        return;
    }
    assert!(keygen(&["locked", "-t", "ed25519", "-N", "secret"]));
    assert!(keygen(&["rsa", "-t", "rsa", "-N", ""]));
    let commit = |key: &str| {
        let path = scenario.sandbox().path(key).display().to_string();
        scenario.ok("work", &format!("config set user.signing-key {path}"));
        scenario
            .muse("work")
            .args(["commit", "--allow-empty", "-S", "-m", "x"])
    };
    commit("plain").ok();
    scenario.ok("work", "verify-commit HEAD");
    commit("locked").fails(1).says("passphrase");
    commit("rsa").fails(1).says("no Ed25519 key");
    scenario.sandbox().write("none", "nothing");
    commit("none").fails(1).says("no private key of OpenSSH");
}
