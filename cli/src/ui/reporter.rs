//! Passes what the library reports on to the printer and the progress display.

use std::fmt::Arguments;

use super::printer::Printer;
use super::progress::Progress;
use crate::report::{Phase, Reporter, Unit};

/// Reports one command's work to whoever runs it.
pub struct UiReporter<'a> {
    printer: &'a Printer,
    progress: Progress,
}

impl<'a> UiReporter<'a> {
    /// Texts go to `printer`, phases to `progress`.
    pub const fn new(printer: &'a Printer, progress: Progress) -> Self {
        Self { printer, progress }
    }
}

impl Reporter for UiReporter<'_> {
    fn phase(&self, label: &str, total: Option<u64>, unit: Unit) -> Box<dyn Phase> {
        self.progress.phase(label, total, unit)
    }

    fn note(&self, text: Arguments<'_>) {
        self.printer.note(text);
    }

    fn step(&self, text: Arguments<'_>) {
        self.printer.verbose(text);
    }

    fn warn(&self, text: Arguments<'_>) {
        self.printer.warn(text);
    }
}
