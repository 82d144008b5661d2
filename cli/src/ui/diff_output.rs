//! What `muse diff` and `muse show` print of changes.

use muse_wire::snapshot::{Entry, EntryKind};

use super::context::Context;
use super::diff_summary::summary;
use super::error::CliError;
use super::pager::paged;
use super::palette::Palette;
use super::printer::stdout_error;
use super::style::Style;
use crate::diff::{LineKind, PathChange, VersionReader, count_lines, write_patch};

/// How changes are shown.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct DiffFormat {
    /// Show how many lines changed in each file.
    #[arg(long)]
    stat: bool,
    /// Show only the names of files that changed.
    #[arg(long, conflicts_with = "stat")]
    name_only: bool,
}

/// Prints `changes` after `heading`; each file is read when it is its turn.
///
/// # Errors
/// If a file cannot be read or stdout cannot be written.
pub fn print_changes(
    context: &Context,
    format: DiffFormat,
    heading: &[String],
    changes: &[PathChange],
    reader: VersionReader<'_>,
) -> Result<(), CliError> {
    let palette = context.printer.palette();
    paged(context, |out| {
        for line in heading {
            out.text(format_args!("{line}\n")).map_err(stdout_error)?;
        }
        if format.name_only {
            let mut changes = changes.iter();
            return changes
                .try_for_each(|change| out.text(format_args!("{}\n", change.path)))
                .map_err(stdout_error);
        }
        if format.stat {
            let mut files = Vec::with_capacity(changes.len());
            for change in changes {
                files.push((change.path.to_string(), count_lines(&reader.read(change)?)));
            }
            return out.text(summary(&palette, &files)).map_err(stdout_error);
        }
        for change in changes {
            let diff = reader.read(change)?;
            write_patch(&diff, &mut |kind, text| {
                let style = style_of(kind, &palette);
                out.text(format_args!("{style}{}", kind.sign()))?;
                out.contents(|out| out.write_all(text))??;
                out.text(format_args!("{style:#}\n"))
            })
            .map_err(stdout_error)?;
        }
        Ok(())
    })
}

const fn style_of(kind: LineKind, palette: &Palette) -> Style {
    match kind {
        LineKind::Heading => palette.heading,
        LineKind::HunkHeader => palette.hunk,
        LineKind::Added => palette.added,
        LineKind::Removed => palette.removed,
        LineKind::Context | LineKind::Note => Style::new(),
    }
}

/// The changes as programs read them.
pub fn changes_to_json(changes: &[PathChange]) -> serde_json::Value {
    let entry = |entry: &Option<Entry>| {
        entry.map(|entry| {
            let kind = match entry.kind {
                EntryKind::File => "file",
                EntryKind::Executable => "executable",
                EntryKind::Symlink => "symlink",
            };
            serde_json::json!({"kind": kind, "object": entry.object})
        })
    };
    changes
        .iter()
        .map(|change| {
            serde_json::json!({
                "path": change.path,
                "before": entry(&change.before),
                "after": entry(&change.after),
            })
        })
        .collect()
}
