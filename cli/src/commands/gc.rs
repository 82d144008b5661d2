//! `muse gc`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::Zoned;

use crate::gc::{Collected, GcOptions, Size, collect_garbage};
use crate::ui::context::Context;
use crate::ui::error::CliError;
use crate::ui::quantity::{bytes, counted};
use crate::ui::time::parse_bound;

/// Arguments of `muse gc`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  muse gc
    Pack the repository, and drop what nothing has reached for two weeks.
  muse gc -n --prune now
    Say what would be dropped if nothing were kept.")]
pub struct GcArgs {
    /// Drop what nothing reaches and what has come before this time: `NOW`, `3.days.ago`, or a
    /// time.
    #[arg(long, value_name = "TIME", default_value = "2.weeks.ago", value_parser = past)]
    prune: SystemTime,
    /// Only show what would go.
    #[arg(short = 'n', long)]
    dry_run: bool,
}

fn past(text: &str) -> Result<SystemTime, String> {
    if text.eq_ignore_ascii_case("now") {
        // To the moment: what has come in this second goes, too.
        return Ok(SystemTime::now());
    }
    let seconds = parse_bound(text, &Zoned::now(), false);
    let since = seconds.and_then(|seconds| u64::try_from(seconds).ok());
    since
        .map(|since| UNIX_EPOCH + Duration::from_secs(since))
        .ok_or_else(|| "write NOW, a span such as 2.weeks.ago, or a date".to_owned())
}

/// Packs what is reached, and drops what nothing reaches.
///
/// # Errors
/// If something that is reached is missing, or the disk is full.
pub fn run(context: &Context, args: GcArgs) -> Result<(), CliError> {
    let repository = context.repository()?;
    let options = GcOptions {
        keep_since: args.prune,
        dry_run: args.dry_run,
    };
    let collected = collect_garbage(&mut repository.lock()?, options, context)?;
    print(context, &collected, args.dry_run)
}

fn print(context: &Context, collected: &Collected, is_dry_run: bool) -> Result<(), CliError> {
    let Collected {
        before,
        after,
        dropped,
    } = collected;
    if context.json() {
        let size = |size: &Size| serde_json::json!({"mpacks": size.mpacks, "bytes": size.bytes});
        return context.printer.json(&serde_json::json!({
            "dry_run": is_dry_run,
            "before": size(before),
            "after": if is_dry_run { None } else { Some(size(after)) },
            "dropped": {
                "commits": dropped.commits,
                "objects": dropped.objects,
                "object_bytes": dropped.object_bytes,
            },
        }));
    }
    let size = |size: &Size| {
        let mpacks = counted(size.mpacks as u64, "mpack");
        format!("{mpacks} of {}", bytes(size.bytes))
    };
    let gone = format!(
        "{} and {} ({} uncompressed)",
        counted(dropped.commits as u64, "commit"),
        counted(dropped.objects as u64, "object"),
        bytes(dropped.object_bytes)
    );
    if is_dry_run {
        context.printer.line(format_args!("Would drop {gone}"))?;
        return context
            .printer
            .line(format_args!("There are {}", size(before)));
    }
    if dropped.commits + dropped.objects > 0 {
        context.printer.report(format_args!("Dropped {gone}"))?;
    }
    match before == after {
        true => context
            .printer
            .report(format_args!("There are {}", size(after))),
        false => {
            context
                .printer
                .report(format_args!("{} before, {} now", size(before), size(after)))
        }
    }
}
