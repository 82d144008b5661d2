//! One line for each ref that a fetch or push moved, as git prints them.

use std::fmt;

use muse_wire::api::push::RefUpdate;
use muse_wire::id::CommitId;

use super::printer::Printer;

/// Digits of a commit's id in such a line.
const ID_DIGITS: usize = 7;

/// A ref's move.
pub struct RefLine<'a> {
    /// Whether the ref is a tag.
    pub is_tag: bool,
    /// Where it was.
    pub old: Option<CommitId>,
    /// Where it is now; `None` if it was deleted.
    pub new: Option<CommitId>,
    /// Whether it has lost commits.
    pub forced: bool,
    /// The ref that the commits come from.
    pub from: &'a str,
    /// The ref that has moved.
    pub to: &'a str,
}

impl fmt::Display for RefLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to, .. } = self;
        let short = |id: CommitId| id.to_hex()[..ID_DIGITS].to_owned();
        match (self.old, self.new) {
            (None, _) => {
                let kind = if self.is_tag {
                    "[new tag]"
                } else {
                    "[new branch]"
                };
                write!(f, " * {kind:<16} {from} -> {to}")
            }
            (Some(_), None) => write!(f, " - {:<16} {to}", "[deleted]"),
            (Some(old), Some(new)) => {
                let mark = if self.forced { '+' } else { ' ' };
                let range = format!("{}..{}", short(old), short(new));
                write!(f, " {mark} {range:<16} {from} -> {to}")
            }
        }
    }
}

/// Where a push went, and a line for each ref that it moved.
pub fn print_pushed(printer: &Printer, to: impl fmt::Display, updates: &[RefUpdate]) {
    printer.note(format_args!("To {to}"));
    for update in updates {
        let name = update.name.short();
        printer.note(RefLine {
            is_tag: update.name.as_tag().is_some(),
            old: update.old,
            new: update.new,
            forced: update.force.allows_non_fast_forward(),
            from: name,
            to: name,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_look_like_gits() {
        let line = |old, new, forced| {
            let id = |byte| CommitId::from_bytes([byte; 32]);
            RefLine {
                is_tag: false,
                old: Option::map(old, id),
                new: Option::map(new, id),
                forced,
                from: "main",
                to: "origin/main",
            }
            .to_string()
        };
        let lines = [
            line(None, Some(1), false),
            line(Some(1), Some(2), false),
            line(Some(1), Some(2), true),
            line(Some(1), None, false),
        ];
        insta::assert_snapshot!(lines.join("\n"), @r"
         * [new branch]     main -> origin/main
           0101010..0202020 main -> origin/main
         + 0101010..0202020 main -> origin/main
         - [deleted]        origin/main
        ");
    }
}
