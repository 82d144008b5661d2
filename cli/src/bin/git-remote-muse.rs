//! The `git-remote-muse` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    muse::git_remote::run(std::env::args_os())
}
