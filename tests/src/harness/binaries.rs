//! Finds the binaries under test beside the running executable, so that a test never runs others.

use std::path::PathBuf;

/// The path of `muse` or `musehub` in the target directory that the caller was built into.
///
/// # Panics
/// Where it was not built: `cargo build --workspace --bins` does that.
pub fn binary(name: &str) -> PathBuf {
    let executable = std::env::current_exe().expect("a running program has a path");
    let mut folder = executable.parent().expect("an executable lies in a folder");
    if folder.ends_with("deps") {
        folder = folder
            .parent()
            .expect("`deps` lies in the profile's folder");
    }
    let path = folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(
        path.is_file(),
        "{} is missing; `tests/run` builds it, or `cargo build --workspace --bins`",
        path.display()
    );
    path
}
