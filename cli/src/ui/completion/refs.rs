//! Branches, tags, branches of remotes, and remotes.

use clap_complete::engine::CompletionCandidate;
use muse_wire::name::{HEADS, REMOTES, RefName, TAGS};

use super::candidate::candidate;
use super::place::Place;
use crate::repository::Refs;
use crate::sync::choose_remote;

/// What precedes every full name of a ref.
const FULL: &str = "refs/";

/// The branches.
pub(super) fn branches(place: &Place, current: &str) -> Vec<CompletionCandidate> {
    let Some(refs) = place.refs() else {
        return Vec::new();
    };
    below(&refs, HEADS, current, "branch")
}

/// The tags.
pub(super) fn tags(place: &Place, current: &str) -> Vec<CompletionCandidate> {
    let Some(refs) = place.refs() else {
        return Vec::new();
    };
    below(&refs, TAGS, current, "tag")
}

/// The branches of all remotes: `origin/main`.
pub(super) fn tracked(place: &Place, current: &str) -> Vec<CompletionCandidate> {
    let Some(refs) = place.refs() else {
        return Vec::new();
    };
    below(&refs, REMOTES, current, "branch of a remote")
}

/// `HEAD`, branches, tags and branches of remotes; by their full names once those are begun.
pub(super) fn all(place: &Place, current: &str) -> Vec<CompletionCandidate> {
    let Some(refs) = place.refs() else {
        return Vec::new();
    };
    if current.starts_with(FULL) {
        let names = refs.iter().map(|(name, _)| name.as_str());
        let fitting = names.filter(|name| name.starts_with(current));
        return fitting
            .map(|name| candidate(name.to_owned(), "ref", "ref"))
            .collect();
    }
    let mut all = Vec::new();
    if "HEAD".starts_with(current) {
        all.push(candidate("HEAD".to_owned(), "HEAD", "where you are"));
    }
    all.extend(below(&refs, HEADS, current, "branch"));
    all.extend(below(&refs, TAGS, current, "tag"));
    all.extend(below(&refs, REMOTES, current, "branch of a remote"));
    all
}

/// What was last seen of the remote that the command line names, or else of the one that is used
/// without a name; and the tags.
pub(super) fn of_remote(place: &Place, current: &str) -> Vec<CompletionCandidate> {
    let mut candidates = branches_of_remote(place, current);
    candidates.extend(tags(place, current));
    candidates
}

/// What a push sends, and behind a colon where to.
pub(super) fn refspecs(place: &Place, current: &str) -> Vec<CompletionCandidate> {
    let place_of_target = current.rfind(':').map(|colon| colon + 1);
    if let Some(start) = place_of_target {
        let (source, target) = current.split_at(start);
        let targets = branches_of_remote(place, target).into_iter();
        return targets.map(|target| target.add_prefix(source)).collect();
    }
    let mut candidates = branches(place, current);
    candidates.extend(tags(place, current));
    candidates
}

/// The remotes, with their addresses.
pub(super) fn remotes(place: &Place, current: &str) -> Vec<CompletionCandidate> {
    let remotes = place.own_settings().remotes().into_iter();
    let fitting = remotes.filter(|remote| remote.name.starts_with(current));
    fitting
        .map(|remote| candidate(remote.name, "remote", remote.url))
        .collect()
}

/// The branches that only remotes have, by the names that `muse switch` creates them under.
pub(super) fn only_remote(refs: &Refs, current: &str) -> Vec<CompletionCandidate> {
    let mut candidates = Vec::new();
    for (name, _) in refs.with_prefix(REMOTES) {
        let Some((remote, branch)) = name.short().split_once('/') else {
            continue;
        };
        let is_here = || RefName::branch(branch).is_ok_and(|name| refs.get(&name).is_some());
        if branch.starts_with(current) && !is_here() {
            let help = format!("branch of {remote}");
            candidates.push(candidate(branch.to_owned(), "branch of a remote", help));
        }
    }
    candidates
}

fn branches_of_remote(place: &Place, current: &str) -> Vec<CompletionCandidate> {
    let remote = named_remote(place);
    let Some((remote, refs)) = remote.zip(place.refs()) else {
        return Vec::new();
    };
    let prefix = format!("{REMOTES}{remote}/");
    below(&refs, &prefix, current, "branch of a remote")
}

/// The remote that a word of the command line names, or else the one that is used without a name.
fn named_remote(place: &Place) -> Option<String> {
    let words = place.words();
    let before = &words[..words.len().saturating_sub(1)];
    let mut remotes = place.own_settings().remotes().into_iter();
    let named = remotes.find(|remote| before.contains(&remote.name));
    match named {
        Some(remote) => Some(remote.name),
        None => choose_remote(&*place.repository()?, None).ok(),
    }
}

/// The refs below `prefix`, by what follows it.
fn below(refs: &Refs, prefix: &str, current: &str, kind: &'static str) -> Vec<CompletionCandidate> {
    let names = refs.with_prefix(prefix);
    let rests = names.filter_map(|(name, _)| name.as_str().strip_prefix(prefix));
    let fitting = rests.filter(|rest| rest.starts_with(current));
    fitting
        .map(|rest| candidate(rest.to_owned(), kind, kind))
        .collect()
}
