//! Runs commands with `--json`, and holds what they print against cli/JSON.md.

use std::cell::RefCell;
use std::collections::BTreeSet;

use muse_e2e::harness::{Backend, Invocation, Outcome, Sandbox, Scenario};
use serde_json::Value;

use super::checker::{Checker, Seen};
use super::document::Document;

/// A server, repositories beside it, and what has been printed so far.
pub(super) struct Trial {
    pub(super) scenario: Scenario,
    document: Document,
    seen: RefCell<Seen>,
    tried: RefCell<BTreeSet<String>>,
}

impl Trial {
    pub(super) fn new() -> Self {
        Self {
            scenario: Scenario::new(Backend::Embedded),
            document: Document::read(),
            seen: RefCell::default(),
            tried: RefCell::default(),
        }
    }

    pub(super) fn sandbox(&self) -> &Sandbox {
        self.scenario.sandbox()
    }

    /// Writes a file, and commits all.
    pub(super) fn commit(&self, directory: &str, file: &str, contents: &str) {
        self.sandbox()
            .write(format!("{directory}/{file}"), contents);
        self.scenario.ok(directory, &format!("commit -m {file}"));
    }

    /// `muse --json` with a command line, split at spaces.
    pub(super) fn command(&self, directory: &str, line: &str) -> Invocation {
        let command = self.scenario.muse(directory).arg("--json");
        command.args(line.split(' '))
    }

    /// Runs a command that prints what the section says that its first words name.
    pub(super) fn prints(&self, directory: &str, line: &str) -> Vec<Value> {
        self.prints_as(self.document.command_of(line), directory, line)
    }

    /// Runs a command that prints what the section of this command says.
    pub(super) fn prints_as(&self, command: &str, directory: &str, line: &str) -> Vec<Value> {
        let outcome = self.command(directory, line).ok();
        self.looks(command, line, &outcome);
        let lines = outcome.stdout.lines();
        let values = lines.map(|line| serde_json::from_str(line).expect("it was looked at"));
        values.collect()
    }

    /// Runs a command that fails with this code, and says so in its last event, unless it is
    /// `quiet`.
    pub(super) fn fails(&self, directory: &str, line: &str, code: i32) -> Outcome {
        let outcome = self.command(directory, line).fails(code);
        let last = outcome.stderr.lines().last().unwrap_or_default();
        let error: Value = serde_json::from_str(last).unwrap_or_default();
        assert_eq!(error["event"], "error", "`muse {line}`: {outcome}");
        assert_eq!(error["exit_code"], code, "`muse {line}`: {outcome}");
        let kinds = self.document.error_kinds();
        let is_listed = |(kind, exit_code): &(String, u8)| {
            error["kind"] == **kind && i32::from(*exit_code) == code
        };
        assert!(kinds.iter().any(is_listed), "`muse {line}`: {outcome}");
        match outcome.stdout.is_empty() {
            true => self.looks_at_events(line, &outcome),
            false => self.looks(self.document.command_of(line), line, &outcome),
        }
        outcome
    }

    /// Runs a command that prints nothing on stdout.
    pub(super) fn prints_nothing(&self, directory: &str, line: &str) {
        let outcome = self.command(directory, line).stdin(self.scenario.token());
        let outcome = outcome.ok();
        assert_eq!(outcome.stdout, "", "`muse {line}`");
        self.looks_at_events(line, &outcome);
    }

    /// Holds what was printed against the section of this command.
    pub(super) fn looks(&self, command: &str, line: &str, outcome: &Outcome) {
        self.tried.borrow_mut().insert(command.to_owned());
        let mut checker = Checker::new(&self.document);
        checker.stdout(command, &outcome.stdout);
        self.take(checker, line, outcome);
        self.looks_at_events(line, outcome);
    }

    /// Holds the events that were printed against their sections.
    pub(super) fn looks_at_events(&self, line: &str, outcome: &Outcome) {
        let mut checker = Checker::new(&self.document);
        // Other lines are of hooks, and of what `bisect run` runs.
        let events = outcome.stderr.lines();
        let events = events.filter(|event| event.starts_with('{'));
        events.for_each(|event| checker.event(event));
        self.take(checker, line, outcome);
    }

    fn take(&self, checker: Checker<'_>, line: &str, outcome: &Outcome) {
        match checker.finish() {
            Ok(seen) => self.seen.borrow_mut().extend(seen),
            Err(problems) => panic!(
                "`muse {line}` does not print what cli/JSON.md says:\n{}\n{outcome}",
                problems.join("\n")
            ),
        }
    }

    /// Expects that every command of the document was tried, and every field has occurred.
    pub(super) fn ends(self) {
        let tried = self.tried.into_inner();
        let commands = self.document.commands().flat_map(|section| &section.names);
        let untried: Vec<_> = commands.filter(|name| !tried.contains(*name)).collect();
        assert!(untried.is_empty(), "these were not tried: {untried:?}");
        let seen = self.seen.into_inner();
        let sections = self.document.sections.iter();
        let documented = sections.flat_map(|section| {
            let fields = section.fields.iter();
            fields.map(|field| (section.title.clone(), field.name.clone()))
        });
        let unseen: Vec<_> = documented.filter(|field| !seen.contains(field)).collect();
        assert!(unseen.is_empty(), "these never occurred: {unseen:#?}");
    }
}
