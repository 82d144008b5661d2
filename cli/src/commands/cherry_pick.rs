//! `muse cherry-pick`.

use crate::history::{RangeOrder, commits_named};
use crate::integrate::{self, cherry_pick};
use crate::repository::Action;
use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::ui::outcome::report;
use crate::ui::resume_args::{ResumeArgs, committer};

/// Arguments of `muse cherry-pick`.
#[derive(Debug, clap::Args)]
pub struct CherryPickArgs {
    /// Commits whose changes are made again, in this order; `A..B` for those that B has and A
    /// lacks.
    #[arg(
        value_name = "REV",
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

/// Makes the changes of commits again on the current branch.
///
/// # Errors
/// If a revision is unknown, local changes are in the way, or there are conflicts.
pub fn run(context: &Context, args: CherryPickArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    let action = Action::CherryPick;
    if let Some(resumed) = args.resume.run(context, &repository, action, None) {
        return resumed;
    }
    let committer = committer(context, &repository)?;
    let outcome = if args.skip {
        integrate::skip(&repository, action, &committer, context)?
    } else {
        let order = RangeOrder::OldestFirst;
        let commits = commits_named(&repository, &args.revisions, order)?;
        cherry_pick(&repository, commits, args.mainline, &committer, context)?
    };
    report(context, &repository, &outcome)
}
