//! `Retry-After`: how long a server asks to wait, in seconds or until an HTTP date.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;

/// Reads the header; `None` if it is neither seconds nor a date. A date that has passed is no
/// pause at all.
pub(super) fn parse(value: &str) -> Option<Duration> {
    parse_at(value.trim(), Timestamp::now())
}

fn parse_at(value: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = rfc2822::parse(value).ok()?.timestamp();
    Some(Duration::try_from(until.duration_since(now)).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates_are_read_and_nothing_else() {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().expect("valid");
        let seconds = |value| parse_at(value, now).map(|pause| pause.as_secs());
        assert_eq!(seconds("5"), Some(5));
        assert_eq!(seconds("Sun, 01 Mar 2026 12:01:30 GMT"), Some(90));
        assert_eq!(seconds("Sun, 01 Mar 2026 11:00:00 GMT"), Some(0));
        for wrong in ["", "-5", "soon", "2026-03-01T12:01:30Z"] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }
}
