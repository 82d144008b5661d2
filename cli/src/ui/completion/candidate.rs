//! One thing that can stand where the command line ends.

use clap_complete::engine::CompletionCandidate;

/// A candidate of a kind, with what it is in a few words. Those of a kind are offered together.
pub(super) fn candidate(
    value: String,
    kind: &'static str,
    help: impl Into<String>,
) -> CompletionCandidate {
    let candidate = CompletionCandidate::new(value).tag(Some(kind.into()));
    candidate.help(Some(help.into().into()))
}

/// Whether it starts with what is typed.
pub(super) fn starts_with(candidate: &CompletionCandidate, prefix: &str) -> bool {
    let value = candidate.get_value().as_encoded_bytes();
    value.starts_with(prefix.as_bytes())
}
