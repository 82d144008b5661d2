//! One man page: its sections, made from the command tree and what is documented beside it.

mod arguments;
pub(crate) mod notes;
mod synopsis;
mod text;

use clap::Command;
use clap_mangen::roff::{Inline, Roff, bold, roman};
use muse::ui::commit_format::PLACEHOLDERS;
use muse::ui::settings::{SETTINGS, Setting};

use self::arguments::{global_options, options, positionals};
use self::notes::{ENVIRONMENT, FILES, Note, related};
use self::synopsis::synopsis;
use self::text::{paragraphs, phrase};
use super::exit_codes::exit_codes;

/// When this version of the pages was made: in their footer, between version and name.
const DATE: &str = "2026-11-29";

/// The man page of `command`, which is below the commands `above`, outermost first; all are built.
pub(crate) fn page(command: &Command, above: &[&Command]) -> Vec<u8> {
    let root = above.first().copied().unwrap_or(command);
    let mut page = Page {
        name: name_of(command).to_owned(),
        roff: Roff::new(),
    };
    let version = format!("muse {}", root.get_version().expect("the root has one"));
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
    page.placeholders();
    page.settings();
    page.exit_status();
    page.notes("ENVIRONMENT", ENVIRONMENT);
    page.notes("FILES", FILES);
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
struct Page {
    /// `muse-remote-add`.
    name: String,
    roff: Roff,
}

impl Page {
    fn describe(&mut self, command: &Command, root: &Command) {
        let about = command
            .get_about()
            .expect("every command says what it does");
        let about = about.to_string();
        self.roff.control("SH", ["NAME"]);
        self.roff.text([roman(format!("{} - {about}", self.name))]);
        self.roff.control("SH", ["SYNOPSIS"]);
        synopsis(command, root, &mut self.roff);
        self.roff.control("SH", ["DESCRIPTION"]);
        let long = command.get_long_about().map(ToString::to_string);
        paragraphs(&long.unwrap_or(about), "PP", &mut self.roff);
        for alias in command.get_visible_aliases() {
            let text = format!("`muse {alias}` is another name for it.");
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

    /// The notes that this page is among the pages of.
    fn notes(&mut self, heading: &str, notes: &[Note]) {
        let concerns = |note: &&Note| note.pages.contains(&&*self.name);
        let notes = notes.iter().filter(concerns);
        let entries = notes.map(|note| Entry::new(note.term, note.text));
        self.list(heading, entries.collect());
    }

    /// What a format is made of, on the page of the command that takes one.
    fn placeholders(&mut self) {
        if self.name == "muse-log" {
            let entries = PLACEHOLDERS
                .iter()
                .map(|(name, text)| Entry::new(&format!("`%{name}`"), text));
            let hex = Entry::new("`%x00`", "the character of this code, in hexadecimal");
            let entries = entries.chain([hex]).collect();
            self.list("PLACEHOLDERS", entries);
        }
    }

    /// The settings that are of use to this page's command.
    fn settings(&mut self) {
        let command = self.name.strip_prefix("muse-").unwrap_or_default();
        let concerns =
            |setting: &&Setting| command == "config" || setting.commands.contains(&command);
        let settings = SETTINGS.iter().filter(concerns);
        let entries = settings.map(|setting| {
            let key = setting.key_with(|chosen| format!(".`{chosen}`."));
            Entry::new(&format!("`{key}`"), setting.text)
        });
        let entries = entries.collect();
        self.list("SETTINGS", entries);
    }

    /// All exit codes in the first page, which the others name.
    fn exit_status(&mut self) {
        if self.name == "muse" {
            let entries = exit_codes().into_iter().map(|(code, meaning)| {
                let mut text = Roff::new();
                text.text(phrase(&meaning));
                Entry {
                    term: vec![bold(code.to_string())],
                    text,
                }
            });
            let entries = entries.collect();
            self.list("EXIT STATUS", entries);
        } else {
            self.roff.control("SH", ["EXIT STATUS"]);
            let text = "0 where the command did what it was asked to; `muse`(1) lists the others.";
            paragraphs(text, "PP", &mut self.roff);
        }
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
