//! One man page: its sections, made from the command tree and what is documented beside it.

mod arguments;
mod examples;
mod manual;
pub(crate) mod notes;
mod synopsis;
mod text;

use clap::Command;
use clap_mangen::roff::{Inline, Roff, bold, roman};

pub(crate) use self::examples::{Example, examples};
pub(crate) use self::manual::Manual;

use self::arguments::{global_options, options, positionals};
use self::notes::{Note, related};
use self::synopsis::synopsis;
use self::text::{paragraphs, phrase};

/// When this version of the pages was made: in their footer, between version and name.
const DATE: &str = "2026-11-30";

/// The man page of `command`, which is below the commands `above`, outermost first; all are built.
pub(crate) fn page(manual: &Manual, command: &Command, above: &[&Command]) -> Vec<u8> {
    let root = above.first().copied().unwrap_or(command);
    let mut page = Page {
        manual,
        name: name_of(command).to_owned(),
        is_first: above.is_empty(),
        roff: Roff::new(),
    };
    let version = root.get_version().expect("the root has one");
    let version = format!("{} {version}", manual.name());
    let title = page.name.to_uppercase();
    page.roff
        .control("TH", [&*title, "1", DATE, &version, "Muse Manual"]);
    // As in git's and cargo's pages, lines are neither hyphenated nor filled with spaces.
    page.roff.control("nh", []).control("ad", ["l"]);
    page.describe(command, root);
    page.list("ARGUMENTS", positionals(command));
    page.list("OPTIONS", options(command, root));
    page.list("COMMANDS", commands(command));
    page.list("GLOBAL OPTIONS", global_options(root));
    for (heading, notes) in manual.sections(&page.name) {
        page.list(heading, entries(&notes));
    }
    page.exit_status();
    page.notes("ENVIRONMENT", "variables", &manual.variables(command));
    page.notes("FILES", "files", &manual.files(command));
    page.examples(command);
    page.see_also(command, above);
    let mut text = Vec::new();
    let written = page.roff.to_writer(&mut text);
    written.expect("memory takes everything");
    text
}

/// The name of a command's page: `muse-remote-add`.
pub(crate) fn name_of(command: &Command) -> &str {
    command.get_display_name().unwrap_or(command.get_name())
}

/// The commands below, without the one that shows help.
pub(crate) fn below(command: &Command) -> impl Iterator<Item = &Command> {
    let below = command.get_subcommands();
    below.filter(|command| command.get_name() != "help" && !command.is_hide_set())
}

/// A term, and what it means.
struct Entry {
    term: Vec<Inline>,
    text: Roff,
}

impl Entry {
    fn new(term: &str, text: &str) -> Self {
        let mut roff = Roff::new();
        paragraphs(text, "IP", &mut roff);
        Self {
            term: phrase(term),
            text: roff,
        }
    }
}

/// A page that is being written.
struct Page<'a> {
    manual: &'a Manual,
    /// `muse-remote-add`.
    name: String,
    /// Whether it is the page of the program itself, which the others name.
    is_first: bool,
    roff: Roff,
}

impl Page<'_> {
    fn describe(&mut self, command: &Command, root: &Command) {
        let about = command
            .get_about()
            .expect("every command says what it does");
        let about = about.to_string();
        self.roff.control("SH", ["NAME"]);
        // Indexes of pages are made of this line, which has no markup.
        let plain = about.replace('`', "");
        self.roff.text([roman(format!("{} - {plain}", self.name))]);
        self.roff.control("SH", ["SYNOPSIS"]);
        synopsis(command, root, &mut self.roff);
        self.roff.control("SH", ["DESCRIPTION"]);
        let long = command.get_long_about().map(ToString::to_string);
        paragraphs(&long.unwrap_or(about), "PP", &mut self.roff);
        for alias in command.get_visible_aliases() {
            let program = self.manual.name();
            let text = format!("`{program} {alias}` is another name for it.");
            self.roff.control("PP", []).text(phrase(&text));
        }
    }

    /// A section of terms, each with what it means; left out where there is none.
    fn list(&mut self, heading: &str, entries: Vec<Entry>) {
        if entries.is_empty() {
            return;
        }
        self.roff.control("SH", [heading]);
        for Entry { term, text } in entries {
            self.roff.control("TP", []);
            self.roff.text(term);
            self.roff.extend([text]);
        }
    }

    /// Notes that are of use to this page, and where the others are.
    fn notes(&mut self, heading: &str, things: &str, notes: &[Note]) {
        if self.is_first || !notes.is_empty() {
            self.list(heading, entries(notes));
        }
        if self.is_first {
            return;
        }
        match notes {
            [] => self.roff.control("SH", [heading]),
            _ => self.roff.control("PP", []),
        };
        let first = self.manual.name();
        let text = format!("`{first}`(1) lists all {things}.");
        paragraphs(&text, "PP", &mut self.roff);
    }

    /// All exit codes in the first page, which the others name.
    fn exit_status(&mut self) {
        if self.is_first {
            self.list("EXIT STATUS", entries(&self.manual.exit_codes()));
        } else {
            self.roff.control("SH", ["EXIT STATUS"]);
            let first = self.manual.name();
            let text = format!(
                "0 where the command did what it was asked to; `{first}`(1) lists the others."
            );
            paragraphs(&text, "PP", &mut self.roff);
        }
    }

    /// What can be typed, as the command's help shows it.
    fn examples(&mut self, command: &Command) {
        let entries = examples(command).into_iter().map(|example| {
            let mut text = Roff::new();
            paragraphs(&example.text, "IP", &mut text);
            Entry {
                term: vec![bold(example.line)],
                text,
            }
        });
        let entries = entries.collect();
        self.list("EXAMPLES", entries);
    }

    /// The pages above and below this one, and those that it has to do with. The first page lists
    /// the others under its commands.
    fn see_also(&mut self, command: &Command, above: &[&Command]) {
        if above.is_empty() {
            return;
        }
        let mut pages: Vec<&str> = above.iter().map(|command| name_of(command)).collect();
        pages.extend(below(command).map(name_of));
        pages.extend(related(&self.name));
        self.roff.control("SH", ["SEE ALSO"]);
        let mut line = Vec::new();
        for page in pages {
            if !line.is_empty() {
                line.push(roman(", "));
            }
            line.extend([bold(page), roman("(1)")]);
        }
        self.roff.text(line);
    }
}

/// Notes as entries of a list.
fn entries(notes: &[Note]) -> Vec<Entry> {
    let entries = notes.iter().map(|note| Entry::new(&note.term, &note.text));
    entries.collect()
}

/// The commands below, by the names of their pages.
fn commands(command: &Command) -> Vec<Entry> {
    let entries = below(command).map(|command| {
        let about = command
            .get_about()
            .expect("every command says what it does");
        let mut text = Roff::new();
        paragraphs(&about.to_string(), "IP", &mut text);
        Entry {
            term: vec![bold(name_of(command)), roman("(1)")],
            text,
        }
    });
    entries.collect()
}
