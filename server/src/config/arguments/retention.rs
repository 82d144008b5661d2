//! How long what nobody needs is kept: settings of whoever deletes it.

use std::time::Duration;

use clap::{Args, value_parser};

use crate::config::Retention;

/// Longest time that anything is kept, in days: ten years.
const MAX_DAYS: u64 = 3650;

/// How long what nobody needs is kept.
#[derive(Debug, Clone, Args)]
pub struct RetentionArguments {
    /// How long what no branch or tag reaches is kept.
    #[arg(
        long,
        value_name = "DAYS",
        default_value_t = days(Retention::default().unreachable),
        value_parser = value_parser!(u64).range(1..=MAX_DAYS),
        env = "MUSEHUB_UNREACHABLE_RETENTION_DAYS"
    )]
    pub unreachable_retention_days: u64,
    /// How long refused mpacks are kept in the quarantine.
    #[arg(
        long,
        value_name = "DAYS",
        default_value_t = days(Retention::default().quarantine),
        value_parser = value_parser!(u64).range(1..=MAX_DAYS),
        env = "MUSEHUB_QUARANTINE_RETENTION_DAYS"
    )]
    pub quarantine_retention_days: u64,
}

impl RetentionArguments {
    /// The settings.
    pub const fn retention(&self) -> Retention {
        Retention {
            unreachable: duration(self.unreachable_retention_days),
            quarantine: duration(self.quarantine_retention_days),
        }
    }
}

const SECONDS_PER_DAY: u64 = 24 * 60 * 60;

const fn days(duration: Duration) -> u64 {
    duration.as_secs() / SECONDS_PER_DAY
}

const fn duration(days: u64) -> Duration {
    Duration::from_secs(days * SECONDS_PER_DAY)
}
