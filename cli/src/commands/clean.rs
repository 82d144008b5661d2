//! `muse clean`.

use std::path::{Path, PathBuf};

use muse_wire::quote::quote_bytes;

use crate::ui::completion::Completes;
use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::worktree::{CleanOptions, CleanPlan, clean, plan_clean};

/// Arguments of `muse clean`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  muse clean -n
    List what would be removed.
  muse clean -f -d -x
    Remove all that the last commit does not have.")]
pub struct CleanArgs {
    /// Only these, directories with all that is in them; without any, what is below the current
    /// directory.
    #[arg(value_name = "PATH", add = Completes::NewPath)]
    paths: Vec<PathBuf>,
    /// Only show what would go.
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Remove it.
    #[arg(short, long)]
    force: bool,
    /// Remove whole directories, too. This goes without saying for those that are named.
    #[arg(short)]
    directories: bool,
    /// Remove what is ignored, too.
    #[arg(short = 'x')]
    ignored: bool,
}

/// Removes files that the last commit does not have.
///
/// # Errors
/// If neither `-f` nor `-n` is given, or something cannot be removed.
pub fn run(context: &Context, args: CleanArgs) -> Result<(), CliError> {
    if !args.force && !args.dry_run {
        return Err(CliError::usage(
            "what is removed here cannot be brought back: say -f to remove it",
        )
        .with_hint("`muse clean -n` shows what would go"));
    }
    let repository = context.repository()?;
    let mut paths = Vec::new();
    for path in &args.paths {
        paths.push(context.path_in(&repository, path)?);
    }
    if paths.is_empty() {
        let here = context.path_in(&repository, Path::new("."))?;
        paths.push(match here.is_empty() {
            true => here,
            false => here + "/",
        });
    }
    let options = CleanOptions {
        directories: args.directories || !args.paths.is_empty(),
        ignored: args.ignored,
        paths,
    };
    let plan = match args.dry_run {
        true => plan_clean(&repository, &options)?,
        false => clean(&mut repository.lock()?, &options)?,
    };
    print(context, &plan, args.dry_run)
}

fn print(context: &Context, plan: &CleanPlan, is_dry_run: bool) -> Result<(), CliError> {
    let printer = &context.printer;
    for warning in &plan.warnings {
        printer.warn(warning);
    }
    if context.json() {
        let paths = |paths: &[Vec<u8>]| -> Vec<_> {
            let text = |path: &Vec<u8>| match str::from_utf8(path) {
                Ok(path) => path.to_owned(),
                Err(_) => quote_bytes(path).into_owned(),
            };
            paths.iter().map(text).collect()
        };
        return printer.json(&serde_json::json!({
            "dry_run": is_dry_run,
            "removed": paths(&plan.paths),
            "repositories": paths(&plan.repositories),
        }));
    }
    for path in &plan.paths {
        let path = quote_bytes(path);
        match is_dry_run {
            true => printer.line(format_args!("Would remove {path}"))?,
            false => printer.report(format_args!("Removed {path}"))?,
        }
    }
    for path in &plan.repositories {
        printer.note(format_args!(
            "{} stays: it is a repository of its own",
            quote_bytes(path)
        ));
    }
    Ok(())
}
