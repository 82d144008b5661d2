//! The demo itself, on a few files: it embeds the server as a library and is its own client.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use muse_e2e::harness::Sandbox;
use muse_e2e::workload::text;

#[test]
fn the_demo_runs_and_leaves_nothing() {
    let sandbox = Sandbox::new();
    for number in 0..30 {
        sandbox.write(
            format!("files/part{}/{number}.rs", number % 4),
            text(number, 3000),
        );
    }
    let script = sandbox.write("files/run", "#!/bin/sh\n");
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755))
        .expect("the mode can be set");
    symlink("run", sandbox.path("files/link")).expect("links can be made");
    sandbox.write("files/.git/config", "left out: not recorded");
    sandbox.write("files/.gitignore", "*.rs\n");
    std::fs::create_dir(sandbox.path("tmp")).expect("the sandbox is writable");

    let mut command = sandbox.command(Path::new(env!("CARGO_BIN_EXE_demo")));
    let output = command
        .arg("files")
        .env("TMPDIR", sandbox.path("tmp"))
        .output()
        .expect("the demo starts");
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{complained}");
    assert!(said.contains("Copied 32 files"), "{said}");
    assert!(said.contains("says what is ignored: 2"), "{said}");
    // 32 files, and one more from each of the five later commits.
    assert!(
        said.contains("Every byte and mode of 37 files is the same"),
        "{said}"
    );
    for verb in ["commit", "push", "push again", "push branch", "clone"] {
        assert!(
            said.lines().any(|line| line.starts_with(verb)),
            "no {verb} in\n{said}"
        );
    }
    let left = std::fs::read_dir(sandbox.path("tmp")).expect("it can be listed");
    assert_eq!(left.count(), 0, "the demo left files behind");
}
