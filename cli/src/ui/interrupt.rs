//! Ctrl-C in long commands: a line that says what is kept, then the end by the signal.

use std::io::{IsTerminal as _, Write as _};
use std::thread;

use signal_hook::consts::SIGINT;
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

/// What is left of a command that is interrupted; `None` of commands that are over in a moment or
/// leave nothing to say.
fn what_is_kept(activity: &str) -> Option<&'static str> {
    Some(match activity {
        "muse clone" | "muse fetch" | "muse pull" => {
            "what was downloaded is kept, and the same command goes on there"
        }
        "muse push" => {
            "the server has moved nothing, or all of it; pushing again sends what it does not have"
        }
        "muse import git" => "no branch has moved; the same command starts again",
        "muse gc" => "nothing is lost; the next run does the rest",
        _ => return None,
    })
}

/// Has an interruption of the command say what is kept, as one line on standard error.
pub fn announce(activity: &str, json: bool) {
    let Some(kept) = what_is_kept(activity) else {
        return;
    };
    // Where signals cannot be watched, they end the process without a word.
    let Ok(mut signals) = Signals::new([SIGINT]) else {
        return;
    };
    thread::spawn(move || {
        for signal in signals.forever() {
            let line = match json {
                true => serde_json::json!({"event": "interrupted", "message": kept}).to_string(),
                // The terminal has echoed the keys, and a bar may stand in the line.
                false if std::io::stderr().is_terminal() => {
                    format!("\r\x1b[Kinterrupted: {kept}")
                }
                false => format!("interrupted: {kept}"),
            };
            let _ = writeln!(std::io::stderr(), "{line}");
            let _ = emulate_default_handler(signal);
        }
    });
}
