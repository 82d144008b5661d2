//! Points in time, as people write and read them.

use jiff::civil::{DateTime, Time};
use jiff::fmt::temporal::Pieces;
use jiff::tz::{Offset, TimeZone};
use jiff::{Span, Zoned};
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

/// So many seconds since 1970, with the offset that is local then.
pub fn local(seconds: i64) -> Timestamp {
    let moment = jiff::Timestamp::from_second(seconds).unwrap_or_default();
    let offset = moment.to_zoned(jiff::tz::TimeZone::system()).offset();
    Timestamp {
        seconds,
        offset_minutes: minutes(offset.seconds()).unwrap_or(0),
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

/// Reads a bound in time, as seconds since 1970: whatever [`parse`] reads, a day or a moment of
/// local time (`2026-03-01`, `2026-03-01 12:00`), or a time before `now` (`2 weeks ago`,
/// `yesterday`). A day means its start, or its end where `is_end`. `None` if it is none of them.
pub fn parse_bound(text: &str, now: &Zoned, is_end: bool) -> Option<i64> {
    let text = text.trim();
    if let Some(moment) = parse(text) {
        return Some(moment.seconds);
    }
    let start_of = |moment: DateTime| {
        let moment = moment.to_zoned(now.time_zone().clone()).ok()?;
        Some(moment.timestamp().as_second())
    };
    if let Ok(pieces) = Pieces::parse(text) {
        return match pieces.time() {
            Some(time) => start_of(pieces.date().to_datetime(time)),
            None if is_end => {
                let next = start_of(pieces.date().tomorrow().ok()?.to_datetime(Time::midnight()))?;
                Some(next - 1)
            }
            None => start_of(pieces.date().to_datetime(Time::midnight())),
        };
    }
    let span: Span = match text {
        text if text.eq_ignore_ascii_case("now") => Span::new(),
        "yesterday" => Span::new().days(-1),
        // As git takes it: 2.weeks.ago.
        text => text.replace(['.', '_'], " ").parse().ok()?,
    };
    // `2 weeks` is `2 weeks ago`: nobody asks for commits of the future.
    let span = if span.is_positive() { -span } else { span };
    Some(now.checked_add(span).ok()?.timestamp().as_second())
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

/// For columns: `2026-03-01 12:00:00 +0100`.
pub fn format_short(timestamp: Timestamp) -> String {
    render(timestamp, "%Y-%m-%d %H:%M:%S %z")
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
    #[test]
    fn bounds_are_days_moments_or_times_ago() {
        let now: Zoned = "2026-03-15T12:00:00+01:00[+01:00]".parse().expect("valid");
        let seconds = |text| parse(text).map(|moment| moment.seconds);
        for (bound, expected) in [
            ("2026-03-01T12:00:00+01:00", "2026-03-01T12:00:00+01:00"),
            ("2026-03-01", "2026-03-01T00:00:00+01:00"),
            ("2026-03-01 12:30", "2026-03-01T12:30:00+01:00"),
            ("2 weeks ago", "2026-03-01T12:00:00+01:00"),
            ("2.weeks.ago", "2026-03-01T12:00:00+01:00"),
            ("2 weeks", "2026-03-01T12:00:00+01:00"),
            ("1 month 2 days ago", "2026-02-13T12:00:00+01:00"),
            ("90min ago", "2026-03-15T10:30:00+01:00"),
            ("yesterday", "2026-03-14T12:00:00+01:00"),
            ("now", "2026-03-15T12:00:00+01:00"),
        ] {
            assert_eq!(
                parse_bound(bound, &now, false),
                seconds(expected),
                "{bound}"
            );
        }
        assert_eq!(
            parse_bound("2026-03-01", &now, true),
            seconds("2026-03-01T23:59:59+01:00")
        );
        for wrong in ["", "soon", "2026-13-01", "weeks ago"] {
            assert_eq!(parse_bound(wrong, &now, false), None, "{wrong}");
        }
    }
}
