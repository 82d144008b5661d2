//! What a shell offers when people press Tab.
//!
//! The script that `muse completions SHELL` prints has the shell run `muse` again, with the shell's
//! name in `MUSE_COMPLETE` and, behind `--`, the command line so far: see [`Shell`]. The engine of
//! `clap_complete` finds out which argument is being typed. What can stand for its value, an
//! argument says with [`Completes`]; the candidates come from the library, as they are right now.
//!
//! Completing never fails loudly: what cannot be read has no candidates, and nothing is printed but
//! the answer. It asks no server and no person, waits for no lock and changes nothing.

mod candidate;
mod command_line;
mod paths;
mod place;
mod refs;
mod revisions;
mod servers;
mod settings;
mod shell;
mod stashes;

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::sync::Arc;

use clap::builder::ArgExt;
use clap::{Arg, Command};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate, complete};

use self::candidate::starts_with;
use self::place::Place;
use super::environment::Environment;

pub use shell::{Answer, Request, Shell};

/// What can stand for an argument's value, as an argument says with `#[arg(add = …)]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completes {
    /// A branch.
    Branch,
    /// What `muse switch` goes to, which depends on its options.
    SwitchTarget,
    /// A branch of a remote, as it was last seen: `origin/main`.
    TrackedBranch,
    /// A branch or tag of the remote that the command line names, or of the one that is used
    /// otherwise: `main`.
    RemoteRef,
    /// What a push sends: a branch or a tag, and behind a colon a branch of the remote.
    Refspec,
    /// A tag.
    Tag,
    /// `HEAD`, a branch, a tag or a branch of a remote.
    Ref,
    /// Whatever names a commit, and a range of them.
    Revision,
    /// A revision, or a path of the last commit.
    RevisionOrPath,
    /// A revision, or a path in one: `REV:PATH`.
    RevisionWithPath,
    /// A remote's name.
    Remote,
    /// A file that differs from the last commit.
    ChangedPath,
    /// A file that the last commit does not have.
    NewPath,
    /// A file that is in conflict.
    ConflictPath,
    /// A file of the last commit.
    CommittedPath,
    /// What `muse restore` restores, which depends on its options.
    RestorePath,
    /// The key of any setting.
    SettingKey,
    /// The key of a setting that is set.
    SetKey,
    /// A value of the setting that the command line names.
    SettingValue,
    /// The number of a stash.
    Stash,
    /// The address of a server that is known here.
    Server,
}

impl ArgExt for Completes {}

impl Completes {
    fn candidates(self, place: &Place, current: &str) -> Vec<CompletionCandidate> {
        match self {
            Self::Branch => refs::branches(place, current),
            Self::SwitchTarget => revisions::switch_targets(place, current),
            Self::TrackedBranch => refs::tracked(place, current),
            Self::RemoteRef => refs::of_remote(place, current),
            Self::Refspec => refs::refspecs(place, current),
            Self::Tag => refs::tags(place, current),
            Self::Ref => refs::all(place, current),
            Self::Revision => revisions::revisions(place, current),
            Self::RevisionOrPath => {
                let mut candidates = revisions::revisions(place, current);
                candidates.extend(paths::committed(place, current));
                candidates
            }
            Self::RevisionWithPath => revisions::with_paths(place, current),
            Self::Remote => refs::remotes(place, current),
            Self::ChangedPath => paths::changed(place, current),
            Self::NewPath => paths::new(place, current),
            Self::ConflictPath => paths::in_conflict(place, current),
            Self::CommittedPath => paths::committed(place, current),
            Self::RestorePath => paths::restorable(place, current),
            Self::SettingKey => settings::keys(place, current),
            Self::SetKey => settings::set_keys(place, current),
            Self::SettingValue => settings::values(place, current),
            Self::Stash => stashes::numbers(place, current),
            Self::Server => servers::origins(place, current),
        }
    }
}

/// Answers a shell that asks about the command line of `root`, where it stands in `directory`.
pub fn answer(
    root: Command,
    request: &Request,
    environment: Environment,
    directory: &Path,
) -> Vec<u8> {
    let place = Place::new(request.words().to_vec(), environment, directory);
    request.render(&candidates(root, place))
}

/// What can stand where the last word of the command line is. Options are offered where nothing
/// else is, and once a hyphen is typed.
fn candidates(root: Command, place: Place) -> Vec<Answer> {
    let place = Arc::new(place);
    let words: Vec<OsString> = place.words().iter().map(OsString::from).collect();
    let Some(last) = words.len().checked_sub(1) else {
        return Vec::new();
    };
    if let Some(completes) = behind_hyphens(&root, place.words()) {
        let found = completes.candidates(&place, place.current()).into_iter();
        return found.filter_map(Answer::of).collect();
    }
    let mut root = with_completers(root, &place);
    let directory = place.directory();
    // It fails where there is nothing to say.
    let mut found = complete(&mut root, words, last, Some(directory)).unwrap_or_default();
    let is_option = |one: &CompletionCandidate| starts_with(one, "-");
    if !place.current().starts_with('-') && !found.iter().all(is_option) {
        found.retain(|one| !is_option(one));
    }
    found.into_iter().filter_map(Answer::of).collect()
}

/// What completes the argument that comes behind `--` alone, where that is typed: the engine knows
/// of none.
fn behind_hyphens(root: &Command, words: &[String]) -> Option<Completes> {
    let (_, before) = words.split_last()?;
    let hyphens = before.iter().position(|word| word == "--")?;
    let mut command = root;
    for word in &before[..hyphens] {
        command = command.find_subcommand(word).unwrap_or(command);
    }
    let mut positionals = command.get_positionals();
    let last = positionals.find(|arg| arg.is_last_set())?;
    last.get::<Completes>().copied()
}

/// The command with its arguments completed as they say, and those of the commands below it.
fn with_completers(command: Command, place: &Arc<Place>) -> Command {
    let with_completer = |arg: Arg| match arg.get::<Completes>().copied() {
        None => arg,
        Some(completes) => {
            let place = Arc::clone(place);
            arg.add(ArgValueCompleter::new(move |current: &OsStr| {
                let current = current.to_str();
                current.map_or_else(Vec::new, |current| completes.candidates(&place, current))
            }))
        }
    };
    let command = command.mut_args(with_completer);
    command.mut_subcommands(|below| with_completers(below, place))
}
