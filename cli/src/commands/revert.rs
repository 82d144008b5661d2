//! `muse revert`.

use crate::history::{RangeOrder, commits_named};
use crate::integrate::{self, revert};
use crate::repository::Action;
use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::ui::outcome::report;
use crate::ui::resume_args::{ResumeArgs, committer};

/// Arguments of `muse revert`.
#[derive(Debug, clap::Args)]
pub struct RevertArgs {
    /// Commits whose changes are taken back, in this order; `A..B` for those that B has and A
    /// lacks, the newest first.
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

/// Takes the changes of commits back on the current branch.
///
/// # Errors
/// If a revision is unknown, local changes are in the way, or there are conflicts.
pub fn run(context: &Context, args: RevertArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    let action = Action::Revert;
    if let Some(resumed) = args.resume.run(context, &repository, action, None) {
        return resumed;
    }
    let committer = committer(context, &repository)?;
    let outcome = if args.skip {
        integrate::skip(&repository, action, &committer, context)?
    } else {
        let order = RangeOrder::NewestFirst;
        let commits = commits_named(&repository, &args.revisions, order)?;
        revert(&repository, commits, args.mainline, &committer, context)?
    };
    report(context, &repository, &outcome)
}
