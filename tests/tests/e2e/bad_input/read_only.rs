//! Commands of somebody who may not write anything.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use muse_e2e::harness::{Invocation, Outcome, Sandbox, binary, is_root};

use super::trial::try_all;
use super::verdict::{ended, is_one_of, is_whole};

#[test]
fn who_may_not_write_reads() {
    let program = Program::new();
    try_all(|world, case| {
        let place = world.place(case.start);
        let before = place.state();
        change_mode(world.scenario().sandbox().root(), &["a+rX"]);
        change_mode(&place.root(), &["-R", "a=rX"]);
        let outcome = program.run(place.command(case.line));
        change_mode(&place.root(), &["-R", "u+w"]);
        ended(&outcome, &[case.or_usual(case.codes.read_only)])?;
        is_whole(&place.path("work"))?;
        is_one_of(&place.state(), &[&before])
    });
}

fn change_mode(path: &Path, arguments: &[&str]) {
    let changed = Command::new("chmod").args(arguments).arg(path).status();
    assert!(changed.is_ok_and(|status| status.success()));
}

/// `muse` for somebody whom permissions bind: for root, it is run as another user, in a directory
/// that this one can reach.
struct Program(Sandbox);

impl Program {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        change_mode(sandbox.root(), &["a+rX"]);
        fs::copy(binary("muse"), Self::path(&sandbox)).expect("the sandbox is writable");
        Self(sandbox)
    }

    fn path(sandbox: &Sandbox) -> PathBuf {
        sandbox.path("muse")
    }

    fn run(&self, command: Invocation) -> Outcome {
        match is_root() {
            true => command.as_stranger(&Self::path(&self.0)).run(),
            false => command.run(),
        }
    }
}
