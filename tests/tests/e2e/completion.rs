//! What shells are offered at a press of Tab, as their scripts ask for it and in real shells.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use muse_e2e::harness::{Sandbox, binary, skip};

/// A repository with two commits on two branches, a remote, a tag, a stash and local changes.
fn repository() -> Sandbox {
    let sandbox = Sandbox::new();
    let muse = |arguments: &[&str]| sandbox.muse("work").args(arguments).ok();
    sandbox.muse(".").args(["init", "work"]).ok();
    sandbox.write("work/src/lamp.rs", "one\n");
    sandbox.write("work/src/wick.rs", "one\n");
    sandbox.write("work/my notes", "one\n");
    muse(&["commit", "-m", "Light a lamp: at last"]);
    muse(&["branch", "topic"]);
    muse(&["tag", "v1.0"]);
    sandbox.write("work/src/lamp.rs", "two\n");
    muse(&["stash", "push", "-m", "Half of a wick"]);
    sandbox.write("work/src/lamp.rs", "three\n");
    muse(&["commit", "-m", "Shine\u{1b}[31m"]);
    sandbox.muse(".").args(["clone", "work", "copy"]).ok();
    muse(&["remote", "add", "copy", "../copy"]);
    muse(&["push", "copy", "topic:elsewhere"]);
    sandbox.write("work/src/wick.rs", "two\n");
    sandbox.write("work/new file", "new\n");
    sandbox
}

/// A command that finds `muse` where the tests have it.
fn command(sandbox: &Sandbox, program: impl AsRef<Path>) -> Command {
    let mut command = sandbox.command(program.as_ref());
    let muse = binary("muse");
    let directory = muse.parent().expect("it lies in a directory");
    let path = std::env::var("PATH").unwrap_or_default();
    command
        .env("PATH", format!("{}:{path}", directory.display()))
        .env("MUSE_CONFIG_HOME", sandbox.path("config"))
        .current_dir(sandbox.path("work"));
    command
}

fn ask(sandbox: &Sandbox, shell: &str, request: &[&str]) -> String {
    let mut command = command(sandbox, binary("muse"));
    command.env("MUSE_COMPLETE", shell).arg("--").args(request);
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().expect("starts");
    assert!(status.success(), "{request:?}: {status}");
    assert_eq!(String::from_utf8_lossy(&stderr), "", "{request:?}");
    String::from_utf8(stdout).expect("text")
}

/// What fish is offered for the last of `words`, without what each candidate is.
fn offered(sandbox: &Sandbox, words: &[&str]) -> Vec<String> {
    let answer = ask(sandbox, "fish", &[&["muse"], words].concat());
    let lines = answer.lines();
    let values = lines.map(|line| line.split('\t').next().unwrap_or_default());
    values.map(str::to_owned).collect()
}

#[test]
fn arguments_are_completed_from_the_repository() {
    let sandbox = repository();
    let is = |words: &[&str], expected: &[&str]| {
        assert_eq!(offered(&sandbox, words), expected, "{words:?}");
    };
    is(&["switch", ""], &["main", "topic", "elsewhere"]);
    is(&["switch", "-c", "t"], &[]);
    is(&["branch", "-d", "t"], &["topic"]);
    is(&["branch", "-u", ""], &["copy/elsewhere"]);
    is(&["tag", "-d", ""], &["v1.0"]);
    is(&["push", ""], &["copy"]);
    is(&["push", "copy", "ma"], &["main"]);
    is(&["push", "copy", "main:"], &["main:elsewhere"]);
    is(&["fetch", "copy", "e"], &["elsewhere"]);
    is(&["merge", "copy/"], &["copy/elsewhere"]);
    is(&["log", "v1.0..to"], &["v1.0..topic"]);
    is(
        &["log", "refs/heads/"],
        &["refs/heads/main", "refs/heads/topic"],
    );
    is(&["restore", ""], &["src/wick.rs"]);
    is(&["restore", "--source=ma"], &["--source=main"]);
    is(&["restore", "-s", "main", "src/l"], &["src/lamp.rs"]);
    is(&["clean", ""], &["new file"]);
    is(&["status", "./n"], &["./new file"]);
    is(&["diff", "--", ""], &["new file", "src/wick.rs"]);
    is(&["blame", "m"], &["main", "my notes"]);
    is(&["show", "HEAD:"], &["HEAD:my notes", "HEAD:src/"]);
    is(
        &["show", "HEAD:src/"],
        &["HEAD:src/lamp.rs", "HEAD:src/wick.rs"],
    );
    is(
        &["config", "set", "remote."],
        &[
            "remote.copy.url",
            "remote.copy.branch",
            "remote.copy.mirror",
        ],
    );
    is(&["config", "set", "pull.mode", "re"], &["rebase"]);
    is(&["config", "get", ""], &["remote.copy.url"]);
    is(&["stash", "pop", ""], &["0"]);
    is(&["completions", "b"], &["bash"]);
    is(&["sta"], &["status", "stash"]);
    is(&["-C", "src", "status", ""], &["../new file", "wick.rs"]);
    is(&["log", "--onel"], &["--oneline"]);
}

#[test]
fn commits_are_offered_with_their_subjects() {
    let sandbox = repository();
    let log = sandbox.muse("work").args(["log", "--format", "%h"]).ok();
    let ids: Vec<&str> = log.stdout.lines().collect();
    let answer = ask(&sandbox, "fish", &["muse", "cherry-pick", ""]);
    let newest = format!("{}\tShine\n", ids[0]);
    let oldest = format!("{}\tLight a lamp: at last\n", ids[1]);
    assert!(answer.ends_with(&format!("{newest}{oldest}")), "{answer}");
    for prefix in [&ids[1][..1], &ids[1][..6]] {
        let answer = ask(&sandbox, "fish", &["muse", "cherry-pick", prefix]);
        assert!(answer.contains(&oldest), "{prefix}: {answer}");
    }
    let stashes = ask(&sandbox, "fish", &["muse", "stash", "show", ""]);
    assert!(stashes.starts_with("0\tHalf of a wick"), "{stashes}");
}

#[test]
fn each_shell_is_answered_in_its_own_form() {
    let sandbox = repository();
    let bash =
        |line, cut_word, kind, columns| ask(&sandbox, "bash", &[line, cut_word, kind, columns]);
    assert_eq!(
        bash("muse switch ", "", "9", "80"),
        "main  (branch)\ntopic  (branch)\n\
        elsewhere  (branch of copy)\n"
    );
    assert_eq!(
        bash("muse switch ", "", "37", "80"),
        "main\ntopic\nelsewhere\n"
    );
    assert_eq!(bash("muse switch t", "t", "9", "80"), "topic\n");
    assert_eq!(bash("muse show HEAD:s", "s", "9", "80"), "src/\n");
    assert_eq!(bash("muse clean ne", "ne", "9", "80"), "new\\ file\n");
    assert_eq!(bash("muse clean \"ne", "ne", "9", "80"), "new file\n");
    assert_eq!(
        bash("muse -C src sta", "sta", "9", "30"),
        "status  (Show what changed …)\nstash  (Put local changes a…)\n"
    );
    let zsh = ask(&sandbox, "zsh", &["muse", "show", "HEAD:"]);
    assert_eq!(zsh, " HEAD\\:my notes:file\n+HEAD\\:src/:directory\n");
    let elvish = ask(&sandbox, "elvish", &["muse", "switch", "t"]);
    assert_eq!(elvish, "topic\tbranch\n");
    let powershell = ask(&sandbox, "powershell", &["muse", "switch", "=t"]);
    assert_eq!(powershell, "topic\tbranch\n");
}

#[test]
fn what_cannot_be_completed_is_passed_over_in_silence() {
    let sandbox = repository();
    let lock = sandbox.path("work/.muse/refs");
    let refs = std::fs::read(&lock).expect("there");
    std::fs::write(&lock, "damaged").expect("writable");
    assert_eq!(ask(&sandbox, "fish", &["muse", "switch", "t"]), "");
    std::fs::write(&lock, refs).expect("writable");
    for (shell, request) in [
        ("tcsh", &["muse", "switch", ""][..]),
        ("bash", &["muse switch "]),
        ("bash", &[]),
        ("zsh", &[]),
        ("powershell", &["muse", "switch", "t"]),
        ("fish", &["muse", "-C", "nowhere", "switch", "t"]),
        ("fish", &["muse", "show", "nothing:"]),
        (
            "fish",
            &["muse", "bisect", "run", "--color", "--no-such-option", "x"],
        ),
    ] {
        assert_eq!(ask(&sandbox, shell, request), "", "{shell} {request:?}");
    }
    // It is for scripts of completion alone: a command that finds it set runs as ever.
    let version = sandbox
        .muse("work")
        .env("MUSE_COMPLETE", "bash")
        .arg("--version")
        .ok();
    assert!(version.stdout.starts_with("muse "), "{version}");
}

/// Types at a terminal, into a shell that has loaded the script, until `exit`.
fn type_into(sandbox: &Sandbox, shell: &str, load: &str, lines: &str) -> bool {
    let name = shell.split(' ').next().unwrap_or_default();
    let found = Command::new(name).arg("-c").arg("exit").output();
    if found.is_err() {
        return skip(&format!("there is no {name}"));
    }
    let mut terminal = command(sandbox, "script");
    terminal
        .args(["-qec", shell, "/dev/null"])
        .env("TERM", "dumb")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut terminal = terminal.spawn().expect("it comes with every Linux");
    let mut keys = terminal.stdin.take().expect("piped");
    let typed = format!("{load}\n{lines}exit\n");
    keys.write_all(typed.as_bytes()).expect("the shell reads");
    drop(keys);
    terminal.wait_with_output().expect("the shell ends");
    true
}

/// Presses Tab in a real shell and runs what has become of the line.
fn press_tab(shell: &str, load: &str) {
    let sandbox = repository();
    let lines = "muse switch to\t\nmuse clean -f ne\t\n";
    if !type_into(&sandbox, shell, load, lines) {
        return;
    }
    let status = sandbox.muse("work").args(["branch"]).ok();
    assert!(status.stdout.contains("* topic"), "{shell}: {status}");
    let is_there = sandbox.path("work/new file").exists();
    assert!(!is_there, "{shell} completed the name with a space in it");
}

#[test]
fn tab_completes_in_bash() {
    press_tab(
        "bash --norc --noprofile -i",
        "source <(muse completions bash)",
    );
}

#[test]
fn tab_completes_in_zsh() {
    let load = "autoload -Uz compinit; compinit -u -D; source <(muse completions zsh)";
    press_tab("zsh -f -i", load);
}

#[test]
fn tab_completes_in_fish() {
    press_tab("fish --no-config -i", "muse completions fish | source");
}
