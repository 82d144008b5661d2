//! Keeps the warnings of what is tested.

use std::fmt::Arguments;
use std::sync::{Mutex, PoisonError};

use crate::report::{Phase, Reporter, Silent, Unit};

/// Keeps warnings, and drops everything else.
#[derive(Debug, Default)]
pub(crate) struct Warnings(Mutex<Vec<String>>);

impl Warnings {
    /// All warnings, in order.
    pub(crate) fn all(self) -> Vec<String> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reporter for Warnings {
    fn phase(&self, label: &str, total: Option<u64>, unit: Unit) -> Box<dyn Phase> {
        Silent.phase(label, total, unit)
    }

    fn note(&self, _text: Arguments<'_>) {}

    fn step(&self, _text: Arguments<'_>) {}

    fn warn(&self, text: Arguments<'_>) {
        let mut warnings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        warnings.push(text.to_string());
    }
}
