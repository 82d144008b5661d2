//! Points in time, as people write and read them.

use std::time::SystemTime;

use jiff::fmt::temporal::Pieces;
use jiff::tz::{Offset, TimeZone};
use muse_wire::commit::Timestamp;

/// Seconds in a minute.
const MINUTE: i32 = 60;

/// Now, with the local offset.
pub fn now() -> Timestamp {
    let now = jiff::Zoned::now();
    Timestamp {
        seconds: now.timestamp().as_second(),
        offset_minutes: minutes(now.offset().seconds()).unwrap_or(0),
    }
}

/// Reads RFC 3339 (`2026-03-01T12:00:00+01:00`), seconds since 1970 with an offset
/// (`1772362800 +0100`), or seconds alone (`@1772362800`, UTC). `None` if it is none of them.
pub fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Some(seconds) = text.strip_prefix('@') {
        return Some(Timestamp {
            seconds: seconds.parse().ok()?,
            offset_minutes: 0,
        });
    }
    if let Some((seconds, offset)) = text.split_once(' ')
        && let Ok(seconds) = seconds.parse()
    {
        return Some(Timestamp {
            seconds,
            offset_minutes: parse_offset(offset)?,
        });
    }
    let pieces = Pieces::parse(text).ok()?;
    let offset = pieces.to_numeric_offset()?;
    let moment = pieces.date().to_datetime(pieces.time()?);
    Some(Timestamp {
        seconds: offset.to_timestamp(moment).ok()?.as_second(),
        offset_minutes: minutes(offset.seconds())?,
    })
}

/// Reads a time in the past: `NOW`, a span such as `2.weeks.ago`, or what [`parse`] reads.
pub fn parse_past(text: &str) -> Option<SystemTime> {
    if text.eq_ignore_ascii_case("now") {
        return Some(SystemTime::now());
    }
    if let Some(moment) = parse(text) {
        let moment = jiff::Timestamp::from_second(moment.seconds).ok()?;
        return Some(moment.into());
    }
    let span: jiff::Span = text.replace('.', " ").parse().ok()?;
    if !span.is_negative() {
        return None;
    }
    let moment = jiff::Zoned::now().checked_add(span).ok()?;
    Some(moment.timestamp().into())
}

/// `+HHMM` or `-HHMM`, as minutes.
fn parse_offset(text: &str) -> Option<i16> {
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits = text
        .get(1..)
        .filter(|digits| digits.len() == 4 && digits.bytes().all(|digit| digit.is_ascii_digit()))?;
    let (hours, minutes): (i16, i16) = (digits[..2].parse().ok()?, digits[2..].parse().ok()?);
    (hours <= 24 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

fn minutes(seconds: i32) -> Option<i16> {
    i16::try_from(seconds / MINUTE).ok()
}

/// As git shows it: `Sun Mar 1 12:00:00 2026 +0100`.
pub fn format(timestamp: Timestamp) -> String {
    render(timestamp, "%a %b %-d %H:%M:%S %Y %z")
}

/// RFC 3339, for programs.
pub fn format_rfc3339(timestamp: Timestamp) -> String {
    render(timestamp, "%Y-%m-%dT%H:%M:%S%:z")
}

fn render(timestamp: Timestamp, pattern: &str) -> String {
    let moment = jiff::Timestamp::from_second(timestamp.seconds);
    let offset = Offset::from_seconds(i32::from(timestamp.offset_minutes) * MINUTE);
    match (moment, offset) {
        (Ok(moment), Ok(offset)) => moment
            .to_zoned(TimeZone::fixed(offset))
            .strftime(pattern)
            .to_string(),
        // Further away than any calendar goes.
        _ => format!("@{}", timestamp.seconds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_accepted_form_gives_the_moment() {
        let expected = |offset_minutes| {
            Some(Timestamp {
                seconds: 1_772_362_800,
                offset_minutes,
            })
        };
        assert_eq!(parse("2026-03-01T12:00:00+01:00"), expected(60));
        assert_eq!(parse("2026-03-01T11:00:00Z"), expected(0));
        assert_eq!(parse("2026-03-01 06:30:00-04:30"), expected(-270));
        assert_eq!(parse("1772362800 +0100"), expected(60));
        assert_eq!(parse("1772362800 -0430"), expected(-270));
        assert_eq!(parse("@1772362800"), expected(0));
    }

    #[test]
    fn times_in_the_past_are_read_in_every_form() {
        let age = |text| {
            let moment = parse_past(text)?;
            let age = SystemTime::now().duration_since(moment).ok()?;
            Some(age.as_secs() / 3600)
        };
        assert_eq!(age("NOW"), Some(0));
        assert_eq!(age("3.days.ago"), Some(72));
        assert_eq!(age("1 hour ago"), Some(1));
        assert!(age("2.weeks.ago").is_some_and(|hours| (335..=337).contains(&hours)));
        assert_eq!(
            parse_past("@1000"),
            Some(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1000))
        );
        for wrong in ["", "2.weeks", "soon", "2.moons.ago"] {
            assert_eq!(parse_past(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for wrong in [
            "",
            "yesterday",
            "2026-03-01",
            "2026-03-01T12:00:00",
            "12 0100",
            "12 +01:00",
            "12 +2500",
            "@",
            "@1 +0100",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn shows_the_authors_own_time() {
        let moment = parse("2026-03-01T12:00:00+01:00").expect("valid");
        assert_eq!(format(moment), "Sun Mar 1 12:00:00 2026 +0100");
        assert_eq!(format_rfc3339(moment), "2026-03-01T12:00:00+01:00");
        let far = Timestamp {
            seconds: i64::MAX,
            offset_minutes: 0,
        };
        assert_eq!(format(far), format!("@{}", i64::MAX));
    }
}
