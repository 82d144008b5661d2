//! `muse describe`.

use crate::history::{Description, describe};
use crate::ui::completion::Completes;
use crate::ui::context::Context;
use crate::ui::error::CliError;

/// Arguments of `muse describe`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  muse describe
    Name the current commit by the nearest tag.
  muse describe --always --long topic
    Always print the id, too.")]
pub struct DescribeArgs {
    /// The commit.
    #[arg(
        value_name = "REV",
        default_value = "HEAD",
        hide_default_value = true,
        add = Completes::Revision
    )]
    revision: String,
    /// Print the distance and the id even of a commit that a tag names.
    #[arg(long, conflicts_with = "exact_match")]
    long: bool,
    /// Print the shortened id of a commit that reaches no tag.
    #[arg(long)]
    always: bool,
    /// Only describe a commit that a tag names.
    #[arg(long)]
    exact_match: bool,
}

/// Names a commit by the nearest tag below it.
///
/// # Errors
/// If the revision is unknown, or there is no such tag.
pub fn run(context: &Context, args: DescribeArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    let commit = repository.resolve(&args.revision)?;
    let found = describe(&repository, commit)?;
    let found = found.filter(|found| !args.exact_match || found.distance == 0);
    let name = match &found {
        Some(found) if args.long => format!("{found:#}"),
        Some(found) => found.to_string(),
        None if args.always => commit.short(),
        None => {
            let what = match args.exact_match {
                true => "no tag names",
                false => "no tag is below",
            };
            let message = format!("{what} commit {}", commit.short());
            return Err(CliError::not_found(message)
                .with_hint("`muse describe --always` prints a shortened id instead"));
        }
    };
    if context.json() {
        let (tag, distance) = match found {
            Some(Description { tag, distance, .. }) => (Some(tag), Some(distance)),
            None => (None, None),
        };
        return context.printer.json(&serde_json::json!({
            "name": name,
            "commit": commit,
            "tag": tag,
            "distance": distance,
        }));
    }
    context.printer.line(name)
}
