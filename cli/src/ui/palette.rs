//! The colours of everything that is printed.

use clap::builder::styling::{self, AnsiColor};

use super::style::Style;

/// The colours of everything; all plain if colour is off.
#[derive(Debug, Clone, Copy)]
pub struct Palette {
    /// `error:`.
    pub error: Style,
    /// `warning:`.
    pub warning: Style,
    /// `hint:`.
    pub hint: Style,
    /// Ids of commits.
    pub id: Style,
    /// Local branches.
    pub branch: Style,
    /// Tracking refs.
    pub remote_branch: Style,
    /// Tags.
    pub tag: Style,
    /// HEAD.
    pub head: Style,
    /// Added lines and files.
    pub added: Style,
    /// Removed lines and files.
    pub removed: Style,
    /// Changed files.
    pub changed: Style,
    /// `@@ … @@`.
    pub hunk: Style,
    /// Headings, such as a diff's file headers.
    pub heading: Style,
}

impl Palette {
    /// The usual colours, or none.
    pub fn new(color: bool) -> Self {
        let style = |style: styling::Style| match color {
            true => Style::from(style),
            false => Style::new(),
        };
        let bold = |color: AnsiColor| color.on_default().bold();
        Self {
            error: style(bold(AnsiColor::Red)),
            warning: style(bold(AnsiColor::Yellow)),
            hint: style(bold(AnsiColor::Cyan)),
            id: style(AnsiColor::Yellow.on_default()),
            branch: style(bold(AnsiColor::Green)),
            remote_branch: style(bold(AnsiColor::Red)),
            tag: style(bold(AnsiColor::Yellow)),
            head: style(bold(AnsiColor::Cyan)),
            added: style(AnsiColor::Green.on_default()),
            removed: style(AnsiColor::Red.on_default()),
            changed: style(AnsiColor::Yellow.on_default()),
            hunk: style(AnsiColor::Cyan.on_default()),
            heading: style(styling::Style::new().bold()),
        }
    }
}
