//! The short table at the end.

use std::fmt;

/// What one verb did.
#[derive(Debug, Default)]
pub(crate) struct Row {
    /// What was run.
    pub(crate) verb: &'static str,
    /// Files that it was about.
    pub(crate) files: u64,
    /// Different contents among them.
    pub(crate) objects: u64,
    /// Bytes to the server.
    pub(crate) sent_bytes: u64,
    /// Bytes from the server.
    pub(crate) received_bytes: u64,
    /// Wall-clock seconds.
    pub(crate) seconds: f64,
}

impl Row {
    /// A verb that talks to no server.
    pub(crate) fn local(verb: &'static str, files: u64, objects: u64, seconds: f64) -> Self {
        Self {
            verb,
            files,
            objects,
            seconds,
            ..Self::default()
        }
    }

    /// The same with files and objects filled in.
    pub(crate) fn counting(self, files: u64, objects: u64) -> Self {
        Self {
            files,
            objects,
            ..self
        }
    }
}

/// All rows.
#[derive(Debug, Default)]
pub(crate) struct Table(Vec<Row>);

impl Table {
    /// Adds a row.
    pub(crate) fn add(&mut self, row: Row) {
        self.0.push(row);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<12} {:>8} {:>8} {:>12} {:>12} {:>8}",
            "verb", "files", "objects", "sent", "received", "seconds"
        )?;
        for row in &self.0 {
            writeln!(
                f,
                "{:<12} {:>8} {:>8} {:>12} {:>12} {:>8.2}",
                row.verb,
                row.files,
                row.objects,
                size(row.sent_bytes),
                size(row.received_bytes),
                row.seconds
            )?;
        }
        Ok(())
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        0 => "-".to_owned(),
        1..100_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}
