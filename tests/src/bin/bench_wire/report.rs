//! The Markdown table, printed row by row as the figures come.

use super::contender::{Measure, Verb};

/// A table whose head is printed.
pub(crate) struct Report;

impl Report {
    /// Prints the head.
    pub(crate) fn start() -> Self {
        say(
            "| size | verb | path | git s | muse s | muse/git | git MB | muse MB \
             | git MiB client / server | muse MiB client / server |\n\
             |---|---|---|---|---|---|---|---|---|---|",
        );
        Self
    }

    /// Prints one verb's figures.
    pub(crate) fn row(
        &mut self,
        size: &str,
        verb: Verb,
        path: &str,
        git: Option<&Measure>,
        muse: &Measure,
    ) {
        let path = if verb.is_push() { path } else { "" };
        let seconds = |measure: &Measure| format!("{:.3}", measure.seconds);
        let wire = |measure: &Measure| match measure.observed.wire_bytes {
            0 => String::new(),
            bytes => format!("{:.2}", bytes as f64 / 1e6),
        };
        let peaks = |measure: &Measure| {
            let mib = |bytes: u64| bytes >> 20;
            let observed = &measure.observed;
            format!(
                "{} / {}",
                mib(observed.client_peak_bytes),
                mib(observed.server_peak_bytes)
            )
        };
        let theirs = |form: &dyn Fn(&Measure) -> String| git.map(form).unwrap_or_default();
        let ratio = theirs(&|git| format!("{:.2}", muse.seconds / git.seconds));
        say(&format!(
            "| {size} | {verb:?} | {path} | {} | {} | {ratio} | {} | {} | {} | {} |",
            theirs(&seconds),
            seconds(muse),
            theirs(&wire),
            wire(muse),
            theirs(&peaks),
            peaks(muse),
        ));
    }
}

/// Prints a line.
#[expect(
    clippy::print_stdout,
    reason = "the benchmark prints on stdout, and only here"
)]
pub(crate) fn say(text: &str) {
    println!("{text}");
}
