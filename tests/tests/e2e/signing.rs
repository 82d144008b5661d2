//! Signed commits: keys, signatures, and what a server makes of them.

use muse_e2e::harness::{Backend, Invocation, Scenario};

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
    scenario.ok("work", "config set user.signing-key ~/plain");
    let in_home = scenario
        .muse("work")
        .env("HOME", scenario.sandbox().path(""));
    let in_home = in_home.args(["commit", "--allow-empty", "-S", "-m", "x"]);
    in_home.ok();
    commit("locked")
        .fails(1)
        .says("passphrase")
        .says("`ssh-add [ROOT]/locked`");
    commit("rsa").fails(1).says("no Ed25519 key");
    scenario.sandbox().write("none", "nothing");
    commit("none").fails(1).says("no key of OpenSSH");
}

/// Somebody who works in a directory of their own, with their own settings and keys.
struct Person<'a> {
    scenario: &'a Scenario,
    name: &'static str,
    token: String,
}

impl<'a> Person<'a> {
    fn new(scenario: &'a Scenario, name: &'static str) -> Self {
        scenario.admin(&["user", "create", name]).ok();
        let created = scenario.admin(&["token", "create", "--user", name]).ok();
        Self {
            scenario,
            name,
            token: created.line().to_owned(),
        }
    }

    fn muse(&self, directory: &str, line: &str) -> Invocation {
        let config = self
            .scenario
            .sandbox()
            .path(format!("{}-config", self.name));
        let muse = self.scenario.muse(directory).args(line.split(' '));
        muse.env("MUSE_CONFIG_HOME", &config)
            .env("MUSE_TOKEN", &self.token)
    }

    /// Commits a file of this name in their directory.
    fn commit(&self, file: &str, options: &str) {
        let path = format!("{}/{file}", self.name);
        self.scenario.sandbox().write(path, file);
        let line = format!("commit {options} {file}");
        self.muse(self.name, &line).ok();
    }

    fn push(&self) -> Invocation {
        self.muse(self.name, "push origin main")
    }
}

const BY_NO_KEY: &str =
    "has no signature by a key that somebody who may push here has registered (signature_required)";

#[test]
fn a_branch_takes_only_what_keys_of_its_writers_have_signed() {
    let scenario = Scenario::new(Backend::Embedded);
    let url = scenario.create_repo("repo");
    let protect = ["repo", "protect", "ada/repo", "main"];
    scenario.init("work", &url);
    scenario.commit("work", &[("a", "1")], "Before");
    scenario.ok("work", "push origin main");
    let protect = [&protect[..], &["--registered-keys-only"]].concat();
    scenario.admin(&protect).ok();
    let listed = scenario.admin(&["repo", "protections", "ada/repo"]).ok();
    assert_eq!(
        listed.stdout,
        "main\tno-force,no-deletion,registered-keys-only\n"
    );

    let grace = Person::new(&scenario, "grace");
    let member = ["member", "add", "ada/repo", "grace", "--role", "write"];
    scenario.admin(&member).ok();
    grace.muse(".", &format!("clone {url} grace")).ok();
    let key = grace.muse("grace", "auth keygen").ok();
    let key = key.says("muse auth key add").line().to_owned();
    let list = || grace.muse("grace", "auth key list").ok();
    assert_eq!(list().stdout, "");
    grace.commit("b", "-m");
    let refused = grace.push().fails(8);
    refused
        .says("is not signed (signature_required)")
        .says("muse auth key add");
    grace.muse("grace", "commit --amend --no-edit -S").ok();
    grace.push().fails(8).says(BY_NO_KEY);
    grace
        .muse("grace", "auth key add --name laptop")
        .ok()
        .says(&format!("Registered {key} as laptop"));
    grace.push().ok();
    let listed = list();
    let columns: Vec<&str> = listed.line().split("  ").collect();
    assert_eq!((columns[0], columns[2]), (&*key, "laptop"), "{listed}");

    // Who may not push has keys that do not count, whoever pushes what they sign.
    let eve = Person::new(&scenario, "eve");
    eve.muse(".", &format!("clone {url} eve")).ok();
    eve.muse("eve", "auth keygen").ok();
    eve.muse("eve", "auth key add").ok();
    eve.commit("c", "-S -m");
    scenario.ok("work", "pull");
    let path = scenario.sandbox().path("eve").display().to_string();
    scenario.ok("work", &format!("remote add eve {path}"));
    scenario.ok("work", "fetch eve");
    scenario.ok("work", "merge eve/main");
    scenario
        .fails("work", "push origin main", 8)
        .says(BY_NO_KEY);

    // Once it is removed, a key counts no longer; what the branch has of it stays.
    grace.commit("d", "-S -m");
    let removed = grace.muse("grace", "auth key remove laptop").ok();
    removed.says(&format!("Removed {key} (laptop)"));
    grace.push().fails(8).says(BY_NO_KEY);
    grace.muse("grace", "auth key remove laptop").fails(4);
    grace.muse("grace", "auth key add").ok();
    grace.push().ok();
    grace.muse(".", &format!("clone {url} again")).ok();
}

#[test]
fn keys_are_registered_by_their_files_and_seen_to_by_the_operator() {
    let scenario = Scenario::new(Backend::Embedded);
    let url = scenario.create_repo("repo");
    let at = format!("--server {url}");
    scenario.fails(".", "auth key list", 2).says("--server URL");
    let missing = scenario.fails(".", &format!("auth key add {at}"), 4);
    missing.says("muse auth keygen");
    let public = "ssh-ed25519 \
        AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti ada@laptop\n";
    scenario.sandbox().write("desk.pub", public);
    let add = |options: &str| {
        let line = format!("--json auth key add desk.pub {at}{options}");
        scenario.muse(".").args(line.split(' '))
    };
    let added: serde_json::Value = serde_json::from_str(add("").ok().line()).expect("JSON");
    assert_eq!(added["name"], "ada@laptop");
    let key = added["public_key"].as_str().expect("a key").to_owned();
    let long = "x".repeat(200);
    add(&format!(" --name {long}")).fails(2).says("--name NAME");
    scenario.sandbox().write("desk.pub", "no key");
    add("").fails(1).says("is no key of OpenSSH");
    let no_token = scenario.sandbox().muse(".");
    let no_token = no_token.args(["auth", "key", "list", "--server", &url]);
    no_token.fails(3).says("muse auth login");
    let deploy = ["token", "create", "--user", "ada", "--repo", "ada/repo"];
    let deploy = scenario.admin(&deploy).ok();
    let remove = format!("auth key remove {key} {at}");
    let remove = || scenario.muse(".").args(remove.split(' '));
    remove()
        .env("MUSE_TOKEN", deploy.line())
        .fails(3)
        .says("good for one repository alone");

    let listed = scenario.admin(&["key", "list", "ada"]).ok();
    let columns: Vec<&str> = listed.line().split('\t').collect();
    assert_eq!((columns[0], columns[2]), (&*key, "ada@laptop"), "{listed}");
    scenario.admin(&["key", "remove", "ada", &key]).ok();
    let again = scenario.admin(&["key", "remove", "ada", &key]);
    again.fails(1).says("ada has no key ed25519:");
    remove().fails(4).says("muse auth key list");
    let add = ["key", "add", "ada", &key, "--name"];
    let add = |name: &str| scenario.admin(&[&add[..], &[name]].concat());
    add("").fails(1).says("1 to 128 bytes");
    add("build server").ok();
    remove().ok();
    let acts = scenario
        .admin(&["audit", "--user", "ada", "--limit", "3"])
        .ok();
    let acts = acts.stdout.lines().map(|line| line.split('\t').nth(2));
    let acts: Vec<_> = acts.flatten().collect();
    assert_eq!(acts, ["key.remove", "key.add", "key.remove"]);
}
