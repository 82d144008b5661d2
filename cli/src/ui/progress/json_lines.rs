//! Progress for programs: one JSON object per line, at the start of a phase, a few times a second,
//! and at its end.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::report::{Phase, Unit};

/// Shortest time between two lines of a phase.
const INTERVAL: Duration = Duration::from_millis(100);

type Output = Arc<Mutex<Box<dyn Write + Send>>>;

/// All phases of one command, written to one output.
pub(super) struct JsonLines {
    out: Output,
}

impl JsonLines {
    pub(super) fn new(out: Box<dyn Write + Send>) -> Self {
        Self {
            out: Arc::new(Mutex::new(out)),
        }
    }

    pub(super) fn phase(&self, label: &str, total: Option<u64>, unit: Unit) -> LinePhase {
        let phase = LinePhase {
            out: Arc::clone(&self.out),
            label: label.to_owned(),
            unit,
            state: Mutex::new(State {
                position: 0,
                total,
                detail: String::new(),
                written_at: None,
            }),
        };
        phase.update(|_| ());
        phase
    }
}

/// One phase.
pub(super) struct LinePhase {
    out: Output,
    label: String,
    unit: Unit,
    state: Mutex<State>,
}

struct State {
    position: u64,
    total: Option<u64>,
    detail: String,
    written_at: Option<Instant>,
}

#[derive(Serialize)]
struct Line<'a> {
    event: &'static str,
    phase: &'a str,
    unit: &'static str,
    position: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
    #[serde(skip_serializing_if = "str::is_empty")]
    detail: &'a str,
    done: bool,
}

impl LinePhase {
    fn update(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut state);
        if state.written_at.is_none_or(|at| at.elapsed() >= INTERVAL) {
            state.written_at = Some(Instant::now());
            self.write(&state, false);
        }
    }

    fn write(&self, state: &State, done: bool) {
        let line = Line {
            event: "progress",
            phase: &self.label,
            unit: self.unit.as_str(),
            position: state.position,
            total: state.total,
            detail: &state.detail,
            done,
        };
        let mut text = serde_json::to_vec(&line).expect("texts and numbers always encode");
        text.push(b'\n');
        // Progress that nobody reads is no reason to stop the work.
        let _ = self
            .out
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .write_all(&text);
    }
}

impl Phase for LinePhase {
    fn advance(&self, amount: u64) {
        self.update(|state| state.position += amount);
    }

    fn set_position(&self, position: u64) {
        self.update(|state| state.position = position);
    }

    fn set_total(&self, total: u64) {
        self.update(|state| state.total = Some(total));
    }

    fn set_detail(&self, detail: &str) {
        self.update(|state| detail.clone_into(&mut state.detail));
    }
}

impl Drop for LinePhase {
    fn drop(&mut self) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.write(&state, true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("no panic").write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_phase_writes_its_start_and_its_end() {
        let out = Shared::default();
        let progress = JsonLines::new(Box::new(out.clone()));
        let phase = progress.phase("uploading", Some(10), Unit::Bytes);
        phase.advance(4);
        phase.advance(6);
        drop(phase);
        let text = String::from_utf8(out.0.lock().expect("no panic").clone()).expect("UTF-8");
        let lines: Vec<serde_json::Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect();
        assert_eq!(lines[0]["position"], 0);
        let last = lines.last().expect("at least one");
        assert_eq!(
            (&last["position"], &last["total"], &last["done"]),
            (&10.into(), &10.into(), &true.into())
        );
        assert_eq!(
            (&last["phase"], &last["unit"]),
            (&"uploading".into(), &"bytes".into())
        );
    }
}
