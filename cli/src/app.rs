//! The command line's root: global options, dispatch, and how a run ends.

use std::ffi::OsString;
use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgAction, ColorChoice, CommandFactory as _, FromArgMatches as _, Parser};

use crate::commands::Command;
use crate::ui::completion;
use crate::ui::context::Context;
use crate::ui::environment::Environment;
use crate::ui::error::{CliError, ErrorKind};
use crate::ui::interrupt::announce;
use crate::ui::printer::{Printer, PrinterOptions, Verbosity};
use crate::ui::usage_error::{for_programs, with_tips};

/// What stands before a shell's request for completion, where no command line has it.
const COMPLETION_MARK: &str = "--";

/// A version-control client: commit locally, push and clone through one mpack.
///
/// A repository is a directory with `.muse` in it. There is no staging area: `muse commit` records
/// the files as they are, but for what `.museignore` and `.gitignore` leave out. What is committed
/// is sent with `muse push` and brought with `muse clone` and `muse pull`.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  muse clone https://hub.example/ada/notes
    Copy a repository into the new directory `notes`.
  muse switch -c topic
    Make a branch, and go to it.
  muse commit -m 'Say hello'
    Commit all changes.
  muse push -u origin topic
    Send the branch, and follow it from then on.")]
#[command(name = "muse", version, propagate_version = true, max_term_width = 100)]
pub struct App {
    #[command(flatten)]
    global: GlobalArgs,
    #[command(subcommand)]
    command: Command,
}

/// Options that every command takes.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Global options")]
struct GlobalArgs {
    /// Work as if started in DIR; given before the command.
    #[arg(short = 'C', value_name = "DIR")]
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
    let args: Vec<OsString> = args.into_iter().collect();
    if let (Some(shell), [_, mark, request @ ..]) = (&environment.completing_shell, &*args)
        && mark == COMPLETION_MARK
    {
        complete(shell, request, environment.clone());
        return ExitCode::SUCCESS;
    }
    let mut root = App::command();
    if environment.no_color {
        root = root.color(ColorChoice::Never);
    }
    let parsed = root.try_get_matches_from_mut(&args).and_then(|matches| {
        let activity = activity(&matches);
        Ok((App::from_arg_matches(&matches)?, activity))
    });
    let (app, activity) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return end_unparsed(error, &root, &args, &environment),
    };
    let printer = Printer::new(app.global.printer_options(&environment));
    let directory = match app.global.directory() {
        Ok(directory) => directory,
        Err(error) => {
            printer.error(&error);
            return ExitCode::from(error.kind.exit_code());
        }
    };
    announce(&activity, app.global.json);
    let progress_allowed = !app.global.no_progress && !app.global.quiet;
    let context = Context::new(printer, activity, environment, directory, progress_allowed);
    let result = app
        .command
        .run(&context)
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

/// Answers a shell that asks what can complete a command line. Whatever goes wrong, nothing is
/// printed but the answer: the shell's own line is on the screen.
fn complete(shell: &str, request: &[OsString], environment: Environment) {
    std::panic::set_hook(Box::new(|_| ()));
    let answer = std::panic::catch_unwind(|| {
        let text = |argument: &OsString| argument.to_string_lossy().into_owned();
        let request: Vec<String> = request.iter().map(text).collect();
        let request = completion::Request::parse(shell, &request)?;
        let directory = std::env::current_dir().ok()?;
        let root = App::command();
        Some(completion::answer(root, &request, environment, &directory))
    });
    if let Ok(Some(answer)) = answer {
        // Nobody is told that nobody reads it.
        let _ = std::io::stdout().write_all(&answer);
    }
}

/// Ends a run whose command line was not understood, or asks for help or the version.
fn end_unparsed(
    error: clap::Error,
    root: &clap::Command,
    args: &[OsString],
    environment: &Environment,
) -> ExitCode {
    if !error.use_stderr() {
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let words = || args.iter().skip(1).filter_map(|arg| arg.to_str());
    let command = words().find_map(|word| root.find_subcommand(word));
    let error = with_tips(error, command.map(clap::Command::get_name));
    let before_values = || words().take_while(|word| *word != "--");
    if before_values().any(|word| word == "--json") {
        let global = GlobalArgs {
            json: true,
            ..GlobalArgs::default()
        };
        Printer::new(global.printer_options(environment)).error(&for_programs(&error));
    } else {
        let _ = error.print();
    }
    ExitCode::from(ErrorKind::Usage.exit_code())
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
    use crate::ui::usage_error::{GIT_COMMANDS, GIT_OPTIONS};

    fn refused(line: &str) -> clap::Error {
        let error = App::try_parse_from(line.split(' ')).expect_err("a wrong command line");
        with_tips(error, line.split(' ').nth(1))
    }

    #[test]
    fn who_knows_git_is_told_what_does_the_same() {
        insta::assert_snapshot!(refused("muse add file"), @r"
        error: unrecognized subcommand 'add'

          tip: there is no staging area: `muse commit` records all changes

        For more information, try '--help'.
        ");
        insta::assert_snapshot!(refused("muse diff --cached"), @r"
        error: unexpected argument '--cached' found

          tip: there is no staging area: `muse diff` shows what `muse commit` would record

        For more information, try '--help'.
        ");
        let other = refused("muse log --nothing").to_string();
        assert!(!other.contains("as a value"), "{other}");
    }

    #[test]
    fn no_tip_is_about_a_command_that_there_is() {
        for (name, _) in GIT_COMMANDS {
            assert!(App::command().find_subcommand(name).is_none(), "{name}");
        }
        for (command, option, _) in GIT_OPTIONS {
            let line = format!("muse {command} {option}");
            let kind = refused(&line).kind();
            assert_eq!(kind, clap::error::ErrorKind::UnknownArgument, "{line}");
        }
    }

    #[test]
    fn programs_are_told_of_a_wrong_command_line_in_one_line() {
        let error = for_programs(&refused("muse switch"));
        assert_eq!(error.kind, ErrorKind::Usage);
        assert_eq!(
            error.message,
            "the following required arguments were not provided: <NAME>"
        );
        let usage = "Usage: muse switch <NAME> [START]";
        assert_eq!(error.hints[0], usage);
    }

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
