//! `muse status`.

mod named_files;
mod porcelain;

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use muse_wire::id::CommitId;
use muse_wire::quote::{quote_bytes, quote_path};

use self::named_files::{left_out, unrecordable};
use self::porcelain::{LineEnd, letter, porcelain};
use crate::history::{Decoration, Decorations};
use crate::repository::{Action, Checkout, Head, Repository, Unfinished};
use crate::status::{FileChange, FileStatus, Status, status};
use crate::ui::completion::Completes;
use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::ui::escape::one_line;
use crate::ui::explain::finish_clone;
use crate::ui::palette::Palette;
use crate::ui::printer::stdout_error;
use crate::ui::quantity::counted;
use crate::ui::standpoint::Standpoint;
use crate::ui::upstream_text;
use crate::worktree::LeftOutFile;

/// How many paths of a section that gives reasons are named without `-v`.
const NAMED_WITHOUT_VERBOSE: usize = 5;

/// Arguments of `muse status`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  muse status
    Show what `muse commit` would record, and what is unfinished.
  muse status --porcelain src
    List what changed below `src`, for a program.")]
pub struct StatusArgs {
    /// Only files at these paths, or below them.
    #[arg(value_name = "PATH", add = Completes::ChangedPath)]
    paths: Vec<PathBuf>,
    /// Print one line for each file that changed: `A` added, `M` changed, `T` another kind or mode,
    /// `D` deleted, `U` in conflict, `X` cannot be recorded, `!` ignored.
    #[arg(short, long)]
    short: bool,
    /// As --short, in a form for programs that stays as it is.
    ///
    /// A line is a space, the letter, a space and the path from the root of the work tree, quoted
    /// where a line could not hold it. The changed files come first, ascending by path, then what
    /// cannot be recorded. The first character is a space because there is no staging area: a file
    /// that is new is ` A`, and never `??`. Letters may be added.
    #[arg(long, conflicts_with_all = ["short", "json"])]
    porcelain: bool,
    /// End each line with a NUL and leave paths as they are; implies --porcelain.
    #[arg(short = 'z', conflicts_with_all = ["short", "json"])]
    nul: bool,
    /// List what is ignored, too; a directory that is ignored stands for all that is in it.
    #[arg(long)]
    ignored: bool,
}

/// Shows what changed since the last commit.
///
/// # Errors
/// If a path is unknown, or the work tree or the repository cannot be read.
pub fn run(context: &Context, args: StatusArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    let config = context.config(&repository)?;
    let mut status = status(&repository, &config, context)?;
    if args.ignored {
        status.find_ignored(&repository)?;
    }
    for warning in &status.warnings {
        context.printer.warn(warning);
    }
    let is_limited = !args.paths.is_empty();
    if is_limited {
        let paths = known_paths(context, &repository, &status, &args.paths)?;
        status.limit_to(&paths);
    }
    if context.json() {
        return context.printer.json(&to_json(&status));
    }
    let is_brief = args.short || args.porcelain || args.nul;
    if let Some(url) = &status.unfinished_clone {
        let text = describe_clone(url, repository.layout.root());
        if is_brief {
            context.printer.warn_in_lines(text);
            return Ok(());
        }
        return context.printer.text(text + "\n");
    }
    if is_brief && let Some(checkout) = &status.checkout {
        let text = describe_checkout(checkout, &status.head);
        context.printer.warn_in_lines(text.trim_start());
    }
    if args.porcelain || args.nul {
        let end = match args.nul {
            true => LineEnd::Nul,
            false => LineEnd::LineFeed,
        };
        let mut stdout = context.printer.stdout();
        return stdout
            .write_all(&porcelain(&status, end))
            .map_err(stdout_error);
    }
    let from = Standpoint::of(context, &repository);
    let palette = context.printer.palette();
    if args.short {
        return context.printer.text(short(&status, &from, &palette));
    }
    let mut text = heading(&status, &palette);
    if let Head::Detached(commit) = status.head {
        text.push_str(&names_of(&repository, commit)?);
    }
    text.push('\n');
    text.push_str(&place(&status, !config.remotes().is_empty()));
    text.push_str(&changes(&status, is_limited, &from, &palette));
    let shown = match context.printer.is_verbose() {
        true => usize::MAX,
        false => NAMED_WITHOUT_VERBOSE,
    };
    text.push_str(&unrecordable(&status.unrecordable, &from, shown));
    text.push_str(&left_out(&status.left_out, &status.head, &from, shown));
    text.push_str(&ignored(&status, &from));
    context.printer.text(text)
}

/// The paths from the root; each must be a file, or be in the last commit.
fn known_paths(
    context: &Context,
    repository: &Repository,
    status: &Status,
    named: &[PathBuf],
) -> Result<Vec<String>, CliError> {
    let mut paths = Vec::with_capacity(named.len());
    for name in named {
        let path = context.path_in(repository, name)?;
        if !status.is_tracked(&path) && context.resolve(name).symlink_metadata().is_err() {
            return Err(CliError::not_found(format!(
                "there is no {}, and the last commit has none",
                quote_path(name)
            )));
        }
        paths.push(path);
    }
    Ok(paths)
}

/// ` (v1, origin/main)`: the refs that name a commit; nothing where none does.
fn names_of(repository: &Repository, commit: CommitId) -> Result<String, CliError> {
    let decorations = Decorations::read(repository)?.of(&commit);
    let names: Vec<&str> = decorations
        .iter()
        .filter_map(|decoration| match decoration {
            Decoration::Head(_) | Decoration::Shallow => None,
            Decoration::Branch(name) | Decoration::RemoteBranch(name) | Decoration::Tag(name) => {
                Some(name.as_str())
            }
        })
        .collect();
    Ok(match names.as_slice() {
        [] => String::new(),
        names => format!(" ({})", names.join(", ")),
    })
}

fn to_json(status: &Status) -> serde_json::Value {
    let files: Vec<_> = status
        .files
        .iter()
        .map(|file| serde_json::json!({"path": file.path, "change": file.change}))
        .collect();
    let unrecordable: Vec<_> = status
        .unrecordable
        .iter()
        .map(|file| {
            let path = path_to_json(file.path());
            serde_json::json!({"path": path, "kind": file.name(), "reason": file.reason()})
        })
        .collect();
    let left_out: Vec<_> = status
        .left_out
        .iter()
        .map(|LeftOutFile { path, reason }| {
            let (kind, reason) = (reason.name(), reason.to_string());
            serde_json::json!({"path": path, "kind": kind, "reason": reason})
        })
        .collect();
    serde_json::json!({
        "branch": match &status.head {
            Head::Branch(name) => Some(name.short()),
            Head::Detached(_) => None,
        },
        "commit": status.commit,
        "unfinished_clone": status.unfinished_clone,
        "interrupted_checkout": status.checkout.as_ref().map(|checkout| serde_json::json!({
            "from": checkout.from,
            "to": checkout.to,
            "head": checkout.head.to_string(),
        })),
        "bisecting": status.is_bisecting,
        "unfinished": status.unfinished.as_ref().map(|unfinished| serde_json::json!({
            "action": unfinished.action,
            "steps": unfinished.steps,
        })),
        "upstream": status.upstream.as_ref().map(upstream_text::to_json),
        "on_no_branch": status.on_no_branch,
        "files": files,
        "unrecordable": unrecordable,
        "left_out": left_out,
        "ignored": status.ignored.as_ref().map(|paths| {
            paths.iter().map(|path| path_to_json(path)).collect::<Vec<_>>()
        }),
    })
}

/// A path as it is, or quoted where it is not UTF-8.
fn path_to_json(path: &[u8]) -> Cow<'_, str> {
    match str::from_utf8(path) {
        Ok(path) => path.into(),
        Err(_) => quote_bytes(path),
    }
}

/// The section of what is ignored; nothing where that was not asked for.
fn ignored(status: &Status, from: &Standpoint) -> String {
    let mut text = String::new();
    match status.ignored.as_deref() {
        None => {}
        Some([]) => text.push_str("\nNothing is ignored\n"),
        Some(paths) => {
            text.push_str("\nIgnored (`muse check-ignore -v PATH` says by which rule):\n");
            for path in paths {
                let _ = writeln!(text, "  {}", quote_bytes(&from.name(path)));
            }
        }
    }
    text
}

fn short(status: &Status, from: &Standpoint, palette: &Palette) -> String {
    let mut text = String::new();
    for file in &status.files {
        let style = match file.change {
            FileChange::Added => palette.added,
            FileChange::Changed | FileChange::Retyped => palette.changed,
            FileChange::Deleted | FileChange::Conflict => palette.removed,
        };
        let (letter, path) = (letter(file.change), from.quoted(&file.path));
        let _ = writeln!(text, "{style}{letter}{style:#} {path}");
    }
    for file in &status.unrecordable {
        let style = palette.removed;
        let path = file.shown_as(&from.name(file.path()));
        let _ = writeln!(text, "{style}X{style:#} {path}");
    }
    for path in status.ignored.iter().flatten() {
        let _ = writeln!(text, "! {}", quote_bytes(&from.name(path)));
    }
    text
}

/// Where `HEAD` is, without a line feed.
fn heading(status: &Status, palette: &Palette) -> String {
    match &status.head {
        Head::Branch(name) => {
            let style = palette.branch;
            format!("On branch {style}{}{style:#}", name.short())
        }
        Head::Detached(commit) => {
            let style = palette.head;
            format!("Not on a branch, at {style}{}{style:#}", commit.short())
        }
    }
}

/// What there is to say of where `HEAD` is, and of its branch on a server.
fn place(status: &Status, has_remote: bool) -> String {
    let mut text = String::new();
    if let Some(checkout) = &status.checkout {
        let _ = writeln!(text, "{}", describe_checkout(checkout, &status.head));
    }
    if status.is_bisecting {
        text.push_str(
            "A bisection is under way: `muse bisect good` or `bad` goes on, `reset` ends it\n",
        );
    }
    if let Some(unfinished) = &status.unfinished {
        text.push_str(&describe_unfinished(unfinished, status));
    } else if !status.on_no_branch.is_empty() {
        let count = status.on_no_branch.len();
        let commits = counted(count as u64, "commit");
        let (are, them) = match count {
            1 => ("is", "it"),
            _ => ("are", "them"),
        };
        let _ = writeln!(
            text,
            "{commits} here {are} on no branch (`muse switch -c NAME` keeps {them})"
        );
    }
    match (&status.head, &status.upstream) {
        // What is to be done first was said.
        _ if status.unfinished.is_some() => {}
        _ if status.commit.is_none() => text.push_str("No commits yet\n"),
        (_, Some(upstream)) => {
            let _ = writeln!(text, "{}", upstream_text::sentence(upstream));
        }
        (Head::Branch(_), None) if has_remote => {
            text.push_str("Not on a server yet (`muse push` sends it)\n");
        }
        _ => {}
    }
    text
}

/// What changed, a line for each file or new directory. `is_limited` is whether only some paths
/// were asked for.
fn changes(status: &Status, is_limited: bool, from: &Standpoint, palette: &Palette) -> String {
    let can_commit = status.unrecordable.is_empty();
    if status.files.is_empty() {
        let text = match status.commit {
            _ if !can_commit => "",
            _ if is_limited => "Nothing has changed at the paths that were named\n",
            Some(_) => "Nothing to commit, the files are as in the last commit\n",
            None => "Nothing to commit, there are no files yet\n",
        };
        return text.to_owned();
    }
    let mut text = match can_commit {
        _ if is_limited => "\nChanges at the paths that were named:\n",
        _ if status.unfinished.is_some() => "\nChanges:\n",
        true => "\nChanges (`muse commit` records them all):\n",
        false => "\nChanges (`muse commit` records them once no file below stops it):\n",
    }
    .to_owned();
    for line in status.lines() {
        let (label, style) = match line.change {
            FileChange::Added => ("new:", palette.added),
            FileChange::Changed => ("changed:", palette.changed),
            FileChange::Retyped => ("new mode:", palette.changed),
            FileChange::Deleted => ("deleted:", palette.removed),
            FileChange::Conflict => ("conflict:", palette.removed),
        };
        let count = if line.file_count > 1 {
            format!(" ({} files)", line.file_count)
        } else {
            String::new()
        };
        let why = match line.change {
            FileChange::Conflict => conflict_at(status, line.name),
            _ => String::new(),
        };
        let name = from.quoted(line.name);
        let _ = writeln!(text, "  {style}{label:<10}{name}{style:#}{count}{why}");
    }
    let unfinished = status.unfinished.as_ref();
    let is_left_alone = |file: &&FileStatus| {
        let is_noted = unfinished.is_some_and(|one| one.left_alone.contains(&file.path));
        file.change == FileChange::Added && is_noted
    };
    match status.files.iter().filter(is_left_alone).count() {
        0 => {}
        count => {
            let _ = writeln!(
                text,
                "Of what is new, {} before, and will not be committed",
                match count {
                    1 => "1 file was there".to_owned(),
                    count => format!("{count} files were there"),
                }
            );
        }
    }
    text
}

/// ` (both have changed it)`: what is in conflict at this path.
fn conflict_at(status: &Status, path: &str) -> String {
    let unfinished = status.unfinished.iter();
    let mut conflicts = unfinished.flat_map(|unfinished| &unfinished.conflicts);
    let found = conflicts.find(|conflict| conflict.path.as_str() == path);
    found.map_or_else(String::new, |conflict| format!(" ({})", conflict.conflict))
}

/// What stopped in the middle, where, and the two ways out.
fn describe_unfinished(unfinished: &Unfinished, status: &Status) -> String {
    let action = unfinished.action;
    let what = match &unfinished.start.head {
        Head::Branch(name) if action == Action::Rebase => format!("{action} of {}", name.short()),
        _ => action.to_string(),
    };
    if !unfinished.is_written {
        return format!(
            "\nA {what} was interrupted while it wrote conflicts into the files.\n\
             \x20 `muse {action} --abort` goes back\n"
        );
    }
    let in_conflict = |file: &&FileStatus| file.change == FileChange::Conflict;
    let goes_on = match status.files.iter().filter(in_conflict).count() {
        0 => "all conflicts are settled, and".to_owned(),
        count => format!("{} left; then", counted(count as u64, "conflict")),
    };
    let mut text =
        format!("\nA {what} is unfinished: {goes_on} `muse {action} --continue` goes on.\n");
    if let [step, rest @ ..] = unfinished.steps.as_slice() {
        let verb = match action {
            Action::Merge | Action::SquashMerge => "merging",
            Action::Revert => "taking back",
            Action::CherryPick | Action::Rebase | Action::Stash => "applying",
        };
        let subject = status.stopped_at.as_deref().unwrap_or_default();
        let subject = one_line(subject);
        let rest = match rest.len() {
            0 => String::new(),
            count => format!(", then {} more", counted(count as u64, "commit")),
        };
        let _ = writeln!(text, "  {verb} {} {subject}{rest}", step.short());
    }
    let _ = writeln!(text, "  `muse {action} --abort` goes back");
    text
}

/// That this is no more than the beginning of a clone, and how it is finished.
fn describe_clone(url: &str, root: &Path) -> String {
    format!(
        "This is an unfinished clone of {url}: files are missing or half written\n\
         \x20 {}",
        finish_clone(url, root)
    )
}

/// What was interrupted, and the two ways out.
fn describe_checkout(checkout: &Checkout, head: &Head) -> String {
    format!(
        "\nA checkout of {} was interrupted: some files are as there, others still as here.\n\
         \x20 `muse switch --continue` finishes it\n\
         \x20 `muse switch --abort` goes back to {}",
        name_of(&checkout.head, checkout.to),
        name_of(head, checkout.from)
    )
}

/// `main (sha256:…)`, or the commit alone.
fn name_of(head: &Head, commit: Option<CommitId>) -> String {
    let commit = commit.map(|commit| commit.short());
    match (head, commit) {
        (Head::Branch(name), Some(commit)) => format!("{} ({commit})", name.short()),
        (Head::Branch(name), None) => name.short().to_owned(),
        (Head::Detached(commit), _) => commit.short(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Silent;
    use crate::testing::Sandbox;

    fn long(status: &Status) -> String {
        let palette = Palette::new(false);
        let from = Standpoint::default();
        let changes = changes(status, false, &from, &palette);
        format!(
            "{}\n{}{changes}",
            heading(status, &palette),
            place(status, true)
        )
    }

    fn short(status: &Status) -> String {
        super::short(status, &Standpoint::default(), &Palette::new(false))
    }

    #[test]
    fn both_forms_name_every_file() {
        let sandbox = Sandbox::new();
        sandbox.write_file("src/a.rs", "1");
        let commit = sandbox.commit();
        sandbox.set_ref("refs/remotes/origin/main", commit);
        for path in ["docs/a/x", "docs/y", "src/b.rs"] {
            sandbox.write_file(path, "new");
        }
        sandbox.write_file("src/a.rs", "2");
        let repository = &sandbox.repository;
        let config = repository.config.read().expect("readable");
        let status = status(repository, &config, &Silent).expect("readable");
        insta::assert_snapshot!(long(&status), @r"
        On branch main
        Level with origin/main

        Changes (`muse commit` records them all):
          new:      docs/ (2 files)
          changed:  src/a.rs
          new:      src/b.rs
        ");
        insta::assert_snapshot!(short(&status), @r"
        A docs/a/x
        A docs/y
        M src/a.rs
        A src/b.rs
        ");
    }

    #[test]
    fn what_cannot_be_recorded_is_something_to_do() {
        let sandbox = Sandbox::new();
        sandbox.write_file("a", "1");
        sandbox.commit();
        sandbox.write_file("dir/muse~1", "");
        let repository = &sandbox.repository;
        let config = repository.config.read().expect("readable");
        let found = || status(repository, &config, &Silent).expect("readable");
        assert_eq!(
            long(&found()),
            "On branch main\nNot on a server yet (`muse push` sends it)\n"
        );
        assert_eq!(short(&found()), "X dir/muse~1\n");
        assert_eq!(
            to_json(&found())["unrecordable"],
            serde_json::json!([{
                "path": "dir/muse~1",
                "kind": "not_allowed",
                "reason": "it has a component that is, or can pass for, the directory `.muse`",
            }])
        );
        sandbox.write_file("a", "2");
        insta::assert_snapshot!(long(&found()), @r"
        On branch main
        Not on a server yet (`muse push` sends it)

        Changes (`muse commit` records them once no file below stops it):
          changed:  a
        ");
    }

    #[test]
    fn what_is_ignored_is_listed_where_that_is_asked_for() {
        let sandbox = Sandbox::new();
        sandbox.write_file(".gitignore", "out/\n*.log\n");
        sandbox.commit();
        sandbox.write_file("out/a", "");
        sandbox.write_file("x\n.log", "");
        let repository = &sandbox.repository;
        let config = repository.config.read().expect("readable");
        let mut status = status(repository, &config, &Silent).expect("readable");
        assert_eq!(ignored(&status, &Standpoint::default()), "");
        assert_eq!(to_json(&status)["ignored"], serde_json::Value::Null);
        status.find_ignored(repository).expect("readable");
        insta::assert_snapshot!(ignored(&status, &Standpoint::default()), @r#"

        Ignored (`muse check-ignore -v PATH` says by which rule):
          out/
          "x\n.log"
        "#);
        assert_eq!(short(&status), "! out/\n! \"x\\n.log\"\n");
        assert_eq!(
            to_json(&status)["ignored"],
            serde_json::json!(["out/", "x\n.log"])
        );
    }

    #[test]
    fn a_detached_head_and_commits_that_nothing_keeps_are_named() {
        let sandbox = Sandbox::new();
        let commits = sandbox.add_line(None, "main", 3);
        sandbox.set_ref("refs/tags/v1", commits[0]);
        sandbox.set_ref("refs/remotes/origin/main", commits[0]);
        let detach = |commit: CommitId| {
            let mut locked = sandbox.repository.lock().expect("free");
            let head = Head::Detached(commit);
            locked
                .update_refs_and_head(&[], &head, "test")
                .expect("moves");
            let config = sandbox.repository.config.read().expect("readable");
            status(&sandbox.repository, &config, &Silent).expect("readable")
        };
        let names = |commit| names_of(&sandbox.repository, commit).expect("readable");
        let kept = detach(commits[0]);
        assert_eq!(place(&kept, true), "");
        assert_eq!(names(commits[0]), " (origin/main, v1)");
        let left = detach(commits[2]);
        assert_eq!(
            place(&left, true),
            "2 commits here are on no branch (`muse switch -c NAME` keeps them)\n"
        );
        assert_eq!(names(commits[2]), "");
    }
}
