//! Commits that are signed by an ssh-agent, or with a key that a passphrase protects.

use std::path::Path;
use std::process::Command;

use muse_e2e::harness::{Invocation, Outcome, Sandbox, SshAgent, skip, ssh_keygen};

const PASSPHRASE: &str = "open sesame";

/// A repository with one commit, an agent that holds nothing yet, and a key in the file `key`.
struct World {
    // Before the sandbox that it listens in.
    agent: SshAgent,
    sandbox: Sandbox,
}

impl World {
    /// `None` where OpenSSH is missing.
    fn new() -> Option<Self> {
        let sandbox = Sandbox::new();
        let agent = SshAgent::start(&sandbox)?;
        sandbox.muse(".").args(["init", "work"]).ok();
        let world = Self { agent, sandbox };
        world.change("a", 1);
        world.muse("commit -m First").ok();
        ssh_keygen(
            &world.sandbox,
            &["-q", "-t", "ed25519", "-f", "key", "-N", ""],
        );
        Some(world)
    }

    /// The same, where Python is there, too, which types passphrases.
    fn with_typist() -> Option<Self> {
        let found = Command::new("python3").arg("--version").output();
        if !found.is_ok_and(|output| output.status.success()) {
            skip("python3 is missing; `tests/run` installs it");
            return None;
        }
        Self::new()
    }

    /// A command that does not see the agent.
    fn muse(&self, line: &str) -> Invocation {
        self.sandbox.muse("work").args(line.split(' '))
    }

    fn muse_with_agent(&self, line: &str) -> Invocation {
        let socket = self.agent.socket();
        self.muse(line).env("SSH_AUTH_SOCK", socket)
    }

    fn change(&self, file: &str, number: u32) {
        let path = format!("work/{file}");
        self.sandbox.write(path, number.to_string());
    }

    fn head(&self) -> String {
        self.muse("log -1 --format %H").ok().stdout
    }

    fn use_key(&self, value: &str) {
        let set = ["config", "--global", "set", "user.signing-key", value];
        self.sandbox.muse("work").args(set).ok();
    }

    fn key_file(&self, name: &str) -> String {
        self.sandbox.path(name).display().to_string()
    }

    /// Protects the key in `key` by the passphrase.
    fn lock_key(&self, options: &[&str]) {
        let change = ["-q", "-p", "-f", "key", "-P", "", "-N", PASSPHRASE];
        ssh_keygen(&self.sandbox, &[&change, options].concat());
    }

    /// A branch `topic` of three commits, whose rebase onto `main` makes three new ones.
    fn diverge(&self) {
        self.muse("switch -c topic").ok();
        for number in 2..5 {
            self.change("topic", number);
            self.muse("commit -m Topic").ok();
        }
        self.muse("switch main").ok();
        self.change("main", 2);
        self.muse("commit -m Main").ok();
        self.muse("switch topic").ok();
        self.muse("config set commit.sign true").ok();
    }
}

/// How often a passphrase was asked for.
fn prompts(outcome: &Outcome) -> usize {
    outcome.stdout.matches("assphrase for ").count()
}

#[test]
fn an_agent_signs_for_whoever_has_the_public_key() {
    let Some(world) = World::new() else { return };
    world.agent.add(&world.sandbox, &["key"]);
    std::fs::remove_file(world.sandbox.path("key")).expect("it was made");
    let public = world.sandbox.read("key.pub");
    let bare: Vec<&str> = public.split_whitespace().take(2).collect();
    for value in [
        world.key_file("key.pub"),
        public.trim().to_owned(),
        bare.join(" "),
        format!("key::{}", bare.join(" ")),
    ] {
        world.use_key(&value);
        world
            .muse_with_agent("commit --allow-empty -S -m Signed")
            .ok();
        world.muse("verify-commit HEAD").ok();
    }
    world.diverge();
    world.muse_with_agent("rebase main").ok();
    world.muse("verify-commit HEAD HEAD~1 HEAD~2").ok();
    world.muse("verify-commit main").fails(1);
}

#[test]
fn nothing_is_committed_where_the_agent_does_not_sign() {
    let Some(world) = World::new() else { return };
    world.use_key(&world.key_file("key.pub"));
    world.diverge();
    let before = world.head();
    let rebase = || world.muse("rebase main");
    rebase()
        .fails(1)
        .says("no ssh-agent")
        .says("set user.signing-key FILE");
    let nobody = world.sandbox.path("nobody");
    let asks = |socket: &Path| rebase().env("SSH_AUTH_SOCK", socket);
    asks(&nobody).fails(1).says("cannot be asked");
    asks(world.agent.socket())
        .fails(1)
        .says("does not hold the key ssh-ed25519 AAAA")
        .says("`ssh-add FILE`");
    // Nobody is there to confirm it.
    world.agent.add(&world.sandbox, &["-c", "key"]);
    asks(world.agent.socket()).fails(1).says("refuses to sign");
    world.change("new", 1);
    world
        .muse_with_agent("commit -S -m Signed")
        .fails(1)
        .says("refuses to sign");
    assert_eq!(world.head(), before);
    world.muse("status").ok();
    world.muse("fsck").ok();

    world.use_key("ssh-rsa AAAA");
    world
        .muse_with_agent("commit -S -m Signed")
        .fails(1)
        .says("user.signing-key")
        .says("ssh-add -L");
    world.muse("auth keygen").fails(1).says("public key");
    world.use_key(&world.key_file("other.pub"));
    world.muse("auth keygen").fails(1).says("public key");
    assert!(!world.sandbox.path("other.pub").exists());
}

#[test]
fn a_passphrase_is_asked_for_once_and_at_a_terminal_alone() {
    let Some(world) = World::with_typist() else {
        return;
    };
    world.lock_key(&["-a", "4"]);
    world.use_key(&world.key_file("key"));
    world.diverge();
    let before = world.head();
    world
        .muse_with_agent("rebase main")
        .stdin(format!("{PASSPHRASE}\n"))
        .fails(1)
        .says("protected by a passphrase")
        .says("`ssh-add [ROOT]/key`")
        .says("terminal");
    let wrong = world
        .muse("rebase main")
        .typing(&["a", "b", "c", PASSPHRASE]);
    let wrong = wrong.fails(1);
    assert_eq!(prompts(&wrong), 3, "{wrong}");
    assert!(wrong.stdout.contains("is not the passphrase"), "{wrong}");
    assert_eq!(world.head(), before);

    let right = world.muse_with_agent("rebase main");
    let right = right.typing(&["wrong", PASSPHRASE]).ok();
    assert_eq!(prompts(&right), 2, "{right}");
    assert!(!right.stdout.contains(PASSPHRASE), "{right}");
    world.muse("verify-commit HEAD HEAD~1 HEAD~2").ok();
    // Where nothing is to be signed, nobody is asked.
    let nothing = world.muse("rebase main").typing(&[]).ok();
    assert_eq!(prompts(&nothing), 0, "{nothing}");
}

#[test]
fn keys_are_unlocked_however_openssh_locks_them() {
    let Some(world) = World::with_typist() else {
        return;
    };
    world.use_key(&world.key_file("key"));
    for cipher in [
        "aes256-ctr",
        "aes256-cbc",
        "aes256-gcm@openssh.com",
        "chacha20-poly1305@openssh.com",
    ] {
        let again = ["-q", "-p", "-f", "key", "-P", PASSPHRASE, "-N", ""];
        ssh_keygen(&world.sandbox, &again);
        world.lock_key(&["-a", "4", "-Z", cipher]);
        let commit = world.muse("commit --allow-empty -S -m Signed");
        let commit = commit.typing(&["wrong", PASSPHRASE]).ok();
        assert_eq!(prompts(&commit), 2, "{cipher}: {commit}");
        world.muse("verify-commit HEAD").ok();
    }
}

#[test]
fn an_agent_that_holds_a_locked_key_saves_the_passphrase() {
    let Some(world) = World::new() else { return };
    world.agent.add(&world.sandbox, &["key"]);
    world.lock_key(&["-a", "4"]);
    world.use_key(&world.key_file("key"));
    world
        .muse_with_agent("commit --allow-empty -S -m Signed")
        .ok();
    world.muse("verify-commit HEAD").ok();
    let commit = world.muse("commit --allow-empty -S -m Signed");
    commit
        .env("SSH_AUTH_SOCK", world.sandbox.path("nobody"))
        .fails(1)
        .says("protected by a passphrase")
        .says("cannot be asked");
}

#[test]
fn a_new_key_gets_a_passphrase() {
    let Some(world) = World::with_typist() else {
        return;
    };
    let file = "config/signing-key";
    let keygen = || world.muse("auth keygen --passphrase");
    keygen().fails(2).says("no terminal");
    keygen().typing(&["one", "another"]).fails(1);
    keygen().typing(&[""]).fails(1);
    assert!(!world.sandbox.path(file).exists());
    keygen().typing(&[PASSPHRASE, PASSPHRASE]).ok();
    let print = ["-y", "-f", file, "-P"];
    let public = ssh_keygen(&world.sandbox, &[&print[..], &[PASSPHRASE]].concat());
    assert!(public.starts_with("ssh-ed25519 "), "{public}");
    let commit = || world.muse("commit --allow-empty -S -m Signed");
    commit().fails(1).says("protected by a passphrase");
    commit().typing(&[PASSPHRASE]).ok();
    world.muse("verify-commit HEAD").ok();
}
