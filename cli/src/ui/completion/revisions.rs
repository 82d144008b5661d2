//! What names a commit: refs, and ids with the commits' subjects.

use std::collections::BTreeSet;

use clap_complete::engine::CompletionCandidate;
use muse_wire::commit::Commit;
use muse_wire::id::CommitId;

use super::candidate::candidate;
use super::place::Place;
use super::{paths, refs};
use crate::history::{LogQuery, Selection, log};
use crate::repository::{Repository, split_path};
use crate::ui::revisions_and_paths::range;

/// How many of the last commits are offered before anything is typed.
const MOST_RECENT: usize = 20;

/// Most commits that are offered for the first digits of an id.
const MOST_OF_PREFIX: usize = 50;

/// Refs and commits; of a range the end that is being typed.
pub(super) fn revisions(place: &Place, current: &str) -> Vec<CompletionCandidate> {
    let start = match (range(current), current.rfind("..")) {
        (Some(_), Some(dots)) => dots + 2,
        _ => 0,
    };
    let (before, current) = current.split_at(start);
    let mut candidates = refs::all(place, current);
    candidates.extend(commits(place, current));
    match before {
        "" => candidates,
        before => {
            let ends = candidates.into_iter();
            ends.map(|end| end.add_prefix(before)).collect()
        }
    }
}

/// Revisions, and behind a colon the paths in one.
pub(super) fn with_paths(place: &Place, current: &str) -> Vec<CompletionCandidate> {
    match split_path(current) {
        (revision, Some(path)) => paths::in_revision(place, revision, path),
        (revision, None) => revisions(place, revision),
    }
}

/// Branches, also those that only a remote has; nothing for the name of a new branch, and any
/// revision where no branch is asked for.
pub(super) fn switch_targets(place: &Place, current: &str) -> Vec<CompletionCandidate> {
    if place.has_option(&["-c", "-b", "-B", "--create", "--force-create"]) {
        return Vec::new();
    }
    if place.has_option(&["--detach"]) {
        return revisions(place, current);
    }
    let mut candidates = refs::branches(place, current);
    if let Some(refs) = place.refs() {
        candidates.extend(refs::only_remote(&refs, current));
    }
    candidates
}

fn commits(place: &Place, digits: &str) -> Vec<CompletionCandidate> {
    let Some(repository) = place.repository() else {
        return Vec::new();
    };
    let commits = match digits {
        "" => recent(&repository),
        digits => of_prefix(&repository, digits),
    };
    let named = commits.into_iter().map(|(id, commit)| {
        let short = id.short();
        let id = match short.starts_with(digits) {
            true => short,
            false => id.to_hex(),
        };
        candidate(id, "commit", commit.subject())
    });
    named.collect()
}

/// The last commits on the way to `HEAD`.
fn recent(repository: &Repository) -> Vec<(CommitId, Commit)> {
    let Ok(selection) = Selection::of(repository, "HEAD") else {
        return Vec::new();
    };
    let query = LogQuery {
        selection,
        ..LogQuery::default()
    };
    let Ok(log) = log(repository, &query) else {
        return Vec::new();
    };
    let logged = log.map_while(Result::ok).take(MOST_RECENT);
    logged.map(|logged| (logged.id, logged.commit)).collect()
}

/// The commits whose ids start with these digits.
fn of_prefix(repository: &Repository, digits: &str) -> Vec<(CommitId, Commit)> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f');
    if !digits.bytes().all(is_digit) {
        return Vec::new();
    }
    let mpacks = repository.objects.mpacks().unwrap_or_default();
    let ids: BTreeSet<CommitId> = mpacks
        .iter()
        .flat_map(|mpack| mpack.tables().commits_with_prefix(digits, MOST_OF_PREFIX))
        .collect();
    let commits = ids.into_iter().take(MOST_OF_PREFIX);
    let read = commits.filter_map(|id| Some((id, repository.objects.commit(&id).ok()?)));
    read.collect()
}
