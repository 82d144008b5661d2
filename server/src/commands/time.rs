//! Times, as commands print them.

use jiff::Timestamp;

/// A time in milliseconds since 1970 as RFC 3339, in whole seconds.
pub(super) fn format_time(ms: i64) -> String {
    match Timestamp::from_second(ms.div_euclid(1000)) {
        Ok(time) => time.to_string(),
        // Further away than any calendar goes.
        Err(_) => format!("@{ms}"),
    }
}
