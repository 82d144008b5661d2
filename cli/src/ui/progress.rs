//! How progress looks: bars on a terminal, JSON Lines for programs, or nothing.
//!
//! All forms write to standard error only.

mod json_lines;
mod terminal;

use self::json_lines::JsonLines;
use self::terminal::Bars;
use crate::report::{Phase, Reporter as _, Silent, Unit};

/// Which form progress takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Bars on a terminal, painted only when a phase takes longer than a moment.
    Terminal,
    /// One JSON object per line.
    JsonLines,
    /// None.
    Hidden,
}

impl Form {
    /// The form for these circumstances: JSON where asked for, bars only where a person can see
    /// them.
    pub const fn choose(json: bool, silenced: bool, stderr_is_terminal: bool) -> Self {
        if silenced {
            Self::Hidden
        } else if json {
            Self::JsonLines
        } else if stderr_is_terminal {
            Self::Terminal
        } else {
            Self::Hidden
        }
    }
}

/// Shows the phases of one command.
pub struct Progress {
    output: Output,
}

enum Output {
    Bars(Bars),
    JsonLines(JsonLines),
    Hidden,
}

impl Progress {
    /// Progress of this form, on standard error.
    pub fn new(form: Form) -> Self {
        let output = match form {
            Form::Terminal => Output::Bars(Bars::new()),
            Form::JsonLines => Output::JsonLines(JsonLines::new(Box::new(std::io::stderr()))),
            Form::Hidden => Output::Hidden,
        };
        Self { output }
    }

    /// Starts a phase, which ends when the returned value is dropped.
    pub fn phase(&self, label: &str, total: Option<u64>, unit: Unit) -> Box<dyn Phase> {
        match &self.output {
            Output::Bars(bars) => Box::new(bars.phase(label, total, unit)),
            Output::JsonLines(lines) => Box::new(lines.phase(label, total, unit)),
            Output::Hidden => Silent.phase(label, total, unit),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_follows_the_circumstances() {
        assert_eq!(Form::choose(false, false, true), Form::Terminal);
        assert_eq!(Form::choose(false, false, false), Form::Hidden);
        assert_eq!(Form::choose(true, false, false), Form::JsonLines);
        assert_eq!(Form::choose(true, true, true), Form::Hidden);
    }
}
