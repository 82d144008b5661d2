//! The Markdown table, printed row by row as the figures come.

use super::contender::{Measure, Verb};
use super::gates::Gates;

/// A table whose head is printed.
pub(crate) struct Report<'gates> {
    gates: &'gates mut Gates,
}

impl<'gates> Report<'gates> {
    /// Prints the head.
    pub(crate) fn start(gates: &'gates mut Gates) -> Self {
        say(
            "| size | verb | path | git s | muse s | muse/git | git MB | muse MB \
             | git MiB client / server | muse MiB client / server \
             | goal MB | goal muse/git |\n\
             |---|---|---|---|---|---|---|---|---|---|---|---|",
        );
        Self { gates }
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
            _ => format!("{:.3}", measure.megabytes()),
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
        let [wire_goal, seconds_goal] = self.gates.verb(size, verb, git, muse);
        say(&format!(
            "| {size} | {verb:?} | {path} | {} | {} | {ratio} | {} | {} | {} | {} \
             | {wire_goal} | {seconds_goal} |",
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
