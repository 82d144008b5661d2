//! What long work tells whoever watches it: phases of progress, notes, steps and warnings.
//!
//! The library speaks through [`Reporter`] alone and never learns whether a terminal, a log or
//! nobody listens. Texts are for people: what a program acts on is in what the calls return.

use std::fmt::Arguments;

/// What a phase counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Bytes.
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

/// Receives what work has to say while it runs. Calls may come from any thread.
pub trait Reporter: Send + Sync {
    /// Starts a phase, which ends when the returned value is dropped. `label` is a verb such as
    /// `uploading`; `total` may be given later.
    fn phase(&self, label: &str, total: Option<u64>, unit: Unit) -> Box<dyn Phase>;

    /// Something that a person wants to know.
    fn note(&self, text: Arguments<'_>);

    /// A step and its figures, for people who want to see what happens inside.
    fn step(&self, text: Arguments<'_>);

    /// Something unexpected that does not stop the work.
    fn warn(&self, text: Arguments<'_>);
}

/// One phase of work. Calls are cheap and may come from any thread.
pub trait Phase: Send + Sync {
    /// Adds to the position.
    fn advance(&self, amount: u64);

    /// Adds what was done before this phase, which says nothing about its speed.
    fn skip(&self, amount: u64) {
        self.advance(amount);
    }

    /// Sets the position.
    fn set_position(&self, position: u64);

    /// Sets the total once it is known.
    fn set_total(&self, total: u64);

    /// Says what exactly is going on, such as the stage that a server is at.
    fn set_detail(&self, detail: &str);
}

/// Says how much of a transfer is there already.
pub fn say_resuming(reporter: &dyn Reporter, present_bytes: u64) {
    let mebibytes = present_bytes as f64 / f64::from(1 << 20);
    reporter.note(format_args!("resuming at {mebibytes:.1} MiB"));
}

/// Drops everything that is reported.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Reporter for Silent {
    fn phase(&self, _label: &str, _total: Option<u64>, _unit: Unit) -> Box<dyn Phase> {
        Box::new(Self)
    }

    fn note(&self, _text: Arguments<'_>) {}

    fn step(&self, _text: Arguments<'_>) {}

    fn warn(&self, _text: Arguments<'_>) {}
}

impl Phase for Silent {
    fn advance(&self, _amount: u64) {}

    fn set_position(&self, _position: u64) {}

    fn set_total(&self, _total: u64) {}

    fn set_detail(&self, _detail: &str) {}
}
