//! `muse grep`.

use std::path::Path;

use muse_wire::path::RepoPath;
use muse_wire::quote::quote;

use crate::search::{
    FileMatches, FoundLine, Matches, Pattern, PatternOptions, Searched, search_tree,
    search_worktree,
};
use crate::ui::completion::Completes;
use crate::ui::context::Context;
use crate::ui::error::{CliError, ErrorKind};
use crate::ui::output::Output;
use crate::ui::pager::paged;
use crate::ui::palette::Palette;
use crate::ui::printer::stdout_error;
use crate::ui::revisions_and_paths::tell_apart;
use crate::ui::standpoint::Standpoint;

/// Arguments of `muse grep`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  muse grep -n 'fn main'
    Search all files, and print the numbers of lines.
  muse grep -l -i todo v1.0 -- src
    Name the files below `src` that had the word at the tag.")]
pub struct GrepArgs {
    /// A regular expression; then a commit whose files are searched instead of those of the work
    /// tree, and files or directories. Without these, everything below the current directory is.
    #[arg(value_name = "PATTERN|REV|PATH", add = Completes::RevisionOrPath)]
    arguments: Vec<String>,
    /// Paths, if one could be mistaken for a revision or is gone.
    #[arg(last = true, value_name = "PATH", add = Completes::CommittedPath)]
    paths: Vec<String>,
    /// A pattern; of several, one has to match.
    #[arg(short = 'e', long = "regexp", value_name = "PATTERN")]
    patterns: Vec<String>,
    /// Let capital letters and small ones match alike.
    #[arg(short, long)]
    ignore_case: bool,
    /// Show the numbers of the lines.
    #[arg(short = 'n', long)]
    line_number: bool,
    /// Show only the names of the files.
    #[arg(short = 'l', long, visible_alias = "name-only")]
    files_with_matches: bool,
    /// Match whole words only.
    #[arg(short, long)]
    word_regexp: bool,
    /// Take the pattern for plain text.
    #[arg(short = 'F', long)]
    fixed_strings: bool,
    /// Show only how many lines match in each file.
    #[arg(short, long, conflicts_with = "files_with_matches")]
    count: bool,
}

/// Searches files for a pattern. The exit code is 1 if nothing matches; with --quiet it alone
/// tells.
///
/// # Errors
/// If the pattern is none, a revision or path is unknown, or a file cannot be read.
pub fn run(context: &Context, mut args: GrepArgs) -> Result<(), CliError> {
    if args.patterns.is_empty() {
        if args.arguments.is_empty() {
            return Err(CliError::usage("there is no pattern to search for"));
        }
        args.patterns.push(args.arguments.remove(0));
    }
    let repository = context.repository()?;
    let named = tell_apart(
        context,
        &repository,
        1,
        args.arguments,
        args.paths,
        "for a file that is gone: muse grep PATTERN REV -- PATH",
    )?;
    let mut paths = named.paths;
    if paths.is_empty() {
        // Where one stands; at the root that is everything.
        paths.push(context.path_in(&repository, Path::new("."))?);
    }
    let options = PatternOptions {
        ignore_case: args.ignore_case,
        words: args.word_regexp,
        fixed: args.fixed_strings,
        first_only: args.files_with_matches,
    };
    let pattern = Pattern::new(&args.patterns, options).map_err(|error| {
        CliError::wrap(ErrorKind::Usage, error).with_hint("-F takes it for plain text")
    })?;
    let revision = named.revisions.first().map(String::as_str);
    let tree = match revision {
        Some(revision) => {
            let commit = repository.resolve(revision)?;
            Some(repository.objects.commit_tree(Some(&commit))?)
        }
        None => None,
    };
    let show = Show {
        revision,
        from: Standpoint::of(context, &repository),
        palette: context.printer.palette(),
        line_number: args.line_number,
        form: match (args.files_with_matches, args.count) {
            (true, _) => Form::Names,
            (_, true) => Form::Counts,
            _ => Form::Lines,
        },
    };
    let mut skipped = Vec::new();
    let mut is_found = false;
    let mut search = |each: &mut dyn FnMut(&FileMatches) -> Result<(), CliError>| {
        let each = |searched| match searched {
            Searched::Found(found) => {
                is_found = true;
                each(&found)
            }
            Searched::Skipped { path, reason } => {
                skipped.push((path, reason));
                Ok(())
            }
        };
        match &tree {
            Some(tree) => search_tree(&repository, tree, &pattern, &paths, each),
            None => search_worktree(&repository, &pattern, &paths, each),
        }
    };
    if context.json() {
        search(&mut |found| context.printer.json(&show.to_json(found)))?;
    } else if context.printer.is_quiet() {
        search(&mut |_| Ok(()))?;
    } else {
        paged(context, |out| search(&mut |found| show.file(out, found)))?;
    }
    for (path, reason) in skipped {
        context
            .printer
            .warn(format_args!("{path} was not searched: {reason}"));
    }
    match is_found {
        true => Ok(()),
        false => Err(CliError::quiet(ErrorKind::Failed)),
    }
}

/// What is shown of each file.
enum Form {
    Lines,
    Names,
    Counts,
}

/// How what is found is shown.
struct Show<'a> {
    revision: Option<&'a str>,
    from: Standpoint,
    palette: Palette,
    line_number: bool,
    form: Form,
}

impl Show<'_> {
    fn file(&self, out: &mut Output<'_>, found: &FileMatches) -> Result<(), CliError> {
        let path = &found.path;
        let shown = self.name(path);
        match (&self.form, &found.matches) {
            (Form::Names, _) => out.text(format_args!("{shown}\n")).map_err(stdout_error),
            (Form::Counts, matches) => out
                .text(format_args!("{shown}:{}\n", count(matches)))
                .map_err(stdout_error),
            (Form::Lines, Matches::Binary) => out
                .text(format_args!("Binary file {shown} matches\n"))
                .map_err(stdout_error),
            (Form::Lines, Matches::Lines(lines)) => lines
                .iter()
                .try_for_each(|line| self.line(out, &shown, line)),
        }
    }

    /// `REV:PATH`, or for a file of the work tree the path from where one stands.
    fn name(&self, path: &RepoPath) -> String {
        let style = self.palette.heading;
        match self.revision {
            Some(revision) => format!("{style}{}:{path}{style:#}", quote(revision)),
            None => format!("{style}{}{style:#}", self.from.quoted(path)),
        }
    }

    fn line(&self, out: &mut Output<'_>, name: &str, line: &FoundLine) -> Result<(), CliError> {
        let number = match self.line_number {
            true => format!("{}:", line.number),
            false => String::new(),
        };
        out.text(format_args!("{name}:{number}"))
            .map_err(stdout_error)?;
        out.contents(|out| out.write_all(&line.text))
            .and_then(|written| written)
            .map_err(stdout_error)?;
        out.text("\n").map_err(stdout_error)
    }

    fn to_json(&self, found: &FileMatches) -> serde_json::Value {
        let mut file = serde_json::json!({
            "path": found.path,
            "binary": found.matches == Matches::Binary,
        });
        if let Some(revision) = self.revision {
            file["revision"] = revision.into();
        }
        match (&self.form, &found.matches) {
            (Form::Lines, Matches::Lines(lines)) => {
                let lines = lines.iter().map(|line| {
                    serde_json::json!({
                        "line": line.number,
                        "text": String::from_utf8_lossy(&line.text),
                    })
                });
                file["lines"] = lines.collect();
            }
            (Form::Counts, matches) => file["count"] = count(matches).into(),
            _ => {}
        }
        file
    }
}

/// How many lines match; a binary file counts as one.
fn count(matches: &Matches) -> usize {
    match matches {
        Matches::Lines(lines) => lines.len(),
        Matches::Binary => 1,
    }
}
