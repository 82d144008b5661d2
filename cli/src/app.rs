//! The command line's root: global options, dispatch, and how a run ends.

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgAction, ColorChoice, CommandFactory as _, FromArgMatches as _, Parser};

use crate::commands::Command;
use crate::ui::context::Context;
use crate::ui::environment::Environment;
use crate::ui::error::{CliError, ErrorKind};
use crate::ui::printer::{Printer, PrinterOptions, Verbosity};

/// A version-control client: commit locally, push and clone through one mpack.
///
/// A repository is a directory with `.muse` in it. There is no staging area: `muse commit` records
/// the files as they are, but for what `.museignore` and `.gitignore` leave out. What is committed
/// is sent with `muse push` and brought with `muse clone` and `muse pull`.
#[derive(Debug, Parser)]
#[command(name = "muse", version, propagate_version = true, max_term_width = 100)]
pub struct App {
    #[command(flatten)]
    global: GlobalArgs,
    #[command(subcommand)]
    command: Command,
}

/// Options that every command takes.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Global options")]
struct GlobalArgs {
    /// Work as if started in DIR.
    #[arg(short = 'C', value_name = "DIR", global = true)]
    start_directory: Option<PathBuf>,
    /// Print each step with its figures on stderr, too; twice, say more in lists.
    #[arg(
        short,
        long,
        global = true,
        action = ArgAction::Count,
        conflicts_with = "quiet"
    )]
    verbose: u8,
    /// Print only results, warnings and errors.
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Print results as JSON, and errors and progress as JSON Lines on stderr.
    #[arg(long, global = true)]
    json: bool,
    /// Show no progress bars.
    #[arg(long, global = true)]
    no_progress: bool,
    /// When to use colour.
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "auto",
        global = true,
        hide_default_value = true
    )]
    color: ColorChoice,
}

/// Runs the command line `args` (the program's name first) with the process's environment and
/// streams.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let environment = Environment::read();
    let mut root = App::command();
    if environment.no_color {
        root = root.color(ColorChoice::Never);
    }
    let (app, activity) = match root.try_get_matches_from(args).and_then(|matches| {
        let activity = activity(&matches);
        Ok((App::from_arg_matches(&matches)?, activity))
    }) {
        Ok(parsed) => parsed,
        Err(error) => {
            // Help and version go to stdout with code 0, the rest to stderr with code 2.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() {
                ErrorKind::Usage.exit_code()
            } else {
                0
            });
        }
    };
    let printer = Printer::new(app.global.printer_options(&environment));
    let directory = match app.global.directory() {
        Ok(directory) => directory,
        Err(error) => {
            printer.error(&error);
            return ExitCode::from(error.kind.exit_code());
        }
    };
    let progress_allowed = !app.global.no_progress && !app.global.quiet;
    let context = Context::new(printer, activity, environment, directory, progress_allowed);
    let result = app
        .command
        .run(&context, App::command)
        .and_then(|()| context.printer.flush());
    context.warn_of_damage(result.as_ref().err());
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if !error.is_quiet() {
                // The reader also gets what was printed before the failure.
                let _ = context.printer.flush();
                context.printer.error(&error);
            }
            ExitCode::from(error.kind.exit_code())
        }
    }
}

/// The command without its arguments, such as `muse import git`.
fn activity(matches: &clap::ArgMatches) -> String {
    let mut activity = "muse".to_owned();
    let mut below = matches.subcommand();
    while let Some((name, matches)) = below {
        activity.push(' ');
        activity.push_str(name);
        below = matches.subcommand();
    }
    activity
}

impl GlobalArgs {
    fn printer_options(&self, environment: &Environment) -> PrinterOptions {
        let color = |is_terminal: bool| match self.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => is_terminal && !environment.no_color,
        };
        PrinterOptions {
            verbosity: match self.verbose {
                _ if self.quiet => Verbosity::Quiet,
                0 => Verbosity::Normal,
                1 => Verbosity::Verbose,
                _ => Verbosity::Thorough,
            },
            json: self.json,
            stdout_is_terminal: std::io::stdout().is_terminal(),
            color_stdout: color(std::io::stdout().is_terminal()),
            color_stderr: color(std::io::stderr().is_terminal()),
        }
    }

    fn directory(&self) -> Result<PathBuf, CliError> {
        let current = std::env::current_dir()
            .map_err(|error| CliError::io("cannot tell the current directory", error))?;
        match &self.start_directory {
            None => Ok(current),
            Some(directory) => {
                let directory = current.join(directory);
                if !directory.is_dir() {
                    return Err(CliError::not_found(format!(
                        "{} is not a directory",
                        directory.display()
                    )));
                }
                Ok(directory)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_tree_is_consistent() {
        App::command().debug_assert();
    }

    /// Clap mistakes an argument of a command for a global one if both have the same id.
    #[test]
    fn no_command_reuses_the_id_of_a_global_option() {
        fn check(command: &clap::Command, global: &[clap::Id]) {
            for argument in command.get_arguments() {
                let (id, name) = (argument.get_id(), command.get_name());
                assert!(
                    !global.contains(id),
                    "`{name}` reuses the global option's id {id}"
                );
            }
            for below in command.get_subcommands() {
                check(below, global);
            }
        }
        let app = App::command();
        let global: Vec<clap::Id> = app
            .get_arguments()
            .map(|global| global.get_id().clone())
            .collect();
        app.get_subcommands()
            .for_each(|command| check(command, &global));
    }
}
