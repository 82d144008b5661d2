//! The reader in Python, written from `MPACK.md` alone: it reads every stored mpack and verifies
//! every id, makes the thin one thick, and refuses what is damaged.
//!
//! `tests/run` makes the environment that it runs in. Where that is missing the tests say that they
//! are skipped, unless `CI` is set.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

/// What the second reader prints when it is run with these arguments; `None` where it is missing.
fn second_reader(arguments: &[&str]) -> Option<String> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("..");
    let python = target.join("second_reader/bin/python");
    if !python.exists() {
        let is_ci = std::env::var_os("CI").is_some();
        assert!(!is_ci, "{} is missing: run tests/run", python.display());
        let skipped = format!("skipped: {} is missing\n", python.display());
        std::io::stderr()
            .write_all(skipped.as_bytes())
            .expect("standard error takes all");
        return None;
    }
    let output = Command::new(python)
        // Without files beside the sources.
        .arg("-B")
        .args(arguments)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests"))
        .output()
        .expect("Python can be run");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn it_reads_every_stored_mpack() {
    let Some(text) = second_reader(&["-m", "second_reader", "golden"]) else {
        return;
    };
    let stored = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden"));
    for entry in stored.expect("the stored files") {
        let name = entry.expect("a file").file_name();
        let name = name.to_string_lossy();
        let is_read = text.contains(&format!("{name}: "));
        assert!(is_read || name == "KEYS", "{name} was not read:\n{text}");
    }
    assert!(text.contains("when thick"), "{text}");
}

#[test]
fn it_refuses_what_is_damaged() {
    second_reader(&["-m", "unittest", "second_reader.tests"]);
}
