//! Commands that take a revision, with one that names nothing or several things.

use std::collections::HashMap;

use clap::CommandFactory as _;
use muse::app::App;
use muse::repository::Repository;
use muse_wire::commit::commit_id;

use super::commands::{is_begun_by, leaves};
use super::starts::Start;
use super::verdict::{ended, is_one_of};
use super::world::{Place, World};

/// What stands for the revision.
const REVISION: &str = "{revision}";

/// Each place that a revision can stand in.
const LINES: &[&str] = &[
    "log {revision}",
    "log main..{revision}",
    "show {revision}",
    "show {revision}:a",
    "diff {revision} HEAD",
    "diff {revision}...HEAD",
    "blame {revision} a",
    "grep text {revision}",
    "describe {revision}",
    "shortlog {revision}",
    "branch new {revision}",
    "branch --merged {revision}",
    "branch --no-merged {revision}",
    "branch --contains {revision}",
    "tag new {revision}",
    "tag --merged {revision}",
    "tag --no-merged {revision}",
    "tag --contains {revision}",
    "switch {revision}",
    "switch --detach {revision}",
    "switch -c new {revision}",
    "merge {revision}",
    "rebase {revision}",
    "rebase HEAD --onto {revision}",
    "cherry-pick {revision}",
    "cherry-pick {revision}..HEAD",
    "revert {revision}",
    "restore --source {revision} a",
    "reset {revision}",
    "reset --hard {revision}",
    "bisect start {revision}",
    "bisect start HEAD {revision}",
    "bisect good {revision}",
    "bisect bad {revision}",
    "bisect skip {revision}",
    "verify-commit {revision}",
];

/// How the help calls arguments that are revisions.
const VALUE_NAMES: [&str; 4] = ["REV", "BAD", "GOOD", "START"];

/// Revisions that name nothing.
const UNKNOWN: [&str; 4] = ["nowhere", "HEAD~99", "main@{99}", "0123456789"];

#[test]
fn every_command_that_takes_a_revision_is_tried() {
    let app = App::command();
    let takes_revision = |command: &clap::Command| {
        let mut names = command
            .get_arguments()
            .filter_map(clap::Arg::get_value_names)
            .flatten();
        names.any(|name| {
            name.split(['|', '[', ':'])
                .any(|name| VALUE_NAMES.contains(&name))
        })
    };
    let commands = leaves(&app).into_iter();
    let commands = commands.filter(|(_, command)| takes_revision(command));
    let is_missing = |name: &String| !LINES.iter().any(|line| is_begun_by(line, name));
    let missing: Vec<_> = commands.map(|(name, _)| name).filter(is_missing).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn an_unknown_or_ambiguous_revision_is_named_and_changes_nothing() {
    let world = World::new();
    let clean = world.place(Start::Clean);
    let bisecting = world.place(Start::Bisecting);
    let ambiguous = make_ambiguous(&clean);
    make_ambiguous(&bisecting);
    let mut wrong = Vec::new();
    for line in LINES {
        let place = if line.starts_with("bisect") && !line.starts_with("bisect start") {
            &bisecting
        } else {
            &clean
        };
        let before = place.state();
        for revision in UNKNOWN.into_iter().chain([&*ambiguous]) {
            let outcome = place.command(&line.replace(REVISION, revision)).run();
            let verdict =
                ended(&outcome, &[4]).and_then(|()| is_one_of(&place.state(), &[&before]));
            let verdict = verdict.and_then(|()| match outcome.stderr.contains(revision) {
                true => Ok(()),
                false => Err(format!("it is not named: {outcome}")),
            });
            wrong.extend(
                verdict
                    .err()
                    .map(|problem| format!("{line} {revision}: {problem}")),
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Makes two commits whose ids begin with the same four digits, and gives these.
fn make_ambiguous(place: &Place<'_>) -> String {
    let commit = |message: &str| {
        place.command("commit --allow-empty -m").arg(message).ok();
    };
    let repository = Repository::open(&place.path("work")).expect("a repository");
    let here = repository
        .refs
        .head_commit()
        .expect("readable")
        .expect("there are commits");
    let here = here.to_hex();
    commit("0");
    let made = repository.resolve("HEAD").expect("it was made");
    let mut record = repository
        .objects
        .commit(&made)
        .expect("it was made")
        .clone();
    let mut seen = HashMap::new();
    let (one, other, digits) = (0..)
        .find_map(|number: u32| {
            record.message = number.to_string();
            let id = commit_id(&record.encode().expect("it encodes")).to_hex();
            let digits = id[..4].to_owned();
            let other = seen.insert(digits.clone(), number)?;
            Some((number, other, digits))
        })
        .expect("there are 65536 beginnings");
    for (number, name) in [(one, "one"), (other, "other")] {
        place.command(&format!("reset {here}")).ok();
        commit(&number.to_string());
        place.command(&format!("branch {name}")).ok();
    }
    place.command(&format!("reset {here}")).ok();
    digits
}
