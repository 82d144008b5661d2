//! The forms in which a command can be given.

use clap::{Arg, ArgAction, Command};
use clap_mangen::roff::{Inline, Roff, bold, italic, roman};

use super::arguments::{names, own_options, positional, value};

/// One line for each form: with the command's own arguments, and with a command below it.
pub(super) fn synopsis(command: &Command, root: &Command, roff: &mut Roff) {
    let name = command.get_bin_name().unwrap_or(command.get_name());
    if !command.is_subcommand_required_set() {
        roff.text(own_form(name, command, root));
        if !command.has_subcommands() {
            return;
        }
        roff.control("br", []);
    }
    let options = match command.get_name() == root.get_name() {
        true => " [GLOBAL OPTIONS] ",
        false => " ",
    };
    let rest = [roman(options), italic("COMMAND"), roman(" ...")];
    roff.text([vec![bold(name)], rest.to_vec()].concat());
}

fn own_form(name: &str, command: &Command, root: &Command) -> Vec<Inline> {
    let mut line = vec![bold(name)];
    for option in own_options(command, root) {
        let mut form = names(option, "|");
        form.extend(value(option));
        // Where it takes several values, those are repeated instead.
        let takes_one = option
            .get_num_args()
            .is_some_and(|range| range.max_values() <= 1);
        let repeats = takes_one && matches!(option.get_action(), ArgAction::Append);
        push(&mut line, option, form, repeats);
    }
    for arg in command.get_positionals().filter(|arg| !arg.is_hide_set()) {
        let form = positional(arg);
        push(&mut line, arg, form, false);
    }
    line
}

/// Adds an argument, in brackets where it may be left out.
fn push(line: &mut Vec<Inline>, arg: &Arg, form: Vec<Inline>, repeats: bool) {
    let (before, after) = match arg.is_required_set() {
        true => (" ", ""),
        false => (" [", "]"),
    };
    line.push(roman(before));
    line.extend(form);
    line.push(roman(after));
    if repeats {
        line.push(roman("..."));
    }
}
