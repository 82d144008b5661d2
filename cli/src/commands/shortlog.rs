//! `muse shortlog`.

use std::cmp::Reverse;

use crate::history::{LogOrder, by_author, log};
use crate::ui::completion::Completes;
use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::ui::escape::one_line;
use crate::ui::log_query::FilterArgs;
use crate::ui::pager::paged;
use crate::ui::printer::stdout_error;

/// Arguments of `muse shortlog`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  muse shortlog -n -s v1.0..
    Count each author's commits since the tag, the most first.")]
pub struct ShortlogArgs {
    /// Where to start: branches, tags or commits, `A..B` or `A...B`; then paths, as for `muse log`.
    #[arg(value_name = "REV|PATH", add = Completes::RevisionOrPath)]
    arguments: Vec<String>,
    /// Paths, if one could be mistaken for a revision or is gone.
    #[arg(last = true, value_name = "PATH", add = Completes::CommittedPath)]
    paths: Vec<String>,
    /// Those with the most commits first, instead of by name.
    #[arg(short, long)]
    numbered: bool,
    /// Print only how many commits there are.
    #[arg(short, long)]
    summary: bool,
    /// Tell authors of one name apart by their e-mail addresses, and show these.
    #[arg(short, long)]
    email: bool,
    #[command(flatten)]
    filter: FilterArgs,
}

/// Lists commits by author.
///
/// # Errors
/// If a revision is unknown or history cannot be read.
pub fn run(context: &Context, args: ShortlogArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    let query = args.filter.resolve(
        context,
        &repository,
        args.arguments,
        args.paths,
        LogOrder::Time,
    )?;
    let mut authors = by_author(log(&repository, &query)?, args.email)?;
    if args.numbered {
        authors.sort_by_key(|author| Reverse(author.subjects.len()));
    }
    if context.json() {
        for author in &authors {
            let mut json = serde_json::json!({
                "author": author.author,
                "count": author.subjects.len(),
            });
            if !args.summary {
                json["subjects"] = author.subjects.clone().into();
            }
            context.printer.json(&json)?;
        }
        return Ok(());
    }
    paged(context, |out| {
        for author in &authors {
            let (name, count) = (one_line(&author.author), author.subjects.len());
            if args.summary {
                out.text(format_args!("{count:>6}\t{name}\n"))
                    .map_err(stdout_error)?;
                continue;
            }
            out.text(format_args!("{name} ({count}):\n"))
                .map_err(stdout_error)?;
            for subject in &author.subjects {
                out.text(format_args!("      {}\n", one_line(subject)))
                    .map_err(stdout_error)?;
            }
            out.text("\n").map_err(stdout_error)?;
        }
        Ok(())
    })
}
