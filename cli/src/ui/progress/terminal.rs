//! Bars for people. A phase is painted only once it has lasted a moment, so that quick commands
//! stay quiet.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::report::{Phase, Unit};
use crate::ui::escape::{escape, one_line};

/// How long a phase may take before it is painted.
const DELAY: Duration = Duration::from_millis(300);
/// How often a painted bar moves by itself, which shows that a wait is alive.
const TICK: Duration = Duration::from_millis(120);

/// All bars of one command.
pub(super) struct Bars {
    bars: MultiProgress,
}

impl Bars {
    pub(super) fn new() -> Self {
        Self {
            bars: MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10)),
        }
    }

    pub(super) fn phase(&self, label: &str, total: Option<u64>, unit: Unit) -> Bar {
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
        bar.set_prefix(label.to_owned());
        bar.set_style(style(unit, total.is_some()));
        let (ended, waiting) = mpsc::channel::<()>();
        let painter = thread::spawn({
            let (bars, bar) = (self.bars.clone(), bar.clone());
            move || {
                if waiting.recv_timeout(DELAY) == Err(mpsc::RecvTimeoutError::Timeout) {
                    bars.add(bar).enable_steady_tick(TICK);
                }
            }
        });
        Bar {
            bars: self.bars.clone(),
            bar,
            unit,
            ended: Some(ended),
            painter: Some(painter),
        }
    }
}

/// One phase.
pub(super) struct Bar {
    bars: MultiProgress,
    bar: ProgressBar,
    unit: Unit,
    /// Dropped to tell the painter that the phase is over.
    ended: Option<mpsc::Sender<()>>,
    painter: Option<thread::JoinHandle<()>>,
}

impl Phase for Bar {
    fn advance(&self, amount: u64) {
        self.bar.inc(amount);
    }

    fn skip(&self, amount: u64) {
        self.bar.inc(amount);
        // What is estimated begins here.
        self.bar.tick();
        self.bar.reset_eta();
    }

    fn set_position(&self, position: u64) {
        self.bar.set_position(position);
    }

    fn set_total(&self, total: u64) {
        self.bar.set_length(total);
        self.bar.set_style(style(self.unit, true));
    }

    fn set_detail(&self, detail: &str) {
        self.bar.set_message(escape(&one_line(detail)).into_owned());
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        drop(self.ended.take());
        if let Some(painter) = self.painter.take() {
            // A painter that panicked has nothing left to clean up.
            let _ = painter.join();
        }
        self.bar.finish_and_clear();
        self.bars.remove(&self.bar);
    }
}

/// How a line looks. The bar takes what is left of the terminal's width.
fn style(unit: Unit, total_is_known: bool) -> ProgressStyle {
    let known = "{prefix} {percent:>3}% [{wide_bar}]";
    let template = match (unit, total_is_known) {
        (Unit::Steps, _) => "{prefix} {spinner} {msg} ({elapsed})".to_owned(),
        (Unit::Bytes, true) => {
            format!("{known} {{bytes}}/{{total_bytes}} {{bytes_per_sec}} ETA {{eta}} {{msg}}")
        }
        (Unit::Bytes, false) => "{prefix} {spinner} {bytes} {bytes_per_sec} {msg}".to_owned(),
        (_, true) => format!(
            "{known} {{human_pos}}/{{human_len}} {} ETA {{eta}} {{msg}}",
            unit.as_str()
        ),
        (_, false) => format!(
            "{{prefix}} {{spinner}} {{human_pos}} {} {{msg}}",
            unit.as_str()
        ),
    };
    ProgressStyle::with_template(&template)
        .expect("the templates above are well-formed")
        .progress_chars("=> ")
}
