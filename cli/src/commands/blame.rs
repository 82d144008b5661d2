//! `muse blame`.

use std::collections::hash_map::{Entry, HashMap};
use std::ops::Range;
use std::path::Path;

use muse_wire::commit::Commit;
use muse_wire::id::CommitId;
use muse_wire::path::RepoPath;
use muse_wire::quote::quote;

use crate::history::{BlameOptions, BlamedLine, blame};
use crate::repository::Repository;
use crate::ui::completion::Completes;
use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::ui::escape::one_line;
use crate::ui::pager::paged;
use crate::ui::printer::stdout_error;
use crate::ui::time;

/// Most characters of an author's name that are shown.
const AUTHOR_WIDTH: usize = 20;

/// Arguments of `muse blame`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  muse blame -L 10,20 src/main.rs
    Show which commits eleven lines came with.
  muse blame v1.0 src/main.rs
    Show it for the file as it was at the tag.")]
pub struct BlameArgs {
    /// A revision, unless the last commit is meant, and a file as it was then.
    #[arg(
        value_name = "REV|PATH",
        num_args = 1..=2,
        required = true,
        add = Completes::RevisionOrPath
    )]
    arguments: Vec<String>,
    /// The file, if it could be mistaken for a revision.
    #[arg(last = true, value_name = "PATH", add = Completes::CommittedPath)]
    path: Option<String>,
    /// Only these lines: `10,20` to the 20th, `10,+5` five of them, `10,` to the end.
    #[arg(short = 'L', value_name = "START,END")]
    lines: Option<String>,
    /// Take lines that differ in white space alone for the same.
    #[arg(short = 'w', long)]
    ignore_all_space: bool,
}

/// Shows which commit each line of a file came with.
///
/// # Errors
/// If the revision or the file is unknown, or history cannot be read.
pub fn run(context: &Context, args: BlameArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    let (revision, path) = match (args.arguments.as_slice(), &args.path) {
        ([path], None) => ("HEAD", path),
        ([revision], Some(path)) | ([revision, path], None) => (revision.as_str(), path),
        _ => return Err(CliError::usage("one file is blamed at a time")),
    };
    let commit = repository.resolve(revision)?;
    let path = context.path_in(&repository, Path::new(path))?;
    let unknown = || CliError::not_found(format!("{revision} has no file {}", quote(&path)));
    let checked = RepoPath::new(path.as_str()).map_err(|_| unknown())?;
    let options = BlameOptions {
        ignore_white_space: args.ignore_all_space,
        lines: args.lines.as_deref().map(line_range).transpose()?,
    };
    let lines = blame(&repository, commit, &checked, &options)?.ok_or_else(unknown)?;
    if let (Some(asked), []) = (&args.lines, lines.as_slice()) {
        let message = format!("{} has no lines {asked}", quote(&path));
        return Err(CliError::not_found(message));
    }
    let commits = Commits::of(&repository, &lines)?;
    if context.json() {
        let mut lines = lines.iter();
        return lines.try_for_each(|line| context.printer.json(&commits.to_json(line)));
    }
    let palette = context.printer.palette();
    let widths = Widths::of(&lines, &commits);
    let is_renamed = lines.iter().any(|line| line.path != checked);
    paged(context, |out| {
        for line in &lines {
            let commit = commits.get(line);
            let style = palette.id;
            let path = match is_renamed {
                true => format!(" {}", line.path),
                false => String::new(),
            };
            out.text(format_args!(
                "{style}{}{style:#}{path} ({} {} {:>width$}) ",
                line.commit.short(),
                pad(&author(commit), widths.author),
                time::format_short(commit.committed_at),
                line.number,
                width = widths.number,
            ))
            .map_err(stdout_error)?;
            out.contents(|out| out.write_all(&line.text))
                .and_then(|written| written)
                .map_err(stdout_error)?;
            out.text("\n").map_err(stdout_error)?;
        }
        Ok(())
    })
}

/// The commits that lines came with.
struct Commits(HashMap<CommitId, Commit>);

impl Commits {
    fn of(repository: &Repository, lines: &[BlamedLine]) -> Result<Self, CliError> {
        let mut commits = HashMap::new();
        for line in lines {
            if let Entry::Vacant(place) = commits.entry(line.commit) {
                place.insert(repository.objects.commit(&line.commit)?);
            }
        }
        Ok(Self(commits))
    }

    fn get(&self, line: &BlamedLine) -> &Commit {
        &self.0[&line.commit]
    }

    fn to_json(&self, line: &BlamedLine) -> serde_json::Value {
        let commit = self.get(line);
        serde_json::json!({
            "line": line.number,
            "text": String::from_utf8_lossy(&line.text),
            "commit": line.commit,
            "path": line.path,
            "original_line": line.original_number,
            "author": {"name": commit.author.name, "email": commit.author.email},
            "committed_at": time::format_rfc3339(commit.committed_at),
            "subject": commit.subject(),
        })
    }
}

/// How wide the columns are.
struct Widths {
    author: usize,
    number: usize,
}

impl Widths {
    fn of(lines: &[BlamedLine], commits: &Commits) -> Self {
        let authors = commits
            .0
            .values()
            .map(|commit| author(commit).chars().count());
        let last = lines.last().map_or(0, |line| line.number);
        Self {
            author: authors.max().unwrap_or(0),
            number: last.to_string().len(),
        }
    }
}

/// The author's name as far as it is shown.
fn author(commit: &Commit) -> String {
    let name = one_line(&commit.author.name);
    name.chars().take(AUTHOR_WIDTH).collect()
}

fn pad(text: &str, width: usize) -> String {
    let padding = width.saturating_sub(text.chars().count());
    format!("{text}{}", " ".repeat(padding))
}

/// Parses `10,20`, `10,+5` or `10,`; the result is counted from zero.
fn line_range(text: &str) -> Result<Range<u32>, CliError> {
    let parsed = text.split_once(',').and_then(|(start, end)| {
        let start: u32 = start.parse().ok().filter(|start| *start > 0)?;
        let end = match (end, end.strip_prefix('+')) {
            ("", _) => u32::MAX,
            (_, Some(count)) => (start - 1).checked_add(count.parse().ok()?)?,
            (end, None) => end.parse().ok()?,
        };
        (end >= start).then_some(start - 1..end)
    });
    parsed.ok_or_else(|| {
        CliError::usage(format!("{text:?} names no lines"))
            .with_hint("write `10,20`, `10,+5` or `10,`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_from_one() {
        let range = |text| line_range(text).ok();
        assert_eq!(range("1,3"), Some(0..3));
        assert_eq!(range("10,+5"), Some(9..14));
        assert_eq!(range("4,"), Some(3..u32::MAX));
        for wrong in ["", "3", "0,1", "5,4", "a,b", "1,+x", "1,+0"] {
            assert_eq!(range(wrong), None, "{wrong}");
        }
    }
}
