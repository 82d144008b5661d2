//! `muse log`.

use muse_wire::id::CommitId;
use renderdag::{Ancestor, GraphRowRenderer, Renderer};

use crate::diff::{NewVersion, PathChange, VersionReader};
use crate::history::{CommitChanges, Decorations, LogOrder, Logged, log};
use crate::repository::Repository;
use crate::ui::commit_format::CommitFormat;
use crate::ui::commit_text::{full, oneline, signatures, signatures_to_json, to_json};
use crate::ui::completion::Completes;
use crate::ui::context::Context;
use crate::ui::diff_output::{DiffFormat, changes_to_json, write_changes};
use crate::ui::error::CliError;
use crate::ui::log_query::QueryArgs;
use crate::ui::output::Output;
use crate::ui::pager::paged;
use crate::ui::palette::Palette;
use crate::ui::printer::stdout_error;

/// Arguments of `muse log`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  muse log --oneline --graph --all
    Draw the history of all branches.
  muse log -p main..topic -- src
    Show the changes below `src` that `topic` has and `main` lacks.
  muse log --author=ada --since='2 weeks ago' -n 5
    Show five commits of two weeks at most.")]
pub struct LogArgs {
    /// Where to start: branches, tags or commits, `A..B` for what B has and A lacks, `A...B` for
    /// what one of them has and the other lacks; then paths: only commits that change one of them
    /// are shown, and a single file is followed through renames. -2 is short for -n 2.
    #[arg(value_name = "REV|PATH", add = Completes::RevisionOrPath, allow_negative_numbers = true)]
    arguments: Vec<String>,
    /// Paths, if one could be mistaken for a revision or is gone.
    #[arg(last = true, value_name = "PATH", add = Completes::CommittedPath)]
    paths: Vec<String>,
    /// Print one line for each commit.
    #[arg(long)]
    oneline: bool,
    /// Print each commit as TEXT says, in which placeholders stand for facts, such as %H for the id
    /// and %s for the first line of the message; the manual lists them.
    #[arg(
        long,
        visible_alias = "pretty",
        value_name = "TEXT",
        conflicts_with_all = ["oneline", "json"]
    )]
    format: Option<CommitFormat>,
    /// Show by whom each commit is signed, and whether the signature fits.
    #[arg(long)]
    show_signature: bool,
    /// Draw the graph of the history beside it.
    #[arg(long, conflicts_with_all = ["json", "reverse"])]
    graph: bool,
    /// Oldest first; -n N still means the newest ones.
    #[arg(long)]
    reverse: bool,
    #[command(flatten)]
    query: QueryArgs,
    #[command(flatten)]
    diff: DiffFormat,
}

/// Shows history, newest first.
///
/// # Errors
/// If a revision is unknown or history cannot be read.
pub fn run(context: &Context, args: LogArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    let order = match args.graph {
        true => LogOrder::Topological,
        false => LogOrder::Time,
    };
    let (query, most) =
        args.query
            .resolve(context, &repository, args.arguments, args.paths, order)?;
    let commits = log(&repository, &query)?.map(|logged| logged.map_err(CliError::from));
    let mut commits: Box<dyn Iterator<Item = Result<Logged, CliError>>> =
        Box::new(commits.take(most.unwrap_or(usize::MAX)));
    if args.reverse {
        let mut all: Vec<_> = commits.collect();
        all.reverse();
        commits = Box::new(all.into_iter());
    }
    let decorations = Decorations::read(&repository)?;
    let with_changes = args.diff.asks_for_changes();
    let mut changes = CommitChanges::new(&repository, &query.paths, args.diff.with_renames());
    let mut changes_of = |logged: &Logged| match with_changes {
        true => changes.of(logged).map(Some),
        false => Ok(None),
    };
    if context.json() {
        for logged in commits {
            let logged = logged?;
            let mut json = to_json(&logged.id, &logged.commit, &decorations);
            if let Some(file) = &logged.file {
                json["path"] = serde_json::json!(file.path);
            }
            if args.show_signature {
                let envelope = repository.objects.commit_envelope(&logged.id)?;
                json["signatures"] = signatures_to_json(&logged.id, &envelope.signatures);
            }
            if let Some(changes) = changes_of(&logged)? {
                json["changes"] = changes_to_json(&changes);
            }
            context.printer.json(&json)?;
        }
        return Ok(());
    }
    let palette = context.printer.palette();
    let style = LogStyle {
        reader: VersionReader::new(&repository, NewVersion::Stored),
        decorations: &decorations,
        palette,
        signatures: args.show_signature.then_some(&repository),
        oneline: args.oneline,
        format: args.format.as_ref(),
        diff: args.diff,
    };
    let is_brief = args.oneline || args.format.is_some();
    paged(context, |out| {
        let mut graph = args.graph.then(new_graph);
        let mut is_first = true;
        for logged in commits {
            let logged = logged?;
            let changes = changes_of(&logged)?;
            if let Some(graph) = &mut graph {
                let mut text = Vec::new();
                style.write(&mut Output::for_text(&mut text), &logged, changes)?;
                let mut text = String::from_utf8_lossy(&text).trim_end().to_owned();
                if !is_brief {
                    text.push_str("\n\n");
                }
                let parents = &logged.commit.parents;
                out.text(graph_rows(graph, logged.id, parents, text))
                    .map_err(stdout_error)?;
                continue;
            }
            if !is_brief && !is_first {
                out.text("\n").map_err(stdout_error)?;
            }
            is_first = false;
            style.write(out, &logged, changes)?;
        }
        Ok(())
    })
}

/// How a commit of the log is written.
struct LogStyle<'a> {
    reader: VersionReader<'a>,
    decorations: &'a Decorations<'a>,
    palette: Palette,
    /// Where signatures are, if they are shown.
    signatures: Option<&'a Repository>,
    oneline: bool,
    format: Option<&'a CommitFormat>,
    diff: DiffFormat,
}

impl LogStyle<'_> {
    fn write(
        &self,
        out: &mut Output<'_>,
        logged: &Logged,
        changes: Option<Vec<PathChange>>,
    ) -> Result<(), CliError> {
        let Self {
            decorations,
            palette,
            ..
        } = self;
        let (id, commit) = (&logged.id, &logged.commit);
        let mut lines = match self.format {
            Some(format) => vec![format.render(id, commit, decorations)],
            None if self.oneline => vec![oneline(id, commit, decorations, palette)],
            None => full(id, commit, decorations, palette),
        };
        if let Some(repository) = self.signatures {
            let envelope = repository.objects.commit_envelope(id)?;
            // Below the line that names the commit.
            lines.splice(1..1, signatures(id, &envelope.signatures));
        }
        let text = lines.join("\n");
        out.text(format_args!("{text}\n")).map_err(stdout_error)?;
        let Some(changes) = changes.filter(|changes| !changes.is_empty()) else {
            return Ok(());
        };
        if !self.oneline && self.format.is_none() {
            out.text("\n").map_err(stdout_error)?;
        }
        write_changes(out, palette, self.diff, &changes, &self.reader)
    }
}

fn new_graph() -> impl Renderer<CommitId, Output = String> {
    let renderer = GraphRowRenderer::new().output();
    renderer.with_min_row_height(1).build_ascii()
}

/// The rows of one commit with its text beside them.
fn graph_rows(
    graph: &mut impl Renderer<CommitId, Output = String>,
    id: CommitId,
    parents: &[CommitId],
    text: String,
) -> String {
    let parents = parents.iter().copied().map(Ancestor::Parent).collect();
    graph.next_row(id, parents, "*".to_owned(), text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Draws a history written as `child: parent parent`, newest first, each name one character.
    fn drawing(history: &str) -> String {
        let mut graph = new_graph();
        let id = |name: char| CommitId::from_bytes([u8::try_from(name).expect("ASCII"); 32]);
        let rows = history.split(',').map(|line| {
            let mut names = line.chars().filter(|c| c.is_alphanumeric());
            let child = names.next().expect("a line names a commit");
            let parents: Vec<CommitId> = names.map(id).collect();
            graph_rows(&mut graph, id(child), &parents, child.to_string())
        });
        rows.collect()
    }

    #[test]
    fn lines_of_history_are_drawn_beside_it() {
        insta::assert_snapshot!(drawing("c:b,b:a,a:"), @r"
        *  c
        *  b
        *  a
        ");
        insta::assert_snapshot!(drawing("m:c y,y:x,x:a,c:b,b:a,a:"), @r"
        *    m
        |\
        | *  y
        | *  x
        * |  c
        * |  b
        |/
        *  a
        ");
        insta::assert_snapshot!(drawing("d:b,c:b,b:a,a:"), @r"
        *  d
        | *  c
        |/
        *  b
        *  a
        ");
    }

    #[test]
    fn lines_that_cross_and_second_roots_are_drawn() {
        insta::assert_snapshot!(drawing("m:a b,n:b a,b:r,a:r,r:"), @r"
        *    m
        |\
        | | *  n
        +-+-'
        | *  b
        * |  a
        |/
        *  r
        ");
        insta::assert_snapshot!(drawing("m:a b c,z:y,c:r,b:r,a:r,r:,y:"), @r"
        *      m
        +-+-.
        | | | *  z
        | | * |  c
        | * | |  b
        | |/  |
        * |   |  a
        |/    |
        *     |  r
              *  y
        ");
    }
}
