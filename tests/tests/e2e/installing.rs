//! `install.sh`: everything in place below an empty root, and nothing left of it afterwards.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use muse_e2e::harness::{Sandbox, binary, listing};

/// The project's root.
fn project() -> &'static Path {
    let this_crate = Path::new(env!("CARGO_MANIFEST_DIR"));
    this_crate.parent().expect("the crate lies in the project")
}

/// Programs that start the real ones, which are large.
fn programs(sandbox: &Sandbox) -> PathBuf {
    for name in ["muse", "git-remote-muse", "musehub"] {
        let script = format!("#!/bin/sh\nexec '{}' \"$@\"\n", binary(name).display());
        let path = sandbox.write(format!("built/{name}"), script);
        let executable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(path, executable).expect("the sandbox is writable");
    }
    sandbox.path("built")
}

/// Runs the script below the root `root` of the sandbox, with nothing else in the environment.
fn install(sandbox: &Sandbox, binaries: &Path, arguments: &[&str]) -> Output {
    let mut script = Command::new(project().join("install.sh"));
    script
        .args(arguments)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("BINARIES", binaries)
        .env("DESTDIR", sandbox.path("root"))
        .env("PREFIX", "/usr")
        .current_dir("/");
    script.output().expect("it starts")
}

#[test]
fn all_is_put_in_place_and_taken_away() {
    let sandbox = Sandbox::new();
    let binaries = programs(&sandbox);
    for _ in 0..2 {
        // A second time, it replaces what is there.
        let Output { status, stderr, .. } = install(&sandbox, &binaries, &[]);
        assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    }
    for name in ["muse", "git-remote-muse", "musehub"] {
        let mut program = Command::new(sandbox.path("root/usr/bin").join(name));
        let version = program.env_clear().arg("--version").output();
        let version = String::from_utf8(version.expect("it starts").stdout).expect("text");
        assert!(version.starts_with(&format!("{name} ")), "{version}");
    }
    let pages = project().join("man");
    for page in pages.read_dir().expect("committed") {
        let name = page.expect("readable").file_name();
        let installed = sandbox.path("root/usr/share/man/man1").join(&name);
        assert!(installed.is_file(), "{}", installed.display());
    }
    for file in [
        "share/bash-completion/completions/muse",
        "share/zsh/site-functions/_muse",
        "share/fish/vendor_completions.d/muse.fish",
        "share/muse/completions/muse.elv",
        "share/muse/completions/muse.ps1",
        "share/doc/muse/README.md",
        "share/doc/musehub/OPERATIONS.md",
        "lib/systemd/system/musehub.service",
    ] {
        let path = sandbox.path("root/usr").join(file);
        let mode = path.metadata().expect(file).permissions().mode();
        assert_eq!(mode & 0o777, 0o644, "{file}");
    }
    let removed = install(&sandbox, &binaries, &["--uninstall"]);
    assert!(removed.status.success());
    let left = listing(&sandbox.path("root"));
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn what_is_not_built_is_named_before_anything_is_written() {
    let sandbox = Sandbox::new();
    let nowhere = sandbox.path("nowhere");
    let refused = install(&sandbox, &nowhere, &["client", "server"]);
    assert_eq!(refused.status.code(), Some(1));
    let words = String::from_utf8_lossy(&refused.stderr);
    assert!(words.contains("nowhere/muse is missing"), "{words}");
    assert!(!sandbox.path("root").exists());
}
