//! The table of all settings, made from the command line's own description.

use clap::{Arg, CommandFactory as _};

use super::Arguments;
use super::file::settings;

/// What stands above the table.
const INTRODUCTION: &str = "\
# Settings

Every setting of `musehub`, as the command line describes it. This page is generated. A setting has
one name in three spellings, here for `max-connections`:

* the flag `--max-connections 64`,
* the variable `MUSEHUB_MAX_CONNECTIONS=64`,
* the line `max-connections = 64` in the file that `--config FILE` or `MUSEHUB_CONFIG` names.

A flag comes before a variable, a variable before the file, and the file before the default. The
file is TOML without sections; a key that is no setting, and a value that does not fit, are refused
with their line. A setting that may be given several times is a list there, and a list with commas
in a variable. `MUSEHUB_LOG` is a variable alone: which log lines are written, as
[filters](https://docs.rs/tracing-subscriber/latest/tracing_subscriber/filter) say it.
";

/// Who takes a setting, with the words for it.
const SECTIONS: [(&str, &str); 3] = [
    ("Of every command", "migrate"),
    ("Of `serve` and `worker`", "worker"),
    ("Of `serve`", "serve"),
];

/// SETTINGS.md.
pub fn settings_page() -> String {
    let mut root = Arguments::command();
    root.build();
    let mut page = INTRODUCTION.to_owned();
    let mut shown = Vec::new();
    for (title, name) in SECTIONS {
        let command = root.find_subcommand(name);
        let known = settings(command.expect("a command of `musehub`"));
        page.push_str(&format!("\n## {title}\n\n"));
        page.push_str("| setting | default | meaning |\n|---|---|---|\n");
        for (setting, argument) in known {
            if !shown.contains(&setting) {
                page.push_str(&row(setting, argument));
                shown.push(setting);
            }
        }
    }
    page
}

fn row(setting: &str, argument: &Arg) -> String {
    let help = argument.get_help().map(ToString::to_string);
    let help = help.unwrap_or_default();
    // Where the default is not a constant, the text says it.
    let (meaning, default) = match help.split_once(" [default: ") {
        Some((meaning, default)) => (meaning, default.trim_end_matches(']').to_owned()),
        None => (help.as_str(), constant_default(argument)),
    };
    format!("| `{setting}` | {default} | {meaning} |\n")
}

fn constant_default(argument: &Arg) -> String {
    let values = argument.get_default_values().iter();
    let values = values.map(|value| format!("`{}`", value.to_string_lossy()));
    let values = values.collect::<Vec<_>>().join(", ");
    if values.is_empty() {
        "none".to_owned()
    } else {
        values
    }
}
