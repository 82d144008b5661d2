//! `muse export git --fast-export`, and what reads it.

use std::process::{Command, Stdio};

use muse_e2e::harness::{Invocation, Sandbox};

/// Longer than what a pipe holds.
const LONG: usize = 1 << 20;

/// A repository with a tag and a long file.
fn repository() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.muse(".").args(["init", "work"]).ok();
    sandbox.write("work/long", "x".repeat(LONG));
    sandbox.muse("work").args(["commit", "-m", "First"]).ok();
    let tag = ["tag", "-m", "Tagged", "v1"];
    sandbox.muse("work").args(tag).ok();
    sandbox
}

fn export(sandbox: &Sandbox) -> Invocation {
    let arguments = ["export", "git", "--fast-export"];
    sandbox.muse("work").args(arguments)
}

/// What the stream is piped to.
fn piped(invocation: Invocation, line: &str) -> Invocation {
    invocation.through(
        "sh",
        &["-c", &format!("{{ \"$0\" \"$@\"; echo $? >&2; }} | {line}")],
    )
}

#[test]
fn git_makes_the_repository_of_the_stream() {
    let sandbox = repository();
    sandbox
        .git(".")
        .args(["init", "-q", "-b", "main", "made"])
        .ok();
    let path = sandbox.path("made");
    let import = format!("git -C {} fast-import --quiet", path.display());
    let made = piped(export(&sandbox), &import).ok();
    made.says("Wrote 1 commit and 1 object, with 1 branch and 1 tag");
    sandbox
        .git("made")
        .args(["fsck", "--full", "--strict"])
        .ok();
    let log = ["log", "--format=%s %D", "v1"];
    let log = sandbox.git("made").args(log).ok();
    assert_eq!(log.line(), "First HEAD -> main, tag: v1");
}

#[test]
fn a_file_is_replaced_once_the_stream_is_whole() {
    let sandbox = repository();
    sandbox.write("stream", "before");
    export(&sandbox).args(["../stream", "--json"]).ok();
    let stream = sandbox.read("stream");
    assert!(stream.starts_with("feature done\nblob\n"));
    assert!(stream.ends_with("\ndone\n"));
    let summary = export(&sandbox).args(["../stream", "--json"]).ok();
    let summary: serde_json::Value = serde_json::from_str(&summary.stdout).expect("JSON");
    assert_eq!(summary["commits"], 1);
    assert_eq!(summary["refs"].as_array().map(Vec::len), Some(2));
    // A damaged history gives no stream, and no file.
    let mpacks = std::fs::read_dir(sandbox.path("work/.muse/mpacks")).expect("there");
    for mpack in mpacks {
        let path = mpack.expect("readable").path();
        if path.is_file() {
            std::fs::remove_file(path).expect("removable");
        }
    }
    export(&sandbox).args(["../stream"]).fails(9);
    assert_eq!(sandbox.read("stream"), stream);
    export(&sandbox)
        .args(["--json"])
        .fails(2)
        .says("--fast-export FILE");
    export(&sandbox).args(["stream", "../exported"]).fails(2);
    sandbox.muse("work").args(["export", "git"]).fails(2);
}

#[test]
fn a_reader_that_goes_ends_it_quietly() {
    let sandbox = repository();
    let outcome = piped(export(&sandbox), "head -c 13").ok();
    assert_eq!(
        (&*outcome.stdout, &*outcome.stderr),
        ("feature done\n", "0\n")
    );
}

#[test]
fn an_interruption_ends_it_by_its_signal() {
    use std::os::unix::process::ExitStatusExt as _;

    let sandbox = repository();
    let mut command = export(&sandbox).into_command();
    command.stdin(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.stdout(Stdio::piped()).spawn().expect("muse starts");
    let mut stdout = child.stdout.take().expect("it is piped");
    // It has begun, and waits for its reader.
    std::io::Read::read_exact(&mut stdout, &mut [0; 13]).expect("it begins");
    let pid = child.id().to_string();
    let sent = Command::new("kill").args(["-INT", &pid]).status();
    assert!(sent.expect("there is a kill").success());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.signal(), Some(2));
    sandbox.muse("work").args(["fsck"]).ok();
}
