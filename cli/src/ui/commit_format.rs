//! `--format`: which facts of a commit are printed, named by git's placeholders.

use std::str::FromStr;

use muse_wire::commit::Commit;
use muse_wire::id::CommitId;

use super::commit_text::ref_names;
use super::time;
use crate::history::Decorations;

/// What stands behind the `%`, and what it is; the manual is made of this table.
pub const PLACEHOLDERS: &[(&str, &str)] = &[
    ("H", "id"),
    ("h", "shortened id"),
    ("P", "ids of the parents"),
    ("p", "shortened ids of the parents"),
    ("T", "id of the snapshot"),
    ("an", "author's name"),
    ("ae", "author's e-mail address"),
    ("ad", "time, as `muse log` shows it"),
    ("aI", "time, as RFC 3339 has it"),
    ("at", "time, in seconds since 1970"),
    ("s", "first line of the message"),
    ("b", "the other lines"),
    ("B", "message"),
    ("D", "branches and tags"),
    ("d", "branches and tags, in parentheses"),
    ("n", "line feed"),
    ("%", "%"),
];

/// How a commit is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitFormat(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// One of [`PLACEHOLDERS`].
    Fact(&'static str),
}

impl FromStr for CommitFormat {
    type Err = String;

    /// Reads text with placeholders; `%x` and two digits stand for a character. `format:` before it
    /// means nothing, as it nearly does with git.
    fn from_str(text: &str) -> Result<Self, String> {
        let prefixes = ["tformat:", "format:"];
        let stripped = prefixes.iter().find_map(|prefix| text.strip_prefix(prefix));
        let mut rest = stripped.unwrap_or(text);
        let mut pieces = Vec::new();
        while let Some(at) = rest.find('%') {
            pieces.push(Piece::Text(rest[..at].to_owned()));
            let behind = &rest[at + 1..];
            let known = |(name, _): &&(&str, _)| behind.starts_with(name);
            let hex = behind.strip_prefix('x').and_then(|digits| digits.get(..2));
            if let Some(code) = hex.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
                pieces.push(Piece::Text(char::from(code).to_string()));
                rest = &behind[3..];
            } else if let Some((name, _)) = PLACEHOLDERS.iter().find(known) {
                pieces.push(Piece::Fact(name));
                rest = &behind[name.len()..];
            } else {
                let names: Vec<String> = PLACEHOLDERS
                    .iter()
                    .map(|(name, _)| format!("%{name}"))
                    .collect();
                let wrong: String = behind.chars().take(2).collect();
                return Err(format!(
                    "there is no %{wrong}; there are {}",
                    names.join(" ")
                ));
            }
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Ok(Self(pieces))
    }
}

impl CommitFormat {
    /// The commit in this format, without a line feed at the end.
    pub fn render(&self, id: &CommitId, commit: &Commit, decorations: &Decorations) -> String {
        let mut text = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(plain) => text.push_str(plain),
                Piece::Fact(name) => text.push_str(&fact(name, id, commit, decorations)),
            }
        }
        text
    }
}

fn fact(name: &str, id: &CommitId, commit: &Commit, decorations: &Decorations) -> String {
    let join = |shown: fn(&CommitId) -> String| {
        let ids: Vec<String> = commit.parents.iter().map(shown).collect();
        ids.join(" ")
    };
    let message = commit.message.trim_end();
    let body = message.split_once('\n').map_or("", |(_, body)| body);
    let names = || ref_names(&decorations.of(id)).join(", ");
    match name {
        "H" => id.to_string(),
        "h" => id.short(),
        "P" => join(CommitId::to_string),
        "p" => join(CommitId::short),
        "T" => commit.snapshot.to_string(),
        "an" => commit.author.name.clone(),
        "ae" => commit.author.email.clone(),
        "ad" => time::format(commit.committed_at),
        "aI" => time::format_rfc3339(commit.committed_at),
        "at" => commit.committed_at.seconds.to_string(),
        "s" => commit.subject().to_owned(),
        "b" => body.trim_start_matches('\n').to_owned(),
        "B" => message.to_owned(),
        "D" => names(),
        "d" => match names() {
            names if names.is_empty() => names,
            names => format!(" ({names})"),
        },
        "n" => "\n".to_owned(),
        _ => "%".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sandbox;

    #[test]
    fn every_placeholder_has_its_fact() {
        let sandbox = Sandbox::new();
        let id = sandbox.add_commit(&[], &[("a", "1")]);
        sandbox.set_ref("refs/heads/main", id);
        let commit = sandbox.repository.objects.commit(&id).expect("there");
        let decorations = Decorations::read(&sandbox.repository).expect("readable");
        let render = |text: &str| {
            let format: CommitFormat = text.parse().expect("valid");
            format.render(&id, &commit, &decorations)
        };
        assert_eq!(render("%H"), id.to_string());
        assert_eq!(
            render("format:<%h>%x09%s%%%n"),
            format!("<{}>\t{}%\n", id.short(), commit.subject())
        );
        assert_eq!(render("%D%d"), "HEAD -> main (HEAD -> main)");
        for (name, _) in PLACEHOLDERS {
            let shown = render(&format!("%{name}"));
            assert!(
                !shown.contains(&format!("%{name}")) || *name == "%",
                "{name}"
            );
        }
        for wrong in ["%", "%q", "%xzz", "%a"] {
            assert!(wrong.parse::<CommitFormat>().is_err(), "{wrong}");
        }
    }
}
