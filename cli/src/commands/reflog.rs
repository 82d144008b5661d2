//! `muse reflog`.

use muse_wire::commit::Timestamp;
use muse_wire::id::CommitId;
use muse_wire::name::RefName;
use serde_json::json;

use crate::repository::{Operation, Repository};
use crate::ui::completion::Completes;
use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::ui::pager::paged;
use crate::ui::printer::stdout_error;
use crate::ui::time;

/// Arguments of `muse reflog`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  muse reflog
    Show where HEAD has been.
  muse reflog -n 3 topic
    Show the last three moves of a branch.")]
pub struct ReflogArgs {
    /// A branch, a tag or `remote/branch`; HEAD unless given.
    #[arg(
        value_name = "REF",
        default_value = "HEAD",
        hide_default_value = true,
        add = Completes::Ref
    )]
    name: String,
    /// At most N moves.
    #[arg(short = 'n', long = "max-count", value_name = "N")]
    max_count: Option<usize>,
}

/// One move of a ref or of HEAD.
struct Move {
    new: Option<CommitId>,
    seconds: u64,
    reason: String,
}

/// Shows where HEAD or a ref has been, the latest first.
///
/// # Errors
/// If the ref is unknown, or the log cannot be read.
pub fn run(context: &Context, args: ReflogArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    let mut moves = moves(&repository, &args.name)?;
    moves.truncate(args.max_count.unwrap_or(usize::MAX));
    if context.json() {
        for (number, moved) in moves.iter().enumerate() {
            context.printer.json(&json!({
                "ref": format!("{}@{{{number}}}", args.name),
                "commit": moved.new,
                "time": time::format_rfc3339(timestamp(moved.seconds)),
                "reason": moved.reason,
            }))?;
        }
        return Ok(());
    }
    let style = context.printer.palette().id;
    paged(context, |out| {
        for (number, moved) in moves.iter().enumerate() {
            let id = moved.new.map_or("-".to_owned(), |id| id.short());
            let time = time::format(timestamp(moved.seconds));
            let (name, reason) = (&args.name, &moved.reason);
            out.text(format_args!(
                "{style}{id:12}{style:#} {name}@{{{number}}}  {time}  {reason}\n"
            ))
            .map_err(stdout_error)?;
        }
        Ok(())
    })
}

fn moves(repository: &Repository, name: &str) -> Result<Vec<Move>, CliError> {
    let reflog = repository.refs.reflog()?;
    let operations = reflog.operations();
    if name == "HEAD" {
        let of_head = |operation: Operation| {
            let moved = operation.old_head != operation.new_head;
            moved.then_some(Move {
                new: operation.new_head.commit,
                seconds: operation.seconds,
                reason: operation.reason,
            })
        };
        return Ok(operations.filter_map(of_head).collect());
    }
    let candidates = RefName::candidates(name);
    // What is gone, the log still knows.
    let of_ref = |wanted: &RefName| -> Vec<Move> {
        let moves = reflog.operations().filter_map(|operation| {
            let mut moves = operation.moves.into_iter();
            let moved = moves.find(|moved| moved.name == *wanted)?;
            Some(Move {
                new: moved.new,
                seconds: operation.seconds,
                reason: operation.reason,
            })
        });
        moves.collect()
    };
    let mut known = candidates.iter().map(of_ref);
    known
        .find(|moves| !moves.is_empty())
        .ok_or_else(|| CliError::not_found(format!("the reflog knows no ref {name}")))
}

/// The log has no time zones.
fn timestamp(seconds: u64) -> Timestamp {
    Timestamp {
        seconds: i64::try_from(seconds).unwrap_or(i64::MAX),
        offset_minutes: 0,
    }
}
