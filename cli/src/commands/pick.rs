//! `muse cherry-pick` and `muse revert`: the changes of single commits, made again or taken back.

use crate::history::{RangeOrder, commits_named};
use crate::integrate;
use crate::repository::Action;
use crate::ui::completion::Completes;
use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::ui::outcome::report;
use crate::ui::resume_args::{ResumeArgs, committer, skip};

/// Arguments of both commands.
#[derive(Debug, clap::Args)]
pub struct PickArgs {
    /// Commits, in this order; `A..B` for those that B has and A lacks.
    #[arg(
        value_name = "REV",
        add = Completes::Revision,
        required_unless_present_any = ["resume", "skip"],
        conflicts_with_all = ["resume", "skip"]
    )]
    revisions: Vec<String>,
    /// Of a merge, take the changes against its parent number N, counted from 1.
    #[arg(short, long, value_name = "N")]
    mainline: Option<usize>,
    /// Leave out the commit that is in conflict, and go on.
    #[arg(long, conflicts_with = "resume")]
    skip: bool,
    #[command(flatten)]
    resume: ResumeArgs,
}

/// Makes the changes of commits again on the current branch, those of a range oldest first.
///
/// # Errors
/// If a revision is unknown, local changes are in the way, or there are conflicts.
pub fn cherry_pick(context: &Context, args: PickArgs) -> Result<(), CliError> {
    run(context, args, Action::CherryPick)
}

/// Takes the changes of commits back on the current branch, those of a range newest first.
///
/// # Errors
/// As [`cherry_pick`].
pub fn revert(context: &Context, args: PickArgs) -> Result<(), CliError> {
    run(context, args, Action::Revert)
}

fn run(context: &Context, args: PickArgs, action: Action) -> Result<(), CliError> {
    let repository = context.repository()?;
    if let Some(resumed) = args.resume.run(context, &repository, action, None) {
        return resumed;
    }
    if args.skip {
        return skip(context, &repository, action);
    }
    let order = match action {
        Action::Revert => RangeOrder::NewestFirst,
        _ => RangeOrder::OldestFirst,
    };
    let commits = commits_named(&repository, &args.revisions, order)?;
    let committer = committer(context, &repository, None)?;
    let apply = match action {
        Action::Revert => integrate::revert,
        _ => integrate::cherry_pick,
    };
    let outcome = apply(&repository, commits, args.mainline, &committer, context)?;
    report(context, &repository, &outcome)
}
