//! The `muse` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    muse::app::run(std::env::args_os())
}
