//! `muse log`.

use muse_wire::id::CommitId;
use renderdag::{Ancestor, GraphRowRenderer, Renderer};

use crate::history::{Decorations, LogOrder, log};
use crate::ui::commit_text::{full, oneline, to_json};
use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::ui::pager::paged;
use crate::ui::printer::stdout_error;

/// Arguments of `muse log`.
#[derive(Debug, clap::Args)]
pub struct LogArgs {
    /// Where to start: a branch, tag or commit, or `A..B` for what B has and A lacks.
    #[arg(value_name = "REV", default_value = "HEAD", hide_default_value = true)]
    revision: String,
    /// Print one line for each commit.
    #[arg(long)]
    oneline: bool,
    /// Draw the graph of the history beside it.
    #[arg(long, conflicts_with = "json")]
    graph: bool,
    /// At most N commits.
    #[arg(short = 'n', long = "max-count", value_name = "N")]
    max_count: Option<usize>,
}

/// Shows history, newest first.
///
/// # Errors
/// If the revision is unknown or history cannot be read.
pub fn run(context: &Context, args: LogArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    let order = if args.graph {
        LogOrder::Topological
    } else {
        LogOrder::Time
    };
    let mut commits = log(&repository, &args.revision, order)?;
    commits.truncate(args.max_count.unwrap_or(usize::MAX));
    let decorations = Decorations::read(&repository)?;
    if context.json() {
        for id in &commits {
            let commit = repository.objects.commit(id)?;
            context.printer.json(&to_json(id, &commit, &decorations))?;
        }
        return Ok(());
    }
    let palette = context.printer.palette();
    paged(context, |out| {
        let mut graph = args.graph.then(new_graph);
        for (number, id) in commits.iter().enumerate() {
            let commit = repository.objects.commit(id)?;
            let mut text = if args.oneline {
                oneline(id, &commit, &decorations, &palette)
            } else {
                full(id, &commit, &decorations, &palette).join("\n")
            };
            let written = if let Some(graph) = &mut graph {
                if !args.oneline {
                    text.push_str("\n\n");
                }
                out.text(graph_rows(graph, *id, &commit.parents, text))
            } else {
                let gap = if args.oneline || number == 0 {
                    ""
                } else {
                    "\n"
                };
                out.text(format_args!("{gap}{text}\n"))
            };
            written.map_err(stdout_error)?;
        }
        Ok(())
    })
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
