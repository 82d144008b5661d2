//! `muse rebase`.

use crate::integrate::{Rebasing, rebase};
use crate::repository::{Action, Repository};
use crate::ui::completion::Completes;
use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::ui::outcome::{report, report_up_to_date};
use crate::ui::resume_args::{ResumeArgs, committer, skip};

/// Arguments of `muse rebase`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  muse rebase main
    Make the commits of the current branch again on top of `main`.
  muse rebase --onto main old-base
    Take only those that `old-base` lacks.")]
pub struct RebaseArgs {
    /// The branch, tag or commit on top of which the commits are made again. Commits that it has
    /// are left out.
    #[arg(
        value_name = "REV",
        add = Completes::Revision,
        required_unless_present_any = ["resume", "skip"],
        conflicts_with_all = ["resume", "skip"]
    )]
    revision: Option<String>,
    /// Make the commits on top of this one, instead of REV.
    #[arg(long, value_name = "REV", add = Completes::Revision, requires = "revision")]
    onto: Option<String>,
    /// Leave out the commit that is in conflict, and go on.
    #[arg(long, conflicts_with = "resume")]
    skip: bool,
    #[command(flatten)]
    resume: ResumeArgs,
}

/// Makes the commits of the current branch again on top of another one.
///
/// # Errors
/// If a revision is unknown, there are local changes, or there are conflicts.
pub fn run(context: &Context, args: RebaseArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    let action = Action::Rebase;
    if let Some(resumed) = args.resume.run(context, &repository, action, None) {
        return resumed;
    }
    if args.skip {
        return skip(context, &repository, action);
    }
    let upstream = repository.resolve(&args.revision.unwrap_or_default())?;
    let onto = args
        .onto
        .map(|onto| repository.resolve(&onto))
        .transpose()?;
    let committer = committer(context, &repository, None)?;
    let rebasing = rebase(&repository, upstream, onto, &committer, context)?;
    report_rebasing(context, &repository, &rebasing)
}

/// Says what a rebase did.
///
/// # Errors
/// If it stopped at a conflict.
pub fn report_rebasing(
    context: &Context,
    repository: &Repository,
    rebasing: &Rebasing,
) -> Result<(), CliError> {
    match rebasing {
        Rebasing::UpToDate => report_up_to_date(context),
        Rebasing::Rebased(outcome) => report(context, repository, outcome),
    }
}
