//! Wrong command lines: clap's own words, with tips for people who know git.

use clap::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind as ClapErrorKind};

use super::error::CliError;

/// Commands of git, and what does the same here.
pub const GIT_COMMANDS: &[(&str, &str)] = &[
    ("add", NO_STAGING_AREA),
    ("br", "`muse branch` lists and makes branches"),
    (
        "cat-file",
        "`muse show REV:PATH` prints a file, `muse show REV` a commit",
    ),
    ("ci", "`muse commit` records all changes"),
    (
        "co",
        "`muse switch` changes the branch, `muse restore` brings files back",
    ),
    (
        "ls-remote",
        "`muse fetch`, then `muse branch -r`, lists the branches of a remote",
    ),
    (
        "mv",
        "move the file; `muse commit` records that, and history follows it",
    ),
    ("prune", "`muse gc` removes what nothing needs"),
    ("rm", "remove the file; `muse commit` records that"),
    ("st", "`muse status` shows what changed"),
    ("stage", NO_STAGING_AREA),
    ("unstage", NO_STAGING_AREA),
    ("update-index", NO_STAGING_AREA),
    (
        "worktree",
        "a clone is another work tree: `muse clone PATH DIRECTORY`",
    ),
];

/// Options of git, each with its command, and what does the same here.
pub const GIT_OPTIONS: &[(&str, &str, &str)] = &[
    ("diff", "--cached", NO_STAGED_CHANGES),
    ("diff", "--staged", NO_STAGED_CHANGES),
    ("restore", "--staged", NO_STAGING_AREA),
];

const NO_STAGING_AREA: &str = "there is no staging area: `muse commit` records all changes";
const NO_STAGED_CHANGES: &str =
    "there is no staging area: `muse diff` shows what `muse commit` would record";

/// The error of a command line, with the tips that help. `command` is the name of the command in
/// it, where there is one.
pub fn with_tips(mut error: Error, command: Option<&str>) -> Error {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    };
    let tip = match error.kind() {
        ClapErrorKind::InvalidSubcommand => {
            let name = text(ContextKind::InvalidSubcommand);
            let known = |(git, _): &&(&str, _)| Some(*git) == name.as_deref();
            GIT_COMMANDS.iter().find(known).map(|(_, tip)| *tip)
        }
        ClapErrorKind::UnknownArgument => {
            let option = text(ContextKind::InvalidArg);
            // That it can be passed as a value nobody wants to know.
            error.remove(ContextKind::Suggested);
            let known = |(of, git, _): &&(&str, &str, _)| {
                Some(*of) == command && Some(*git) == option.as_deref()
            };
            GIT_OPTIONS.iter().find(known).map(|(.., tip)| *tip)
        }
        _ => None,
    };
    if let Some(tip) = tip {
        let suggestions = [
            ContextKind::SuggestedSubcommand,
            ContextKind::SuggestedArg,
            // It has the suggestion in it.
            ContextKind::Usage,
        ];
        for suggestion in suggestions {
            error.remove(suggestion);
        }
        let tips = vec![tip.to_owned().into()];
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(tips));
    }
    error
}

/// The error as programs are told it.
pub fn for_programs(error: &Error) -> CliError {
    let text = error.render().to_string();
    let mut parts = text.split("\n\n").map(one_line);
    let message = parts.next().unwrap_or_default();
    let message = message.strip_prefix("error: ").unwrap_or(&message);
    parts.fold(CliError::usage(message), |error, part| {
        match part.strip_prefix("tip: ").unwrap_or(&part) {
            "" => error,
            hint => error.with_hint(hint),
        }
    })
}

/// The lines of a part as one.
fn one_line(part: &str) -> String {
    let lines: Vec<&str> = part.lines().map(str::trim).collect();
    lines.join(" ").trim().to_owned()
}
