//! Holds values against the tables of cli/JSON.md.

use std::collections::BTreeSet;

use serde_json::Value;

use super::document::{Document, Form, Section};
use super::kind::Kind;

/// What was found out about the values of one command.
pub(super) struct Checker<'a> {
    document: &'a Document,
    problems: Vec<String>,
    seen: Seen,
}

/// Fields that have occurred, each as the title of its section and its name.
pub(super) type Seen = BTreeSet<(String, String)>;

impl<'a> Checker<'a> {
    pub(super) fn new(document: &'a Document) -> Self {
        Self {
            document,
            problems: Vec::new(),
            seen: Seen::new(),
        }
    }

    /// What is wrong, or what has occurred.
    pub(super) fn finish(self) -> Result<Seen, Vec<String>> {
        match self.problems.is_empty() {
            true => Ok(self.seen),
            false => Err(self.problems),
        }
    }

    pub(super) fn note(&mut self, problem: String) {
        self.problems.push(problem);
    }

    /// All that a command has printed on stdout.
    pub(super) fn stdout(&mut self, command: &str, stdout: &str) {
        let section = self.document.section(command);
        let form = section
            .form
            .unwrap_or_else(|| panic!("{command} has no form"));
        let lines: Vec<&str> = stdout.lines().collect();
        if form != Form::Lines && lines.len() != 1 {
            self.note(format!(
                "{form:?} is one line, and here are {}",
                lines.len()
            ));
        }
        for line in lines {
            match (form, serde_json::from_str(line)) {
                (_, Err(error)) => self.note(format!("{line:?} is not JSON: {error}")),
                (Form::Array, Ok(Value::Array(values))) => {
                    for value in values {
                        self.result(section, &value);
                    }
                }
                (Form::Array, Ok(value)) => self.note(format!("{value} is no array")),
                (Form::Map, Ok(Value::Object(map))) => {
                    if !map.values().all(Value::is_string) {
                        self.note(format!("{map:?} has other values than texts"));
                    }
                }
                (_, Ok(value)) => self.result(section, &value),
            }
        }
    }

    /// One object of a command: that of its own table, or one of the others that it names.
    fn result(&mut self, section: &Section, value: &Value) {
        let own = (!section.fields.is_empty()).then_some(section);
        let others = section.others.iter();
        let others = others.map(|name| self.document.section(name));
        let mut problems = Vec::new();
        for candidate in own.into_iter().chain(others) {
            let mut checker = Self::new(self.document);
            checker.fields(candidate, value, "");
            match checker.finish() {
                Ok(seen) => return self.seen.extend(seen),
                Err(found) => {
                    let found = found.join("; ");
                    problems.push(format!("not that of {}: {found}", candidate.title));
                }
            }
        }
        self.problems.append(&mut problems);
    }

    /// An event on stderr.
    pub(super) fn event(&mut self, line: &str) {
        match serde_json::from_str::<Value>(line) {
            Ok(value) => match value["event"].as_str() {
                Some(event) => self.fields(self.document.section(event), &value, ""),
                None => self.note(format!("{line} is no event")),
            },
            Err(error) => self.note(format!("{line:?} is not JSON: {error}")),
        }
    }

    /// A value that is to be of this type.
    fn value(&mut self, kind: &Kind, value: &Value, place: &str) {
        if !kind.fits(value) {
            return self.note(format!("`{place}` is {value}, which is not {kind:?}"));
        }
        match (kind, value) {
            (Kind::OrNull(kind), value) if !value.is_null() => self.value(kind, value, place),
            (Kind::Array(kind), Value::Array(values)) => {
                values
                    .iter()
                    .for_each(|value| self.value(kind, value, place));
            }
            (Kind::Map(kind), Value::Object(values)) => {
                values
                    .values()
                    .for_each(|value| self.value(kind, value, place));
            }
            (Kind::Object(name), value) => {
                self.fields(self.document.section(name), value, place);
            }
            _ => {}
        }
    }

    fn fields(&mut self, section: &Section, value: &Value, place: &str) {
        let Some(values) = value.as_object() else {
            return self.note(format!("{value} is no object"));
        };
        let title = &section.title;
        for (key, value) in values {
            let place = match place {
                "" => key.clone(),
                place => format!("{place}.{key}"),
            };
            match section.fields.iter().find(|field| field.name == *key) {
                Some(field) => {
                    self.seen.insert((title.clone(), key.clone()));
                    self.value(&field.kind, value, &place);
                }
                None => self.note(format!("`{place}` is not in the table of {title}")),
            }
        }
        for field in &section.fields {
            if !field.is_optional && !values.contains_key(&field.name) {
                let name = &field.name;
                self.note(format!("`{name}` of {title} is missing, and not optional"));
            }
        }
    }
}
