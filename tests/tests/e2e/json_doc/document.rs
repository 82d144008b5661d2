//! Reads cli/JSON.md: what its sections say, and the tables in them.

use std::fs;
use std::path::Path;

use super::kind::Kind;

/// What heads a table of fields.
const FIELDS: &str = "| field | type | meaning |";

/// What heads the table of the kinds of errors.
const ERROR_KINDS: &str = "| kind | exit code | meaning |";

/// What comes before the commands that print no JSON.
const WITHOUT_JSON: &str = "**Without JSON.**";

/// The document.
pub(super) struct Document {
    pub(super) text: String,
    pub(super) sections: Vec<Section>,
}

/// What is below one heading.
pub(super) struct Section {
    /// The heading without its marks.
    pub(super) title: String,
    /// What it is about: the words in backticks, or the whole heading.
    pub(super) names: Vec<String>,
    /// How the results of a command are printed.
    pub(super) form: Option<Form>,
    /// The objects that may stand for those of its own table.
    pub(super) others: Vec<String>,
    pub(super) fields: Vec<Field>,
}

/// What a command prints on stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Object,
    Array,
    Lines,
    Map,
}

/// A row of a table.
pub(super) struct Field {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) is_optional: bool,
}

impl Document {
    pub(super) fn read() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cli/JSON.md");
        let text = fs::read_to_string(path).expect("the project has one");
        let mut sections = Vec::new();
        for part in format!("\n{text}").split("\n#").skip(1) {
            let (title, body) = part.split_once('\n').unwrap_or((part, ""));
            sections.push(Section::read(title.trim_start_matches('#').trim(), body));
        }
        Self { text, sections }
    }

    /// The section of this name.
    pub(super) fn section(&self, name: &str) -> &Section {
        let mut sections = self.sections.iter();
        sections
            .find(|section| section.names.iter().any(|own| own == name))
            .unwrap_or_else(|| panic!("cli/JSON.md has no section {name}"))
    }

    /// The sections of commands, in order.
    pub(super) fn commands(&self) -> impl Iterator<Item = &Section> {
        let sections = self.sections.iter();
        sections.filter(|section| section.names[0].starts_with("muse "))
    }

    /// The longest name of a command's section that begins this command line.
    pub(super) fn command_of(&self, line: &str) -> &str {
        let line = format!("muse {line} ");
        let names = self.commands().flat_map(|section| &section.names);
        names
            .filter(|name| line.starts_with(&format!("{name} ")))
            .max_by_key(|name| name.len())
            .unwrap_or_else(|| panic!("cli/JSON.md has no section of `{line}`"))
    }

    /// The commands that print no result as JSON.
    pub(super) fn without_json(&self) -> Vec<String> {
        let (_, rest) = self.text.split_once(WITHOUT_JSON).expect("it names them");
        let (rest, _) = rest.split_once("\n## ").expect("more follows");
        let mut spans = spans(rest);
        spans.retain(|span| span.starts_with("muse "));
        spans
    }

    /// The kinds of errors with their exit codes, as listed.
    pub(super) fn error_kinds(&self) -> Vec<(String, u8)> {
        let rows = rows(&self.text, ERROR_KINDS).into_iter();
        let kinds = rows.map(|[kind, code, _]| {
            let code = code.parse().expect("an exit code is a number");
            (kind.trim_matches('`').to_owned(), code)
        });
        kinds.collect()
    }

    /// The targets of the links that lead to headings of the document.
    pub(super) fn links(&self) -> impl Iterator<Item = &str> {
        let parts = self.text.split("](#").skip(1);
        parts.map(|part| part.split_once(')').expect("a link ends").0)
    }
}

impl Section {
    fn read(title: &str, body: &str) -> Self {
        let mut names = spans(title);
        if names.is_empty() {
            names.push(title.to_owned());
        }
        let first = body.trim_start().split("\n\n").next().unwrap_or_default();
        let form = [
            ("**Object**", Form::Object),
            ("**Array**", Form::Array),
            ("**Lines**", Form::Lines),
            ("**Map**", Form::Map),
        ];
        let form = form.into_iter().find(|(mark, _)| first.starts_with(mark));
        let form = form.map(|(_, form)| form);
        let fields = rows(body, FIELDS).into_iter();
        let fields = fields.map(|[name, kind, meaning]| {
            let (kind, is_optional) = match kind.strip_suffix(", optional") {
                Some(kind) => (kind, true),
                None => (kind, false),
            };
            Field {
                name: name.trim_matches('`').to_owned(),
                kind: Kind::read(kind, &spans(meaning)),
                is_optional,
            }
        });
        Self {
            title: title.to_owned(),
            names,
            form,
            others: match form {
                Some(_) => linked(first),
                None => Vec::new(),
            },
            fields: fields.collect(),
        }
    }

    /// What a link to it says.
    pub(super) fn anchor(&self) -> String {
        let title = self.title.to_lowercase().replace(' ', "-");
        let is_kept = |c: &char| c.is_alphanumeric() || matches!(c, '-' | '_');
        title.chars().filter(is_kept).collect()
    }
}

/// The rows of all tables with this heading.
fn rows<'a>(text: &'a str, heading: &str) -> Vec<[&'a str; 3]> {
    let mut found = Vec::new();
    for table in text.split(heading).skip(1) {
        let lines = table.trim_start().lines().skip(1);
        for row in lines.take_while(|line| line.starts_with('|')) {
            let cells: Vec<&str> = row.trim_matches('|').split(" | ").collect();
            let cells: [&str; 3] = cells
                .try_into()
                .unwrap_or_else(|_| panic!("{row} has not three cells"));
            found.push(cells.map(str::trim));
        }
    }
    found
}

/// What stands in backticks, each in one line.
fn spans(text: &str) -> Vec<String> {
    let spans = text.split('`').skip(1).step_by(2);
    spans.map(|span| span.replace('\n', " ")).collect()
}

/// The texts of the links to headings.
fn linked(text: &str) -> Vec<String> {
    let parts = text.split("](#").zip(text.split("](#").skip(1));
    let names = parts.filter_map(|(before, _)| before.rsplit_once('['));
    names.map(|(_, name)| name.to_owned()).collect()
}
