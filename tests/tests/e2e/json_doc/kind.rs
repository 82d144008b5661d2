//! The types that the tables of cli/JSON.md name, and which values are of them.

use serde_json::Value;

/// Hexadecimal digits of an id.
const ID_DIGITS: usize = 64;

/// Hexadecimal digits of an id of git.
const GIT_ID_DIGITS: usize = 40;

/// A type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Word(Vec<String>),
    Number,
    Bool,
    Id,
    GitId,
    Time,
    Ref,
    Head,
    Null,
    OrNull(Box<Self>),
    Array(Box<Self>),
    Map(Box<Self>),
    Object(String),
}

impl Kind {
    /// Reads the cell of a type; `words` are those of the meaning.
    pub(super) fn read(cell: &str, words: &[String]) -> Self {
        if let Some(kind) = cell.strip_suffix(" or null") {
            return Self::OrNull(Box::new(Self::read(kind, words)));
        }
        if let Some(kind) = cell.strip_prefix("array of ") {
            return Self::Array(Box::new(Self::read(kind, words)));
        }
        if let Some(kind) = cell.strip_prefix("map of ") {
            return Self::Map(Box::new(Self::read(kind, words)));
        }
        if let Some((name, _)) = cell.strip_prefix('[').and_then(|link| link.split_once(']')) {
            return Self::Object(name.to_owned());
        }
        match cell {
            "text" | "path" | "file" => Self::Text,
            "word" => {
                assert!(!words.is_empty(), "a word needs a list of words");
                Self::Word(words.to_vec())
            }
            "number" | "seconds" => Self::Number,
            "bool" => Self::Bool,
            "id" => Self::Id,
            "git id" => Self::GitId,
            "time" => Self::Time,
            "ref" => Self::Ref,
            "head" => Self::Head,
            "null" => Self::Null,
            other => panic!("cli/JSON.md has no type {other:?}"),
        }
    }

    /// Whether a value is of this type, as far as that shows without looking into arrays and
    /// objects.
    pub(super) fn fits(&self, value: &Value) -> bool {
        let text = || value.as_str().unwrap_or_default();
        match self {
            Self::Text => value.is_string(),
            Self::Word(words) => words.iter().any(|word| word == text()),
            Self::Number => value.is_u64(),
            Self::Bool => value.is_boolean(),
            Self::Id => is_id(text()),
            Self::GitId => is_hex(text(), GIT_ID_DIGITS),
            Self::Time => is_time(text()),
            Self::Ref => is_ref(text()),
            Self::Head => is_ref(text()) || is_id(text()),
            Self::Null => value.is_null(),
            Self::OrNull(kind) => value.is_null() || kind.fits(value),
            Self::Array(_) => value.is_array(),
            Self::Map(_) | Self::Object(_) => value.is_object(),
        }
    }
}

fn is_id(text: &str) -> bool {
    let digits = text.strip_prefix("sha256:");
    digits.is_some_and(|digits| is_hex(digits, ID_DIGITS))
}

fn is_hex(text: &str, length: usize) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.len() == length && text.bytes().all(is_digit)
}

fn is_ref(text: &str) -> bool {
    let prefixes = ["refs/heads/", "refs/tags/", "refs/remotes/"];
    prefixes.iter().any(|prefix| text.starts_with(prefix))
}

/// RFC 3339 with an offset in numbers.
fn is_time(text: &str) -> bool {
    let shape: String = text
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    matches!(
        &*shape,
        "0000-00-00T00:00:00+00:00" | "0000-00-00T00:00:00-00:00"
    )
}
