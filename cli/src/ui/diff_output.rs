//! What `muse diff`, `muse show` and `muse log` print of changes.

use muse_wire::snapshot::{Entry, EntryKind};

use super::context::Context;
use super::diff_summary::summary;
use super::error::CliError;
use super::output::Output;
use super::pager::paged;
use super::palette::Palette;
use super::printer::stdout_error;
use super::rename_text::rename_text;
use super::style::Style;
use crate::diff::{
    LineKind, LineOptions, PathChange, RenamedFrom, VersionReader, count_lines, write_patch,
};

/// How changes are shown.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct DiffFormat {
    /// Show changes line by line; with --stat, after it.
    #[arg(short, long)]
    patch: bool,
    /// Show how many lines changed in each file.
    #[arg(long)]
    stat: bool,
    /// Show only the names of files that changed.
    #[arg(long, conflicts_with = "stat")]
    name_only: bool,
    /// Show the names of files that changed, each with what happened to it: A (added), D (deleted),
    /// M (modified), T (a file became a link, or the other way round) or R (renamed, with what
    /// both have in common in percent and both names).
    #[arg(long, conflicts_with_all = ["stat", "name_only"])]
    name_status: bool,
    /// Show a file that moved as one that is gone and one that is new.
    #[arg(long)]
    no_renames: bool,
    /// Take lines that differ in white space alone for the same.
    #[arg(short = 'w', long)]
    ignore_all_space: bool,
    /// Show N unchanged lines around changed ones.
    #[arg(short = 'U', long = "unified", value_name = "N")]
    context_lines: Option<u32>,
    /// Mark changed words within lines: `[-old-]{+new+}`.
    #[arg(long)]
    word_diff: bool,
}

impl DiffFormat {
    /// Whether an option asks for changes where none are shown otherwise.
    pub const fn asks_for_changes(&self) -> bool {
        self.patch
            || self.stat
            || self.name_only
            || self.name_status
            || self.context_lines.is_some()
    }

    /// With how many lines changed in each file, unless an option asks for something else.
    pub const fn or_stat(self) -> Self {
        Self {
            stat: self.stat || !self.asks_for_changes(),
            ..self
        }
    }

    /// Whether a file that moved is shown as one change.
    pub const fn with_renames(&self) -> bool {
        !self.no_renames
    }

    fn line_options(&self) -> LineOptions {
        let default = LineOptions::default();
        LineOptions {
            context_lines: self.context_lines.unwrap_or(default.context_lines),
            ignore_white_space: self.ignore_all_space,
            words: self.word_diff,
        }
    }
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
        write_changes(out, &palette, format, changes, &reader)
    })
}

/// Writes `changes` to `out`; each file is read when it is its turn.
///
/// # Errors
/// If a file cannot be read or `out` cannot be written.
pub fn write_changes(
    out: &mut Output<'_>,
    palette: &Palette,
    format: DiffFormat,
    changes: &[PathChange],
    reader: &VersionReader<'_>,
) -> Result<(), CliError> {
    let options = format.line_options();
    if format.name_only || format.name_status {
        for change in changes {
            let path = &change.path;
            let written = match format.name_status {
                true => out.text(format_args!("{}\t{path}\n", status(change))),
                false => out.text(format_args!("{path}\n")),
            };
            written.map_err(stdout_error)?;
        }
        return Ok(());
    }
    if format.stat {
        let mut files = Vec::with_capacity(changes.len());
        for change in changes {
            let lines = count_lines(&reader.read(change)?, options);
            let name = match &change.renamed_from {
                Some(from) => rename_text(&from.path, &change.path),
                None => change.path.to_string(),
            };
            files.push((name, lines));
        }
        out.text(summary(palette, &files)).map_err(stdout_error)?;
        if !format.patch {
            return Ok(());
        }
        out.text("\n").map_err(stdout_error)?;
    }
    for change in changes {
        let diff = reader.read(change)?;
        write_patch(&diff, options, &mut |kind, text| {
            let style = style_of(kind, palette);
            out.text(format_args!("{style}{}", kind.sign()))?;
            out.contents(|out| out.write_all(text))??;
            out.text(format_args!("{style:#}{}", kind.end()))
        })
        .map_err(stdout_error)?;
    }
    Ok(())
}

/// What happened to a path, in one letter; for a rename with the similarity and the old path.
fn status(change: &PathChange) -> String {
    if let Some(RenamedFrom { path, similarity }) = &change.renamed_from {
        return format!("R{similarity:03}\t{path}");
    }
    let is_link = |entry: &Entry| entry.kind == EntryKind::Symlink;
    let letter = match (&change.before, &change.after) {
        (None, _) => 'A',
        (Some(_), None) => 'D',
        (Some(before), Some(after)) if is_link(before) != is_link(after) => 'T',
        (Some(_), Some(_)) => 'M',
    };
    letter.to_string()
}

const fn style_of(kind: LineKind, palette: &Palette) -> Style {
    match kind {
        LineKind::Heading => palette.heading,
        LineKind::HunkHeader => palette.hunk,
        LineKind::Added | LineKind::AddedWords => palette.added,
        LineKind::Removed | LineKind::RemovedWords => palette.removed,
        LineKind::Context | LineKind::Words | LineKind::LineEnd | LineKind::Note => Style::new(),
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
            let mut json = serde_json::json!({
                "path": change.path,
                "before": entry(&change.before),
                "after": entry(&change.after),
            });
            if let Some(from) = &change.renamed_from {
                json["renamed_from"] = serde_json::json!(from.path);
                json["similarity"] = from.similarity.into();
            }
            json
        })
        .collect()
}
