//! All that `muse` prints goes through here: data on stdout, everything else on stderr.
//!
//! Text from elsewhere is printed so that a terminal does not obey it: see [`super::escape`].
//! With `--json`, stdout carries JSON documents and stderr JSON Lines, one object per event.

use std::fmt::Display;
use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use super::error::CliError;
use super::escape::{escape, one_line};
use super::palette::Palette;
use super::style::Style;

/// How much is said on stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Warnings and errors only.
    Quiet,
    /// What happened and what to type next.
    Normal,
    /// Each step with its figures, too.
    Verbose,
    /// Lists say more of each thing, too.
    Thorough,
}

/// How and how much to print.
#[derive(Debug, Clone, Copy)]
pub struct PrinterOptions {
    /// How much is said on stderr.
    pub verbosity: Verbosity,
    /// Whether everything is JSON.
    pub json: bool,
    /// Whether a person reads stdout on a terminal.
    pub stdout_is_terminal: bool,
    /// Whether stdout gets colour.
    pub color_stdout: bool,
    /// Whether stderr gets colour.
    pub color_stderr: bool,
}

/// Prints for one command.
pub struct Printer {
    options: PrinterOptions,
    stdout: Mutex<Box<dyn Write + Send>>,
    stderr: Mutex<Box<dyn Write + Send>>,
}

impl Printer {
    /// Prints to the process's own streams.
    pub fn new(options: PrinterOptions) -> Self {
        Self::to(
            options,
            io::BufWriter::with_capacity(64 * 1024, io::stdout()),
            io::stderr(),
        )
    }

    /// Prints to these streams.
    pub fn to(
        options: PrinterOptions,
        stdout: impl Write + Send + 'static,
        stderr: impl Write + Send + 'static,
    ) -> Self {
        Self {
            options,
            stdout: Mutex::new(Box::new(stdout)),
            stderr: Mutex::new(Box::new(stderr)),
        }
    }

    /// How and how much is printed.
    pub fn options(&self) -> &PrinterOptions {
        &self.options
    }

    /// Whether nothing but warnings and errors is said beside results.
    pub fn is_quiet(&self) -> bool {
        self.options.verbosity == Verbosity::Quiet
    }

    /// Colours for stdout.
    pub fn palette(&self) -> Palette {
        Palette::new(self.options.color_stdout)
    }

    /// Stdout, locked, for what programs read: bytes go out as they are. Text and contents of files
    /// go through [`super::output::Output`]. Wrap its errors with [`stdout_error`].
    pub fn stdout(&self) -> MutexGuard<'_, Box<dyn Write + Send>> {
        self.stdout.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Text on stdout, in whole lines.
    ///
    /// # Errors
    /// If stdout cannot be written.
    pub fn text(&self, text: impl Display) -> Result<(), CliError> {
        let text = text.to_string();
        write!(self.stdout(), "{}", escape(&text)).map_err(stdout_error)
    }

    /// One line of data on stdout.
    ///
    /// # Errors
    /// If stdout cannot be written.
    pub fn line(&self, text: impl Display) -> Result<(), CliError> {
        self.text(format_args!("{text}\n"))
    }

    /// What a command did, as a line on stdout, unless `-q`.
    ///
    /// # Errors
    /// If stdout cannot be written.
    pub fn report(&self, text: impl Display) -> Result<(), CliError> {
        if self.options.verbosity >= Verbosity::Normal {
            self.line(text)?;
        }
        Ok(())
    }

    /// One JSON document on stdout, on one line.
    ///
    /// # Errors
    /// If stdout cannot be written.
    pub fn json(&self, value: &impl Serialize) -> Result<(), CliError> {
        let text = serde_json::to_string(value)
            .map_err(|error| CliError::failed("the result has no JSON form").with_source(error))?;
        writeln!(self.stdout(), "{text}").map_err(stdout_error)
    }

    /// Flushes stdout; every command ends with this.
    ///
    /// # Errors
    /// If stdout cannot be written.
    pub fn flush(&self) -> Result<(), CliError> {
        self.stdout().flush().map_err(stdout_error)
    }

    /// What happened or what to type next, on stderr, unless `-q`.
    pub fn note(&self, text: impl Display) {
        if self.options.verbosity >= Verbosity::Normal {
            self.event("note", "", &text.to_string());
        }
    }

    /// Whether `-v` asks for more than usual.
    pub fn is_verbose(&self) -> bool {
        self.options.verbosity >= Verbosity::Verbose
    }

    /// A step and its figures, on stderr, only with `-v`.
    pub fn verbose(&self, text: impl Display) {
        if self.is_verbose() {
            self.event("verbose", "", &text.to_string());
        }
    }

    /// Something unexpected that does not stop the command, as a line on stderr.
    pub fn warn(&self, text: impl Display) {
        self.warn_in_lines(one_line(&text.to_string()));
    }

    /// As [`Self::warn`], in lines of our own.
    pub fn warn_in_lines(&self, text: impl Display) {
        let warning = Palette::new(self.options.color_stderr).warning;
        self.event(
            "warning",
            &format!("{warning}warning:{warning:#} "),
            &text.to_string(),
        );
    }

    /// Why the command failed, on stderr.
    pub fn error(&self, error: &CliError) {
        let mut stderr = self.stderr();
        // Nothing can be done when even stderr is gone.
        let _ = if self.options.json {
            writeln!(stderr, "{}", error.to_json())
        } else {
            let palette = Palette::new(self.options.color_stderr);
            error.render().lines().try_for_each(|line| {
                let style = match line.split_once(": ") {
                    Some(("error", _)) => palette.error,
                    Some(("hint", _)) => palette.hint,
                    _ => Style::new(),
                };
                let line = match line.split_once(": ") {
                    Some((label, rest)) => format!("{style}{label}:{style:#} {rest}"),
                    None => line.to_owned(),
                };
                writeln!(stderr, "{}", escape(&line))
            })
        };
    }

    fn event(&self, event: &str, label: &str, text: &str) {
        let mut stderr = self.stderr();
        // Nothing can be done when even stderr is gone.
        let _ = if self.options.json {
            writeln!(
                stderr,
                "{}",
                serde_json::json!({"event": event, "message": text})
            )
        } else {
            writeln!(stderr, "{}", escape(&format!("{label}{text}")))
        };
    }

    /// Stderr, once what was printed before is out: on a terminal both are read as one text.
    fn stderr(&self) -> MutexGuard<'_, Box<dyn Write + Send>> {
        if let Ok(mut stdout) = self.stdout.try_lock() {
            // If it cannot be written, the flush at the end says so.
            let _ = stdout.flush();
        }
        self.stderr.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The error for output that could not be written; a reader that has gone ends the command quietly.
pub fn stdout_error(error: io::Error) -> CliError {
    CliError::io("cannot write the output", error)
}
