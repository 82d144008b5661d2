//! `muse bisect`.

use std::io;
use std::process::Command;

use muse_wire::id::CommitId;
use serde_json::json;

use crate::bisect::{BisectError, Next, judge, reset, start};
use crate::commands::switch::warn_of_commits_left_behind;
use crate::repository::{Head, Repository, Verdict};
use crate::ui::completion::Completes;
use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::ui::quantity::counted;

/// The exit code of a command that says that the commit cannot be tried.
const SKIP_CODE: i32 = 125;

/// Arguments of `muse bisect`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  muse bisect start HEAD v1.0
    Begin: the current commit is bad, the tag was good.
  muse bisect run cargo test
    Let a command find the first bad commit.")]
pub struct BisectArgs {
    #[command(subcommand)]
    command: BisectCommand,
}

#[derive(Debug, clap::Subcommand)]
enum BisectCommand {
    /// Start, with a bad commit and good ones if they are known.
    #[command(after_help = "Examples:
  muse bisect start HEAD v1.0
    Begin: the current commit is bad, the tag was good.")]
    Start {
        /// A commit that is broken.
        #[arg(add = Completes::Revision)]
        bad: Option<String>,
        /// Commits that are not.
        #[arg(add = Completes::Revision)]
        good: Vec<String>,
    },
    /// The commit is not broken.
    #[command(after_help = "Examples:
  muse bisect good
    Call the current commit good, and check out the next one.")]
    Good {
        /// The commit; the current one unless given.
        #[arg(
            value_name = "REV",
            default_value = "HEAD",
            hide_default_value = true,
            add = Completes::Revision
        )]
        revision: String,
    },
    /// The commit is broken.
    #[command(after_help = "Examples:
  muse bisect bad
    Call the current commit bad, and check out the next one.")]
    Bad {
        /// The commit; the current one unless given.
        #[arg(
            value_name = "REV",
            default_value = "HEAD",
            hide_default_value = true,
            add = Completes::Revision
        )]
        revision: String,
    },
    /// The commit cannot be tried.
    #[command(after_help = "Examples:
  muse bisect skip
    Leave out a commit that cannot be tried.")]
    Skip {
        /// The commit; the current one unless given.
        #[arg(
            value_name = "REV",
            default_value = "HEAD",
            hide_default_value = true,
            add = Completes::Revision
        )]
        revision: String,
    },
    /// Run a command on one commit after the other until the first bad one is found.
    ///
    /// The command says what the commit is by its exit code: 0 good, 125 cannot be tried, any other
    /// from 1 to 127 bad. Anything else stops.
    #[command(after_help = "Examples:
  muse bisect run cargo test --quiet
    Try commits until the first bad one is found.")]
    Run {
        /// The command with its arguments.
        #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<String>,
    },
    /// Show what was found out so far.
    #[command(after_help = "Examples:
  muse bisect log
    Print what was said so far.")]
    Log,
    /// End, and go back to where HEAD was.
    #[command(after_help = "Examples:
  muse bisect reset
    End, and go back to where it began.")]
    Reset,
}

/// Finds the commit that broke something.
///
/// # Errors
/// If a revision is unknown, no bisection is under way, or local changes are in the way.
pub fn run(context: &Context, args: BisectArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    let judged = |revision: &str, verdict| -> Result<(), CliError> {
        let commit = repository.resolve(revision)?;
        let next = judge(&repository, commit, verdict, context)?;
        print(context, &repository, &next)
    };
    match args.command {
        BisectCommand::Start { bad, good } => {
            let bad = bad.map(|bad| repository.resolve(&bad)).transpose()?;
            let good: Vec<CommitId> = good
                .iter()
                .map(|good| repository.resolve(good))
                .collect::<Result<_, _>>()?;
            let next = start(&repository, bad, good, context)?;
            print(context, &repository, &next)
        }
        BisectCommand::Good { revision } => judged(&revision, Verdict::Good),
        BisectCommand::Bad { revision } => judged(&revision, Verdict::Bad),
        BisectCommand::Skip { revision } => judged(&revision, Verdict::Skip),
        BisectCommand::Run { command } => try_all(context, &repository, &command),
        BisectCommand::Log => log(context, &repository),
        BisectCommand::Reset => {
            let switched = reset(&repository, context)?;
            if context.json() {
                return context.printer.json(&json!({"head": switched.head}));
            }
            let place = match &switched.head {
                Head::Branch(name) => name.short().to_owned(),
                Head::Detached(commit) => commit.short(),
            };
            context.printer.note(format_args!("Back at {place}"));
            warn_of_commits_left_behind(context, &repository, &switched.left_behind)
        }
    }
}

/// Lets the command try the current commit, then each that follows from it.
fn try_all(context: &Context, repository: &Repository, command: &[String]) -> Result<(), CliError> {
    let bisection = repository.bisection.read()?;
    let bisection = bisection.ok_or(BisectError::NotStarted)?;
    let has_good = !bisection.found_to_be(Verdict::Good).is_empty();
    let has_bad = bisection.bad().is_some();
    if !has_good || !has_bad {
        return Err(needs_both(has_good, has_bad));
    }
    let mut commit = repository.resolve("HEAD")?;
    loop {
        let verdict = try_one(context, repository, command)?;
        let next = judge(repository, commit, verdict, context)?;
        print(context, repository, &next)?;
        match next {
            Next::Try { commit: next, .. } => commit = next,
            Next::Undecided(_) => {
                return Err(CliError::failed("too few commits can be tried to tell"));
            }
            _ => return Ok(()),
        }
    }
}

fn try_one(
    context: &Context,
    repository: &Repository,
    command: &[String],
) -> Result<Verdict, CliError> {
    context
        .printer
        .note(format_args!("Running {}", command.join(" ")));
    let mut tried = Command::new(&command[0]);
    tried
        .args(&command[1..])
        .current_dir(repository.layout.root());
    if context.json() {
        // On standard output programs read JSON.
        tried.stdout(io::stderr());
    }
    let status = tried
        .status()
        .map_err(|error| CliError::io(format!("cannot run {}", command[0]), error))?;
    match status.code() {
        Some(0) => Ok(Verdict::Good),
        Some(SKIP_CODE) => Ok(Verdict::Skip),
        Some(1..=127) => Ok(Verdict::Bad),
        _ => Err(CliError::failed(format!(
            "{} ended with {status}, which says nothing about the commit",
            command[0]
        ))
        .with_hint("`muse bisect good`, `bad` or `skip` says it")),
    }
}

fn needs_both(has_good: bool, has_bad: bool) -> CliError {
    let mut error = CliError::failed("a good and a bad commit must be known first");
    if !has_good {
        error = error.with_hint("`muse bisect good REV` names a good one");
    }
    if !has_bad {
        error = error.with_hint("`muse bisect bad REV` names a bad one");
    }
    error
}

fn print(context: &Context, repository: &Repository, next: &Next) -> Result<(), CliError> {
    if context.json() {
        return context.printer.json(&match next {
            Next::NeedsBoth { has_good, has_bad } => {
                json!({"state": "waiting", "has_good": has_good, "has_bad": has_bad})
            }
            Next::Try { commit, left } => {
                json!({"state": "try", "commit": commit, "left": left})
            }
            Next::Found(commit) => json!({"state": "found", "commit": commit}),
            Next::Undecided(commits) => json!({"state": "undecided", "commits": commits}),
        });
    }
    let line = |id: &CommitId| line(repository, id);
    match next {
        Next::NeedsBoth { has_good, has_bad } => {
            let text = match (has_good, has_bad) {
                (false, false) => "name a good and a bad commit",
                (false, true) => "name a good commit: `muse bisect good REV`",
                _ => "name a bad commit: `muse bisect bad [REV]`",
            };
            context.printer.note(format_args!("Next, {text}"));
        }
        Next::Try { commit, left } => {
            let commits = counted(*left as u64, "commit");
            context.printer.note(format_args!(
                "Try {}: one of {commits} is the first bad one",
                line(commit)?
            ));
        }
        Next::Found(commit) => {
            context
                .printer
                .report(format_args!("{} is the first bad commit", line(commit)?))?;
            context
                .printer
                .note("`muse bisect reset` goes back to where HEAD was");
        }
        Next::Undecided(commits) => {
            context
                .printer
                .report("One of these is the first bad commit; the rest cannot be tried:")?;
            for commit in commits {
                context
                    .printer
                    .report(format_args!("  {}", line(commit)?))?;
            }
        }
    }
    Ok(())
}

fn log(context: &Context, repository: &Repository) -> Result<(), CliError> {
    let bisection = repository.bisection.read()?;
    let bisection = bisection.ok_or(BisectError::NotStarted)?;
    if context.json() {
        return context.printer.json(&json!(bisection));
    }
    for finding in &bisection.findings {
        let line = line(repository, &finding.commit)?;
        let verdict = finding.verdict.to_string();
        context.printer.line(format_args!("{verdict:<4}  {line}"))?;
    }
    Ok(())
}

/// A commit in one line.
fn line(repository: &Repository, id: &CommitId) -> Result<String, CliError> {
    let commit = repository.objects.commit(id)?;
    Ok(format!("{} {}", id.short(), commit.subject()))
}
