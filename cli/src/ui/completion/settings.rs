//! Settings: their keys, and the values that they take.

use std::collections::BTreeSet;

use clap_complete::engine::CompletionCandidate;
use muse_wire::name::HEADS;

use super::candidate::{candidate, starts_with};
use super::place::Place;
use super::servers::hosts;
use crate::ui::settings::{SETTINGS, allowed_values};

/// The keys of all settings, for each remote, branch and server that is known here.
pub(super) fn keys(place: &Place, current: &str) -> Vec<CompletionCandidate> {
    let mut candidates = Vec::new();
    for setting in SETTINGS {
        for chosen in chosen(place, setting.section()) {
            let key = setting.key_with(|_| format!(".{chosen}."));
            candidates.push(candidate(key, "setting", setting.text));
        }
    }
    candidates.retain(|one| starts_with(one, current));
    candidates
}

/// The keys that are set, with their values.
pub(super) fn set_keys(place: &Place, current: &str) -> Vec<CompletionCandidate> {
    let user = place.user_settings();
    let settings = match place.has_option(&["--global"]) {
        true => user,
        false => place.own_settings().over(&user),
    };
    let fitting = settings
        .entries()
        .filter(|(key, _)| key.starts_with(current));
    let named = fitting.map(|(key, value)| candidate(key.to_owned(), "setting", value));
    named.collect()
}

/// The values of the setting that a word of the command line names.
pub(super) fn values(place: &Place, current: &str) -> Vec<CompletionCandidate> {
    let mut words = place.words().iter();
    let values = words.find_map(|word| allowed_values(word));
    let values = values.unwrap_or_default().iter();
    let fitting = values.filter(|value| value.starts_with(current));
    let named = fitting.map(|value| candidate((*value).to_owned(), "value", ""));
    named.collect()
}

/// What can stand between the first and the last dot of a key of this section. What takes nothing
/// there has one key all the same.
fn chosen(place: &Place, section: &str) -> BTreeSet<String> {
    let remotes = || place.own_settings().remotes().into_iter();
    match section {
        "remote" => remotes().map(|remote| remote.name).collect(),
        "branch" => {
            let refs = place.refs();
            let branches = refs.iter().flat_map(|refs| refs.with_prefix(HEADS));
            branches.map(|(name, _)| name.short().to_owned()).collect()
        }
        "auth" => hosts(place),
        _ => BTreeSet::from([String::new()]),
    }
}
