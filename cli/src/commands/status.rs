//! `muse status`.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;

use muse_wire::dag::Revwalk;
use muse_wire::id::CommitId;
use muse_wire::name::{HEADS, RefName};
use muse_wire::path::RepoPath;
use muse_wire::snapshot::Tree;
use serde::Serialize;

use crate::repository::{Head, Repository};
use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::ui::palette::Palette;
use crate::worktree::{ChangedFile, Scan, scan};

/// Arguments of `muse status`.
#[derive(Debug, clap::Args)]
pub struct StatusArgs {
    /// One line a file: `A` added, `M` changed, `T` of another kind or mode, `D` deleted.
    #[arg(short, long)]
    short: bool,
}

/// Shows what changed since the last commit.
///
/// # Errors
/// Where the work tree or the repository cannot be read.
pub fn run(context: &Context, args: StatusArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    let head = repository.refs.head()?;
    let head_commit = repository.refs.head_commit()?;
    let tree = match &head_commit {
        Some(commit) => repository
            .objects
            .tree(&repository.objects.commit(commit)?.snapshot)?,
        None => Tree::empty(),
    };
    let mut scan = scan(&repository, &tree)?;
    scan.read_tracked(repository.layout.root())?;
    save(context, &repository, &scan);
    let upstream = match (&head, &head_commit) {
        (Head::Branch(branch), Some(commit)) => upstream(context, &repository, branch, *commit)?,
        _ => None,
    };
    for warning in &scan.warnings {
        context.printer.warn(warning);
    }
    for error in &scan.forbidden {
        context.printer.warn(error);
    }
    let status = Status {
        head: &head,
        head_commit,
        upstream,
        files: scan
            .changed
            .iter()
            .map(|file| (kind(file), &file.path))
            .collect(),
    };
    if context.json() {
        return context.printer.json(&status.to_json());
    }
    let text = if args.short {
        status.short(&context.printer.palette())
    } else {
        status.long(&context.printer.palette(), &tree)
    };
    write!(context.printer.stdout(), "{text}").map_err(crate::ui::printer::stdout_error)
}

/// Saves what was learnt for the next time. A repository that is busy or may not be written to is no reason to fail.
fn save(context: &Context, repository: &Repository, scan: &Scan) {
    if !scan.has_news_for_cache() {
        return;
    }
    let saved = repository
        .lock()
        .map_err(CliError::from)
        .and_then(|mut locked| Ok(scan.save_cache(&mut locked)?));
    if let Err(error) = saved {
        context
            .printer
            .verbose(format_args!("the stat cache was not written: {error}"));
    }
}

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Added,
    Changed,
    /// Another mode, or a link for a file or the other way round.
    Retyped,
    Deleted,
}

fn kind(file: &ChangedFile) -> Kind {
    match (file.before, file.stat) {
        (None, _) => Kind::Added,
        (Some(_), None) => Kind::Deleted,
        (Some(before), Some(stat)) if before.kind != stat.kind => Kind::Retyped,
        _ => Kind::Changed,
    }
}

/// How the current branch stands to what was last seen of it on the server.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Upstream {
    name: String,
    ahead: usize,
    behind: usize,
}

fn upstream(
    context: &Context,
    repository: &Repository,
    branch: &RefName,
    commit: CommitId,
) -> Result<Option<Upstream>, CliError> {
    let short = branch.short();
    let config = context.config(repository)?;
    let remote = config
        .get(&format!("branch.{short}.remote"))
        .unwrap_or("origin");
    let theirs = config
        .get(&format!("branch.{short}.merge"))
        .and_then(|name| name.strip_prefix(HEADS))
        .unwrap_or(short);
    let Ok(tracking) = RefName::remote_branch(remote, theirs) else {
        return Ok(None);
    };
    let Some(theirs) = repository.refs.read()?.get(&tracking) else {
        return Ok(None);
    };
    let count = |push, hide| {
        let mut walk = Revwalk::new(&repository.objects);
        walk.push(push)
            .and_then(|()| walk.hide(hide))
            .and_then(|()| walk.run())
            .map(|walked| walked.commits.len())
            .map_err(CliError::from)
    };
    Ok(Some(Upstream {
        name: tracking.short().to_owned(),
        ahead: count(commit, theirs)?,
        behind: count(theirs, commit)?,
    }))
}

struct Status<'a> {
    head: &'a Head,
    head_commit: Option<CommitId>,
    upstream: Option<Upstream>,
    files: Vec<(Kind, &'a RepoPath)>,
}

impl Status<'_> {
    fn to_json(&self) -> serde_json::Value {
        let files: Vec<_> = self
            .files
            .iter()
            .map(|(kind, path)| serde_json::json!({"path": path, "change": kind}))
            .collect();
        serde_json::json!({
            "branch": match self.head {
                Head::Branch(name) => Some(name.short()),
                Head::Detached(_) => None,
            },
            "commit": self.head_commit,
            "upstream": self.upstream,
            "files": files,
        })
    }

    fn short(&self, palette: &Palette) -> String {
        let mut text = String::new();
        for (kind, path) in &self.files {
            let (letter, style) = match kind {
                Kind::Added => ('A', palette.added),
                Kind::Changed => ('M', palette.changed),
                Kind::Retyped => ('T', palette.changed),
                Kind::Deleted => ('D', palette.removed),
            };
            let _ = writeln!(text, "{style}{letter}{style:#} {path}");
        }
        text
    }

    fn long(&self, palette: &Palette, tree: &Tree) -> String {
        let mut text = String::new();
        let _ = match self.head {
            Head::Branch(name) => {
                let style = palette.branch;
                writeln!(text, "On branch {style}{}{style:#}", name.short())
            }
            Head::Detached(commit) => {
                let style = palette.head;
                writeln!(
                    text,
                    "Not on a branch, at {style}{}{style:#}",
                    commit.short()
                )
            }
        };
        if self.head_commit.is_none() {
            text.push_str("No commits yet\n");
        }
        if let Some(upstream) = &self.upstream {
            let _ = writeln!(text, "{upstream}");
        }
        if self.files.is_empty() {
            text.push_str(match self.head_commit {
                Some(_) => "Nothing to commit, the files are as in the last commit\n",
                None => "Nothing to commit, there are no files yet\n",
            });
            return text;
        }
        text.push_str("\nChanges (`muse commit` records them all):\n");
        for (kind, name, count) in collapse(&self.files, tree) {
            let (label, style) = match kind {
                Kind::Added => ("new:", palette.added),
                Kind::Changed => ("changed:", palette.changed),
                Kind::Retyped => ("new mode:", palette.changed),
                Kind::Deleted => ("deleted:", palette.removed),
            };
            let count = if count > 1 {
                format!(" ({count} files)")
            } else {
                String::new()
            };
            let _ = writeln!(text, "  {style}{label:<10}{name}{style:#}{count}");
        }
        text
    }
}

impl std::fmt::Display for Upstream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            name,
            ahead,
            behind,
        } = self;
        let commits = |count: usize| format!("{count} commit{}", if count == 1 { "" } else { "s" });
        match (ahead, behind) {
            (0, 0) => write!(f, "Level with {name}"),
            (_, 0) => write!(
                f,
                "{} ahead of {name} (`muse push` sends them)",
                commits(*ahead)
            ),
            (0, _) => write!(
                f,
                "{} behind {name} (`muse pull` brings them)",
                commits(*behind)
            ),
            _ => write!(
                f,
                "Diverged from {name}: {} here, {} there",
                commits(*ahead),
                commits(*behind)
            ),
        }
    }
}

/// The files, with directories that are wholly new shown as one, and the number of files in each.
fn collapse<'a>(files: &[(Kind, &'a RepoPath)], tree: &Tree) -> Vec<(Kind, &'a str, usize)> {
    let tracked: HashSet<String> = if files.iter().any(|(kind, _)| *kind == Kind::Added) {
        tree.entries()
            .iter()
            .flat_map(|(path, _)| directories(path).map(str::to_owned).collect::<Vec<_>>())
            .collect()
    } else {
        HashSet::new()
    };
    let mut lines: BTreeMap<(&str, Kind), usize> = BTreeMap::new();
    for (kind, path) in files {
        let name = match kind {
            Kind::Added => directories(path)
                .find(|directory| !tracked.contains(*directory))
                .unwrap_or(path),
            _ => path.as_str(),
        };
        *lines.entry((name, *kind)).or_default() += 1;
    }
    lines
        .into_iter()
        .map(|((name, kind), count)| (kind, name, count))
        .collect()
}

/// The directories above a path, outermost first, each with the slash behind it.
fn directories(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..=at])
}

#[cfg(test)]
mod tests {
    use muse_wire::id::ObjectId;
    use muse_wire::snapshot::{Change, Entry, EntryKind};

    use super::*;

    fn path(text: &str) -> RepoPath {
        RepoPath::new(text).expect("an allowed path")
    }

    #[test]
    fn new_directories_are_one_line() {
        let entry = Entry {
            kind: EntryKind::File,
            object: ObjectId::of(b""),
        };
        let tree = Tree::empty()
            .apply(&[Change {
                path: path("src/a.rs"),
                entry: Some(entry),
            }])
            .expect("one file");
        let paths = ["docs/a/x", "docs/y", "src/a.rs", "src/b.rs", "top"].map(path);
        let files = [
            (Kind::Added, &paths[0]),
            (Kind::Added, &paths[1]),
            (Kind::Changed, &paths[2]),
            (Kind::Added, &paths[3]),
            (Kind::Added, &paths[4]),
        ];
        let status = Status {
            head: &Head::Branch(RefName::branch("main").expect("an allowed name")),
            head_commit: Some(CommitId::from_bytes([7; 32])),
            upstream: Some(Upstream {
                name: "origin/main".to_owned(),
                ahead: 1,
                behind: 0,
            }),
            files: files.to_vec(),
        };
        insta::assert_snapshot!(status.long(&Palette::new(false), &tree), @r"
        On branch main
        1 commit ahead of origin/main (`muse push` sends them)

        Changes (`muse commit` records them all):
          new:      docs/ (2 files)
          changed:  src/a.rs
          new:      src/b.rs
          new:      top
        ");
        insta::assert_snapshot!(status.short(&Palette::new(false)), @r"
        A docs/a/x
        A docs/y
        M src/a.rs
        A src/b.rs
        A top
        ");
    }

    #[test]
    fn says_how_far_apart_the_branches_are() {
        let text = |ahead, behind| {
            Upstream {
                name: "origin/main".to_owned(),
                ahead,
                behind,
            }
            .to_string()
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
