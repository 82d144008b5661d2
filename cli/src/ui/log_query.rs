//! The options that choose commits, of `muse log` and `muse shortlog`.

use jiff::Zoned;
use regex::Regex;

use super::context::Context;
use super::error::CliError;
use super::revisions_and_paths::tell_apart;
use super::time::parse_bound;
use crate::history::{CommitFilter, LogOrder, LogQuery, Selection, text_pattern};
use crate::repository::Repository;

/// Which commits are shown.
#[derive(Debug, clap::Args)]
pub struct QueryArgs {
    /// At most N commits.
    #[arg(short = 'n', long = "max-count", value_name = "N")]
    max_count: Option<usize>,
    #[command(flatten)]
    filter: FilterArgs,
}

/// What the commits are like.
#[derive(Debug, clap::Args)]
pub struct FilterArgs {
    /// Start at every branch, tag and tracking ref, and at HEAD.
    #[arg(long)]
    all: bool,
    /// Only commits whose author, `Name <e-mail>`, matches the regular expression; of several, one
    /// has to match.
    #[arg(long, value_name = "PATTERN")]
    author: Vec<String>,
    /// Only commits whose message matches the regular expression; of several, one has to match.
    #[arg(long, value_name = "PATTERN")]
    grep: Vec<String>,
    /// Let --author and --grep match capital letters and small ones alike.
    #[arg(short = 'i', long)]
    regexp_ignore_case: bool,
    /// Only commits since then: `2026-03-01`, `2026-03-01 12:00`, `2 weeks ago`, …
    #[arg(long, visible_alias = "after", value_name = "TIME")]
    since: Option<String>,
    /// Only commits until then.
    #[arg(long, visible_alias = "before", value_name = "TIME")]
    until: Option<String>,
    /// Follow only the first parent of a merge.
    #[arg(long)]
    first_parent: bool,
    /// Only merges.
    #[arg(long)]
    merges: bool,
    /// No merges.
    #[arg(long, conflicts_with = "merges")]
    no_merges: bool,
}

impl QueryArgs {
    /// The query that these options make of `arguments`, revisions before paths, and `paths`; and
    /// how many commits are wanted, where that is limited.
    ///
    /// # Errors
    /// If a revision is unknown, or a pattern or a time is none.
    pub fn resolve(
        &self,
        context: &Context,
        repository: &Repository,
        arguments: Vec<String>,
        paths: Vec<String>,
        order: LogOrder,
    ) -> Result<(LogQuery, Option<usize>), CliError> {
        let (counts, arguments): (Vec<String>, Vec<String>) = arguments
            .into_iter()
            .partition(|argument| argument.starts_with('-'));
        let count = counts.last().map(|count| count_of(count)).transpose()?;
        let query = self
            .filter
            .resolve(context, repository, arguments, paths, order)?;
        Ok((query, self.max_count.or(count)))
    }
}

impl FilterArgs {
    /// The query that these options make of `arguments`, revisions before paths, and `paths`.
    ///
    /// # Errors
    /// If a revision is unknown, or a pattern or a time is none.
    pub fn resolve(
        &self,
        context: &Context,
        repository: &Repository,
        arguments: Vec<String>,
        paths: Vec<String>,
        order: LogOrder,
    ) -> Result<LogQuery, CliError> {
        let named = tell_apart(
            context,
            repository,
            usize::MAX,
            arguments,
            paths,
            &format!(
                "for a file that is gone: {} [REV] -- PATH",
                context.activity
            ),
        )?;
        let mut selection = Selection::default();
        if self.all {
            selection = selection.and(Selection::all(repository)?);
        } else if named.revisions.is_empty() {
            selection = Selection::of(repository, "HEAD")?;
        }
        for revision in &named.revisions {
            selection = selection.and(Selection::of(repository, revision)?);
        }
        Ok(LogQuery {
            selection,
            order,
            first_parent: self.first_parent,
            paths: named.paths,
            filter: self.commit_filter()?,
        })
    }

    fn commit_filter(&self) -> Result<CommitFilter, CliError> {
        let patterns = |patterns: &[String]| {
            let compiled = patterns
                .iter()
                .map(|pattern| pattern_of(pattern, self.regexp_ignore_case));
            compiled.collect::<Result<Vec<Regex>, CliError>>()
        };
        let now = Zoned::now();
        let bound = |text: &Option<String>, is_end| {
            let bound = text.as_ref().map(|text| {
                parse_bound(text, &now, is_end).ok_or_else(|| {
                    CliError::usage(format!("{text:?} is no point in time"))
                        .with_hint("write `2026-03-01`, `2026-03-01 12:00` or `2 weeks ago`")
                })
            });
            bound.transpose()
        };
        Ok(CommitFilter {
            authors: patterns(&self.author)?,
            messages: patterns(&self.grep)?,
            since: bound(&self.since, false)?,
            until: bound(&self.until, true)?,
            is_merge: (self.merges || self.no_merges).then_some(self.merges),
        })
    }
}

/// N of `-N`.
fn count_of(argument: &str) -> Result<usize, CliError> {
    let digits = argument.strip_prefix('-').unwrap_or(argument);
    digits
        .parse()
        .map_err(|_| CliError::usage(format!("{argument:?} is no number of commits")))
}

fn pattern_of(pattern: &str, ignore_case: bool) -> Result<Regex, CliError> {
    text_pattern(pattern, ignore_case).map_err(|error| {
        CliError::usage(format!("{pattern:?} is no regular expression")).with_source(error)
    })
}
