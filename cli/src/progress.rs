//! How long work shows that it goes on: a trait with a terminal, a JSON Lines and a hidden form.
//!
//! Storage, walk and transport report to `&dyn Progress` and never learn which form it is. Forms
//! write to standard error only; what a command has to say goes through the printer.

mod json_lines;
mod terminal;

use std::sync::Arc;

/// What a phase counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Bytes, shown with a rate.
    Bytes,
    /// File objects.
    Objects,
    /// Files in the work tree.
    Files,
    /// Commits.
    Commits,
    /// Steps of another machine, of which only the name is known.
    Steps,
}

impl Unit {
    /// The unit's name in JSON and behind a number.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Objects => "objects",
            Self::Files => "files",
            Self::Commits => "commits",
            Self::Steps => "steps",
        }
    }
}

/// Something that can show phases of work.
pub trait Progress: Send + Sync {
    /// Starts a phase, which ends when the returned value is dropped. `label` is a verb phrase like
    /// `uploading`; `total` may be given later.
    fn phase(&self, label: &str, total: Option<u64>, unit: Unit) -> Box<dyn PhaseProgress>;
}

/// One phase of work. Calls are cheap and may come from any thread.
pub trait PhaseProgress: Send + Sync {
    /// Adds to the position.
    fn advance(&self, amount: u64);

    /// Sets the position.
    fn set_position(&self, position: u64);

    /// Sets the total once it is known.
    fn set_total(&self, total: u64);

    /// Says what exactly is going on, such as the stage that a server is at.
    fn set_detail(&self, detail: &str);
}

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
    /// The form for these circumstances: JSON where asked for, bars only where a person can see them.
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

/// Makes progress of this form, writing to standard error.
pub fn create(form: Form) -> Arc<dyn Progress> {
    match form {
        Form::Terminal => Arc::new(terminal::Bars::new()),
        Form::JsonLines => Arc::new(json_lines::JsonLines::new(Box::new(std::io::stderr()))),
        Form::Hidden => Arc::new(Hidden),
    }
}

/// Shows nothing: pipes, `--quiet`, `--no-progress`, tests.
pub struct Hidden;

impl Progress for Hidden {
    fn phase(&self, _label: &str, _total: Option<u64>, _unit: Unit) -> Box<dyn PhaseProgress> {
        Box::new(Self)
    }
}

impl PhaseProgress for Hidden {
    fn advance(&self, _amount: u64) {}

    fn set_position(&self, _position: u64) {}

    fn set_total(&self, _total: u64) {}

    fn set_detail(&self, _detail: &str) {}
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
