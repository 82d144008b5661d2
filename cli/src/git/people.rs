//! Names and times as git writes them.

use gix::bstr::BStr;
use muse_wire::commit::{Author, Timestamp};

/// `Name <e-mail> SECONDS OFFSET`.
pub(crate) fn person_line(author: &Author, time: Timestamp) -> String {
    let Author { name, email } = author;
    let offset = time.offset_minutes;
    let sign = if offset < 0 { '-' } else { '+' };
    let (hours, minutes) = (offset.unsigned_abs() / 60, offset.unsigned_abs() % 60);
    format!(
        "{name} <{email}> {} {sign}{hours:02}{minutes:02}",
        time.seconds
    )
}

/// Whether an encoding is the one whose bytes are the first 256 characters of Unicode.
pub(crate) fn is_latin_1(encoding: &BStr) -> bool {
    let letters: Vec<u8> = encoding
        .iter()
        .filter(|byte| byte.is_ascii_alphanumeric())
        .map(u8::to_ascii_lowercase)
        .collect();
    matches!(letters.as_slice(), b"iso88591" | b"latin1")
}
