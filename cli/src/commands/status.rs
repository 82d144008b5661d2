//! `muse status`.

mod named_files;

use std::fmt::Write as _;
use std::path::Path;

use muse_wire::id::CommitId;
use muse_wire::quote::{quote, quote_bytes};

use self::named_files::{left_out, unrecordable};
use crate::branches::Upstream;
use crate::repository::{Checkout, Head};
use crate::status::{FileChange, Status, status};
use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::ui::explain::finish_clone;
use crate::ui::palette::Palette;
use crate::ui::quantity::counted;
use crate::worktree::LeftOutFile;

/// How many paths of a section that gives reasons are named without `-v`.
const NAMED_WITHOUT_VERBOSE: usize = 5;

/// Arguments of `muse status`.
#[derive(Debug, clap::Args)]
pub struct StatusArgs {
    /// Print one line for each file that changed: `A` added, `M` changed, `T` another kind or mode,
    /// `D` deleted, `X` cannot be recorded.
    #[arg(short, long)]
    short: bool,
}

/// Shows what changed since the last commit.
///
/// # Errors
/// If the work tree or the repository cannot be read.
pub fn run(context: &Context, args: StatusArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    let status = status(&repository, &context.config(&repository)?, context)?;
    for warning in &status.warnings {
        context.printer.warn(warning);
    }
    if context.json() {
        return context.printer.json(&to_json(&status));
    }
    if let Some(url) = &status.unfinished_clone {
        let text = describe_clone(url, repository.layout.root());
        if args.short {
            context.printer.warn(text);
            return Ok(());
        }
        return context.printer.text(text + "\n");
    }
    if args.short
        && let Some(checkout) = &status.checkout
    {
        let text = describe_checkout(checkout, &status.head);
        context.printer.warn(text.trim_start());
    }
    let palette = context.printer.palette();
    if args.short {
        return context.printer.text(short(&status, &palette));
    }
    let mut text = long(&status, &palette);
    let shown = match context.printer.is_verbose() {
        true => usize::MAX,
        false => NAMED_WITHOUT_VERBOSE,
    };
    text.push_str(&unrecordable(&status.unrecordable, shown));
    text.push_str(&left_out(&status.left_out, &status.head, shown));
    context.printer.text(text)
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
            let path = match str::from_utf8(file.path()) {
                Ok(path) => path.into(),
                Err(_) => quote_bytes(file.path()),
            };
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
        "upstream": status.upstream,
        "files": files,
        "unrecordable": unrecordable,
        "left_out": left_out,
    })
}

fn short(status: &Status, palette: &Palette) -> String {
    let mut text = String::new();
    for file in &status.files {
        let (letter, style) = match file.change {
            FileChange::Added => ('A', palette.added),
            FileChange::Changed => ('M', palette.changed),
            FileChange::Retyped => ('T', palette.changed),
            FileChange::Deleted => ('D', palette.removed),
        };
        let _ = writeln!(text, "{style}{letter}{style:#} {}", file.path);
    }
    for file in &status.unrecordable {
        let style = palette.removed;
        let _ = writeln!(text, "{style}X{style:#} {}", file.shown_path());
    }
    text
}

fn long(status: &Status, palette: &Palette) -> String {
    let mut text = String::new();
    let _ = match &status.head {
        Head::Branch(name) => {
            let style = palette.branch;
            writeln!(text, "On branch {style}{}{style:#}", name.short())
        }
        Head::Detached(commit) => {
            let style = palette.head;
            let commit = commit.short();
            writeln!(text, "Not on a branch, at {style}{commit}{style:#}")
        }
    };
    if let Some(checkout) = &status.checkout {
        let _ = writeln!(text, "{}", describe_checkout(checkout, &status.head));
    }
    if status.commit.is_none() {
        text.push_str("No commits yet\n");
    }
    if let Some(upstream) = &status.upstream {
        let _ = writeln!(text, "{}", describe(upstream));
    }
    let can_commit = status.unrecordable.is_empty();
    if status.files.is_empty() {
        text.push_str(match status.commit {
            _ if !can_commit => "",
            Some(_) => "Nothing to commit, the files are as in the last commit\n",
            None => "Nothing to commit, there are no files yet\n",
        });
        return text;
    }
    text.push_str(match can_commit {
        true => "\nChanges (`muse commit` records them all):\n",
        false => "\nChanges (`muse commit` records them once no file below stops it):\n",
    });
    for line in status.lines() {
        let (label, style) = match line.change {
            FileChange::Added => ("new:", palette.added),
            FileChange::Changed => ("changed:", palette.changed),
            FileChange::Retyped => ("new mode:", palette.changed),
            FileChange::Deleted => ("deleted:", palette.removed),
        };
        let count = if line.file_count > 1 {
            format!(" ({} files)", line.file_count)
        } else {
            String::new()
        };
        let _ = writeln!(
            text,
            "  {style}{label:<10}{}{style:#}{count}",
            quote(line.name)
        );
    }
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

fn describe(upstream: &Upstream) -> String {
    let Upstream {
        name,
        ahead,
        behind,
    } = upstream;
    let commits = |count: usize| counted(count as u64, "commit");
    match (*ahead, *behind) {
        (0, 0) => format!("Level with {name}"),
        (ahead, 0) => format!(
            "{} ahead of {name} (`muse push` sends them)",
            commits(ahead)
        ),
        (0, behind) => format!(
            "{} behind {name} (`muse pull` brings them)",
            commits(behind)
        ),
        (ahead, behind) => format!(
            "Diverged from {name}: {} here, {} there",
            commits(ahead),
            commits(behind)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Silent;
    use crate::testing::Sandbox;

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
        insta::assert_snapshot!(long(&status, &Palette::new(false)), @r"
        On branch main
        Level with origin/main

        Changes (`muse commit` records them all):
          new:      docs/ (2 files)
          changed:  src/a.rs
          new:      src/b.rs
        ");
        insta::assert_snapshot!(short(&status, &Palette::new(false)), @r"
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
        let palette = Palette::new(false);
        assert_eq!(long(&found(), &palette), "On branch main\n");
        assert_eq!(short(&found(), &palette), "X dir/muse~1\n");
        assert_eq!(
            to_json(&found())["unrecordable"],
            serde_json::json!([{
                "path": "dir/muse~1",
                "kind": "not_allowed",
                "reason": "it has a component that is, or can pass for, the directory `.muse`",
            }])
        );
        sandbox.write_file("a", "2");
        insta::assert_snapshot!(long(&found(), &palette), @r"
        On branch main

        Changes (`muse commit` records them once no file below stops it):
          changed:  a
        ");
    }

    #[test]
    fn says_how_far_apart_the_branches_are() {
        let text = |ahead, behind| {
            describe(&Upstream {
                name: "origin/main".to_owned(),
                ahead,
                behind,
            })
        };
        assert_eq!(text(0, 0), "Level with origin/main");
        assert_eq!(
            text(0, 2),
            "2 commits behind origin/main (`muse pull` brings them)"
        );
        assert_eq!(
            text(2, 1),
            "Diverged from origin/main: 2 commits here, 1 commit there"
        );
    }
}
