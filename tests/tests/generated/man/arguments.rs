//! Arguments and options, each with what it takes and does.

use clap::{Arg, Command};
use clap_mangen::roff::{Inline, Roff, bold, italic, roman};

use super::Entry;
use super::text::{paragraphs, phrase};

/// What every command prints about itself, in clap's words and in those of a page.
const HELP_AND_VERSION: [(&str, &str); 2] = [
    ("help", "Print help; `-h` prints a summary."),
    ("version", "Print the version."),
];

/// What a command takes without an option's name before it.
pub(super) fn positionals(command: &Command) -> Vec<Entry> {
    let shown = command.get_positionals().filter(|arg| !arg.is_hide_set());
    let entries = shown.map(|arg| Entry {
        term: positional(arg),
        text: meaning(arg),
    });
    entries.collect()
}

/// `REMOTE`, or `-- PATH...` for what two hyphens must come before.
pub(super) fn positional(arg: &Arg) -> Vec<Inline> {
    let mut form = values(arg);
    if arg.is_last_set() {
        form.insert(0, bold("-- "));
    }
    form
}

/// The options of `command` that are not those of all commands below `root`.
pub(super) fn options(command: &Command, root: &Command) -> Vec<Entry> {
    own_options(command, root).map(option).collect()
}

/// The options of `command` itself, in the order of its help.
pub(super) fn own_options<'a>(
    command: &'a Command,
    root: &'a Command,
) -> impl Iterator<Item = &'a Arg> {
    let is_global = |arg: &Arg| {
        root.get_arguments()
            .any(|global| global.get_id() == arg.get_id())
    };
    let shown = command.get_opts().chain(flags(command));
    let mut own: Vec<&Arg> = shown
        .filter(|arg| !arg.is_hide_set() && !is_global(arg))
        .collect();
    let position = |arg: &Arg| {
        command
            .get_arguments()
            .position(|one| one.get_id() == arg.get_id())
    };
    own.sort_by_key(|arg| position(arg));
    own.into_iter()
}

/// The options that every command takes.
pub(super) fn global_options(root: &Command) -> Vec<Entry> {
    let shown = root.get_arguments().filter(|arg| !arg.is_positional());
    let mut options: Vec<&Arg> = shown.collect();
    let is_about_itself = |arg: &&Arg| HELP_AND_VERSION.iter().any(|(id, _)| arg.get_id() == id);
    options.sort_by_key(is_about_itself);
    options.into_iter().map(option).collect()
}

/// `-d, --delete BRANCH`.
fn option(arg: &Arg) -> Entry {
    let mut term = names(arg, ", ");
    term.extend(value(arg));
    Entry {
        term,
        text: meaning(arg),
    }
}

/// The short and the long name of an option.
pub(super) fn names(arg: &Arg, between: &str) -> Vec<Inline> {
    let short = arg.get_short().map(|short| bold(format!("-{short}")));
    let long = arg.get_long().map(|long| bold(format!("--{long}")));
    let mut names: Vec<Inline> = short.into_iter().collect();
    if let Some(long) = long {
        if !names.is_empty() {
            names.push(roman(between));
        }
        names.push(long);
    }
    names
}

/// What an option takes, with what stands between it and the option's name.
pub(super) fn value(arg: &Arg) -> Vec<Inline> {
    let range = arg.get_num_args().expect("the command is built");
    if !range.takes_values() {
        return Vec::new();
    }
    let (before, after) = match (range.min_values(), arg.is_require_equals_set()) {
        (0, true) => ("[=", "]"),
        (0, false) => (" [", "]"),
        (_, true) => ("=", ""),
        (_, false) => (" ", ""),
    };
    let mut value = vec![roman(before)];
    value.extend(values(arg));
    value.push(roman(after));
    value
}

/// The names of the values: `REMOTE`, `BRANCH...` or, where fewer than all will do, `[OLD] NEW`.
pub(super) fn values(arg: &Arg) -> Vec<Inline> {
    let range = arg.get_num_args().expect("the command is built");
    let names = arg.get_value_names().expect("what takes values names them");
    let optional = names.len() - range.min_values().clamp(1, names.len());
    let mut values = Vec::new();
    for (number, name) in names.iter().enumerate() {
        if number > 0 {
            values.push(roman(" "));
        }
        match number < optional {
            true => values.extend([roman("["), italic(name.as_str()), roman("]")]),
            false => values.push(italic(name.as_str())),
        }
    }
    if range.max_values() > names.len() {
        values.push(roman("..."));
    }
    values
}

/// What an argument means, what it can be, and what it is unless given.
fn meaning(arg: &Arg) -> Roff {
    let mut text = Roff::new();
    let own = HELP_AND_VERSION.iter().find(|(id, _)| arg.get_id() == id);
    let help = match own {
        Some((_, help)) => (*help).to_owned(),
        None => arg
            .get_long_help()
            .or(arg.get_help())
            .expect("every argument says what it is")
            .to_string(),
    };
    paragraphs(&help, "IP", &mut text);
    let values = arg.get_possible_values();
    let takes_values = arg.get_num_args().is_some_and(|range| range.takes_values());
    if takes_values && values.iter().all(|value| value.get_help().is_some()) && !values.is_empty() {
        text.control("RS", []);
        for value in &values {
            let help = value.get_help().expect("all have one").to_string();
            text.control("TP", []).text([bold(value.get_name())]);
            paragraphs(&help, "IP", &mut text);
        }
        text.control("RE", []);
    } else if takes_values && !values.is_empty() {
        let names: Vec<_> = values
            .iter()
            .map(|value| format!("`{}`", value.get_name()))
            .collect();
        let (last, others) = names.split_last().expect("there are some");
        text.text(phrase(&format!("It is {} or {last}.", others.join(", "))));
    }
    for alias in arg.get_visible_aliases().unwrap_or_default() {
        text.control("IP", []);
        text.text(phrase(&format!("`--{alias}` is another name for it.")));
    }
    if let Some(variable) = arg.get_env() {
        let variable = variable.to_string_lossy();
        text.control("IP", []);
        text.text(phrase(&format!(
            "The variable `{variable}` stands in for it."
        )));
    }
    let defaults = arg.get_default_values();
    if takes_values && !defaults.is_empty() && !arg.is_hide_default_value_set() {
        let defaults: Vec<_> = defaults
            .iter()
            .map(|value| value.to_string_lossy())
            .collect();
        text.control("IP", []);
        text.text(phrase(&format!("The default is `{}`.", defaults.join(" "))));
    }
    text
}

/// The options that take no value.
fn flags(command: &Command) -> impl Iterator<Item = &Arg> {
    let takes_values = |arg: &Arg| arg.get_num_args().is_some_and(|range| range.takes_values());
    let options = command.get_arguments().filter(|arg| !arg.is_positional());
    options.filter(move |arg| !takes_values(arg))
}
