//! Stashes, by their numbers.

use clap_complete::engine::CompletionCandidate;

use super::candidate::candidate;
use super::place::Place;

/// The number of each stash, with what it is called.
pub(super) fn numbers(place: &Place, current: &str) -> Vec<CompletionCandidate> {
    let Some(repository) = place.repository() else {
        return Vec::new();
    };
    let stashes = repository.stash.read().unwrap_or_default();
    let numbered = stashes.iter().enumerate().filter_map(|(number, id)| {
        let number = number.to_string();
        let commit = repository.objects.commit(id).ok()?;
        let is_fitting = number.starts_with(current);
        is_fitting.then(|| candidate(number, "stash", commit.subject()))
    });
    numbered.collect()
}
