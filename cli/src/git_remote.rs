//! `git-remote-muse`, which git runs for addresses such as `muse::https://hub.example/ada/engine`.
//!
//! Git asks on standard input and is answered on standard output, in lines (`request`). What git
//! wants to know of the remote is found out with a muse repository that `session` keeps inside of
//! git's, in `GIT_DIR/muse/remotes`: a fetch brings there what is new on the remote, and exports it
//! to git; a push imports it from git, and pushes it.

mod request;
mod session;

use std::ffi::OsString;
use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use self::session::Session;
use crate::ui::context::Context;
use crate::ui::environment::Environment;
use crate::ui::error::CliError;
use crate::ui::interrupt::announce;
use crate::ui::printer::{Printer, PrinterOptions, Verbosity};

/// What this program is called, in messages.
const NAME: &str = "git-remote-muse";

/// Where git says that its repository is.
const GIT_DIR: &str = "GIT_DIR";

/// Lets git clone from, fetch from and push to muse repositories.
///
/// Git runs it for addresses that begin with `muse::`, such as
/// `git clone muse::https://hub.example/ada/engine`. It has to be in a directory of PATH.
#[derive(Debug, Parser)]
#[command(name = NAME, version, max_term_width = 100)]
#[command(after_help = "Examples:
  git clone muse::https://hub.example/ada/engine
    Clone a muse repository.
  git remote add hub muse::https://hub.example/ada/engine
    Let git fetch from it and push to it.
  git push hub main
    Push a branch.")]
pub struct Helper {
    /// The remote's name, or its address.
    remote: String,
    /// The remote's address, as `muse clone` takes it.
    address: Option<String>,
}

/// Runs the helper with the command line `args` (the program's name first), the process's
/// environment and its streams.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let helper = match Helper::try_parse_from(args) {
        Ok(helper) => helper,
        Err(error) => error.exit(),
    };
    let environment = Environment::read();
    let color = io::stderr().is_terminal() && !environment.no_color;
    let printer = || {
        Printer::new(PrinterOptions {
            verbosity: Verbosity::Normal,
            json: false,
            stdout_is_terminal: false,
            color_stdout: false,
            color_stderr: color,
        })
    };
    announce(NAME, false);
    let answered = directories().and_then(|(current, git)| {
        let context = Context::new(printer(), NAME.to_owned(), environment, current, true);
        let address = helper.address.unwrap_or(helper.remote);
        Session::new(context, &git, &address)?.answer(io::stdin().lock(), io::stdout().lock())
    });
    match answered {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            printer().error(&error);
            ExitCode::from(error.kind.exit_code())
        }
    }
}

/// The current directory, and git's repository.
fn directories() -> Result<(PathBuf, PathBuf), CliError> {
    let current = std::env::current_dir()
        .map_err(|error| CliError::io("cannot tell the current directory", error))?;
    let git = std::env::var_os(GIT_DIR).ok_or_else(|| {
        CliError::usage(format!("{GIT_DIR} is not set"))
            .with_hint("git runs this program: `git clone muse::URL`")
    })?;
    let git = current.join(git);
    Ok((current, git))
}
