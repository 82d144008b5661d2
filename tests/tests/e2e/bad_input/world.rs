//! Where the table is tried: a server, a repository that was pushed to it, and copies of that for
//! one command each.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::fs::File;
use std::path::PathBuf;
use std::process::Command;

use muse_e2e::harness::{Backend, Invocation, Sandbox, Scenario, ServerOptions, copy_directory};

use super::base::{self, Words};
use super::starts::{Start, Step};
use super::state::State;

/// A server with a repository, and what commands start from.
pub(super) struct World {
    scenario: Scenario,
    words: Words,
    made: RefCell<HashSet<Start>>,
    copies: Cell<usize>,
}

/// The repository in `work`, the user's settings in `config`, and what commands make beside them.
pub(super) struct Place<'a> {
    world: &'a World,
    /// From the sandbox's root.
    directory: String,
}

impl World {
    pub(super) fn new() -> Self {
        let options = ServerOptions::default();
        let scenario = Scenario::in_sandbox(Sandbox::in_memory(), Backend::Embedded, &options);
        let words = base::make(&scenario, &directory(Start::Clean));
        Self {
            scenario,
            words,
            made: RefCell::new(HashSet::from([Start::Clean])),
            copies: Cell::new(0),
        }
    }

    pub(super) fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// A copy of what a command starts from.
    pub(super) fn place(&self, start: Start) -> Place<'_> {
        if self.made.borrow_mut().insert(start) {
            let made = self.copy(Start::Clean, directory(start));
            start.steps().iter().for_each(|step| made.take(*step));
        }
        let number = self.copies.get();
        self.copies.set(number + 1);
        self.copy(start, format!("place-{number}"))
    }

    fn copy(&self, start: Start, to: String) -> Place<'_> {
        let sandbox = self.scenario.sandbox();
        copy_directory(&sandbox.path(directory(start)), &sandbox.path(&to));
        Place {
            world: self,
            directory: to,
        }
    }
}

fn directory(start: Start) -> String {
    format!("{start:?}")
}

impl Place<'_> {
    pub(super) fn root(&self) -> PathBuf {
        self.world.scenario.sandbox().path(&self.directory)
    }

    /// A path below it.
    pub(super) fn path(&self, relative: &str) -> PathBuf {
        self.root().join(relative)
    }

    /// A command line in the repository, with its placeholders replaced.
    pub(super) fn command(&self, line: &str) -> Invocation {
        self.command_in("work", line)
    }

    /// The same in another directory of the place.
    pub(super) fn command_in(&self, directory: &str, line: &str) -> Invocation {
        let sandbox = self.world.scenario.sandbox();
        let words = line.split(' ').map(|word| {
            let words = self.world.words.iter();
            let word = word.replace("{place}", &self.directory);
            words.fold(word, |word, (name, value)| word.replace(name, value))
        });
        sandbox
            .muse(format!("{}/{directory}", self.directory))
            .env("MUSE_CONFIG_HOME", self.path("config"))
            .args(words)
            .stdin(self.world.scenario.token())
    }

    /// The same, for a caller that starts it in a way of its own.
    pub(super) fn command_of_its_own(&self, line: &str) -> Command {
        let token = self
            .world
            .scenario
            .sandbox()
            .write("token", self.world.scenario.token());
        let mut command = self.command(line).into_command();
        command.stdin(File::open(token).expect("it was written"));
        command
    }

    pub(super) fn state(&self) -> State {
        State::read(&self.root())
    }

    fn take(&self, step: Step) {
        match step {
            Step::Muse(line, code) => drop(self.command(line).fails(code)),
            Step::Killed(line, point) => {
                let killed = self
                    .command(line)
                    .env(muse::fault::FAULT_VARIABLE, point)
                    .run();
                assert_eq!(killed.code, None, "{line}: {killed}");
            }
            Step::Write(path, contents) => {
                std::fs::write(self.path("work").join(path), contents).expect("writable");
            }
        }
    }
}

/// What it took is given back: a test makes hundreds.
impl Drop for Place<'_> {
    fn drop(&mut self) {
        if self.directory.starts_with("place-") && !std::thread::panicking() {
            std::fs::remove_dir_all(self.root()).expect("it is there");
        }
    }
}
