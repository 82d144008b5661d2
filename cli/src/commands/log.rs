//! `muse log`.

mod graph;

use std::collections::HashMap;

use muse_wire::commit::Commit;
use muse_wire::dag::{Revwalk, Sorting};
use muse_wire::id::CommitId;
use muse_wire::name::{HEADS, REMOTES};

use crate::repository::{Head, Repository};
use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::ui::pager::paged;
use crate::ui::palette::Palette;
use crate::ui::printer::stdout_error;
use crate::ui::time;
use graph::Graph;

/// Arguments of `muse log`.
#[derive(Debug, clap::Args)]
pub struct LogArgs {
    /// Where to start: a branch, tag or commit, or `A..B` for what B has and A has not.
    #[arg(value_name = "REV", default_value = "HEAD", hide_default_value = true)]
    revision: String,
    /// One line a commit.
    #[arg(long)]
    oneline: bool,
    /// Draw the lines of history beside it.
    #[arg(long, conflicts_with = "json")]
    graph: bool,
    /// At most N commits.
    #[arg(short = 'n', long = "max-count", value_name = "N")]
    max_count: Option<usize>,
}

/// Shows history, newest first.
///
/// # Errors
/// Where the revision is unknown or history cannot be read.
pub fn run(context: &Context, args: LogArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    let mut walk = Revwalk::new(&repository.objects);
    match args.revision.split_once("..") {
        Some((from, to)) => {
            let or_head = |revision: &str| match revision {
                "" => repository.resolve("HEAD"),
                revision => repository.resolve(revision),
            };
            walk.push(or_head(to)?)?;
            walk.hide(or_head(from)?)?;
        }
        None => walk.push(repository.resolve(&args.revision)?)?,
    }
    if args.graph {
        walk.sorting(Sorting::Topological);
    }
    let walked = walk.run()?;
    let count = args.max_count.unwrap_or(usize::MAX);
    let commits = walked.commits.iter().take(count);
    let names = Names::read(&repository)?;
    if context.json() {
        for id in commits {
            let commit = repository.objects.commit(id)?;
            context.printer.json(&to_json(id, &commit, &names))?;
        }
        return Ok(());
    }
    let palette = context.printer.palette();
    paged(context, |out| {
        let mut graph = args.graph.then(Graph::default);
        let mut is_first = true;
        for id in commits {
            let commit = repository.objects.commit(id)?;
            let mut lines = if args.oneline {
                vec![oneline(id, &commit, &names, &palette)]
            } else {
                full(id, &commit, &names, &palette)
            };
            if !args.oneline && graph.is_none() && !is_first {
                writeln!(out).map_err(stdout_error)?;
            }
            if let Some(graph) = &mut graph {
                if !args.oneline {
                    lines.push(String::new());
                }
                lines = graph.next(*id, &commit.parents).beside(&lines);
            }
            for line in lines {
                writeln!(out, "{line}").map_err(stdout_error)?;
            }
            is_first = false;
        }
        Ok(())
    })
}

/// The refs that point at each commit.
pub(super) struct Names {
    by_commit: HashMap<CommitId, Vec<Name>>,
}

enum Name {
    Head(Option<String>),
    Branch(String),
    RemoteBranch(String),
    Tag(String),
}

impl Names {
    pub(super) fn read(repository: &Repository) -> Result<Self, CliError> {
        let head = repository.refs.head()?;
        let mut by_commit: HashMap<CommitId, Vec<Name>> = HashMap::new();
        if let Some(commit) = repository.refs.head_commit()? {
            let branch = match &head {
                Head::Branch(name) => Some(name.short().to_owned()),
                Head::Detached(_) => None,
            };
            by_commit
                .entry(commit)
                .or_default()
                .push(Name::Head(branch));
        }
        for (name, commit) in repository.refs.read()?.iter() {
            let is_current = matches!(&head, Head::Branch(current) if current == name);
            if is_current {
                continue;
            }
            let short = name.short().to_owned();
            by_commit
                .entry(commit)
                .or_default()
                .push(if name.as_str().starts_with(HEADS) {
                    Name::Branch(short)
                } else if name.as_str().starts_with(REMOTES) {
                    Name::RemoteBranch(short)
                } else {
                    Name::Tag(short)
                });
        }
        Ok(Self { by_commit })
    }

    /// ` (HEAD -> main, tag: v1)`, or nothing.
    fn decoration(&self, id: &CommitId, palette: &Palette) -> String {
        let Some(names) = self.by_commit.get(id) else {
            return String::new();
        };
        let paint =
            |style: clap::builder::styling::Style, text: &str| format!("{style}{text}{style:#}");
        let names: Vec<String> = names
            .iter()
            .map(|name| match name {
                Name::Head(None) => paint(palette.head, "HEAD"),
                Name::Head(Some(branch)) => format!(
                    "{} {}",
                    paint(palette.head, "HEAD ->"),
                    paint(palette.branch, branch)
                ),
                Name::Branch(name) => paint(palette.branch, name),
                Name::RemoteBranch(name) => paint(palette.remote_branch, name),
                Name::Tag(name) => paint(palette.tag, &format!("tag: {name}")),
            })
            .collect();
        format!(" ({})", names.join(", "))
    }

    fn plain(&self, id: &CommitId) -> Vec<&str> {
        let names = self
            .by_commit
            .get(id)
            .map(Vec::as_slice)
            .unwrap_or_default();
        names
            .iter()
            .map(|name| match name {
                Name::Head(None) => "HEAD",
                Name::Head(Some(name))
                | Name::Branch(name)
                | Name::RemoteBranch(name)
                | Name::Tag(name) => name,
            })
            .collect()
    }
}

/// A commit as programs read it.
pub(super) fn to_json(id: &CommitId, commit: &Commit, names: &Names) -> serde_json::Value {
    serde_json::json!({
        "commit": id,
        "parents": commit.parents,
        "snapshot": commit.snapshot,
        "author": {"name": commit.author.name, "email": commit.author.email},
        "committed_at": time::format_rfc3339(commit.committed_at),
        "message": commit.message,
        "metadata": commit.metadata,
        "refs": names.plain(id),
    })
}

fn oneline(id: &CommitId, commit: &Commit, names: &Names, palette: &Palette) -> String {
    let style = palette.id;
    format!(
        "{style}{}{style:#}{} {}",
        id.short(),
        names.decoration(id, palette),
        commit.subject()
    )
}

/// A commit as people read it: header, empty line, indented message.
pub(super) fn full(
    id: &CommitId,
    commit: &Commit,
    names: &Names,
    palette: &Palette,
) -> Vec<String> {
    let style = palette.id;
    let mut lines = vec![format!(
        "{style}commit {id}{style:#}{}",
        names.decoration(id, palette)
    )];
    if commit.parents.len() > 1 {
        let parents: Vec<String> = commit.parents.iter().map(CommitId::short).collect();
        lines.push(format!("Merge:  {}", parents.join(" ")));
    }
    lines.push(format!(
        "Author: {} <{}>",
        commit.author.name, commit.author.email
    ));
    lines.push(format!("Date:   {}", time::format(commit.committed_at)));
    lines.push(String::new());
    lines.extend(commit.message.trim_end().lines().map(|line| {
        let line: String = line
            .chars()
            .filter(|c| !c.is_control() || *c == '\t')
            .collect();
        format!("    {line}").trim_end().to_owned()
    }));
    lines
}
