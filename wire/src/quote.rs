//! Paths as text shows them: quoted as git does where a reader or a terminal would take a character
//! for more or less than itself.
//!
//! A path may hold line feeds, escape characters, quotes and what nobody sees. One that does is
//! shown in quotation marks with C's escapes, every other one as it is; so a path is always on one
//! line, and what is shown stands for one path alone.

use std::borrow::Cow;
use std::path::Path;

use crate::invisible::is_invisible;

/// `path` as text shows it: `a b` as it is, but `"a\nb"` with quotation marks and an escape.
///
/// Escaped are control characters, line separators, overrides of the direction of text, invisible
/// characters, quotation marks and backslashes. Other characters stay, as git's do with
/// `core.quotePath=false`. A path is a name, so what joins or varies visible characters is escaped,
/// too: two names that look the same are two names.
pub fn quote(path: &str) -> Cow<'_, str> {
    if path.contains(is_escaped) {
        Cow::Owned(quoted(path.as_bytes()))
    } else {
        Cow::Borrowed(path)
    }
}

/// As [`quote`], for a path that may not be UTF-8: bytes that are no character are escaped, too.
pub fn quote_bytes(path: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(path) {
        Ok(path) => quote(path),
        Err(_) => Cow::Owned(quoted(path)),
    }
}

/// As [`quote_bytes`], for a path of the operating system.
pub fn quote_path(path: &Path) -> Cow<'_, str> {
    quote_bytes(path.as_os_str().as_encoded_bytes())
}

/// Whether a terminal, or a reader, takes the character for more or less than itself: it is a
/// control character, separates lines, overrides the direction of text, annotates text, or is
/// invisible.
pub fn is_active(c: char) -> bool {
    let separates_lines = matches!(c, '\u{2028}' | '\u{2029}');
    let annotates = matches!(c, '\u{fff9}'..='\u{fffb}');
    // The overrides of direction are among the invisible ones.
    c.is_control() || separates_lines || annotates || is_invisible(c)
}

fn is_escaped(c: char) -> bool {
    matches!(c, '"' | '\\') || is_active(c)
}

fn quoted(path: &[u8]) -> String {
    let mut text = String::with_capacity(path.len() + 16);
    text.push('"');
    for chunk in path.utf8_chunks() {
        for c in chunk.valid().chars() {
            if is_escaped(c) {
                escape(c.encode_utf8(&mut [0; 4]).as_bytes(), &mut text);
            } else {
                text.push(c);
            }
        }
        escape(chunk.invalid(), &mut text);
    }
    text.push('"');
    text
}

/// Writes bytes as C's escapes, in octal where there is no letter.
fn escape(bytes: &[u8], text: &mut String) {
    for &byte in bytes {
        let letter = match byte {
            0x07 => 'a',
            0x08 => 'b',
            b'\t' => 't',
            b'\n' => 'n',
            0x0b => 'v',
            0x0c => 'f',
            b'\r' => 'r',
            b'"' | b'\\' => char::from(byte),
            _ => {
                text.push_str(&format!("\\{byte:03o}"));
                continue;
            }
        };
        text.extend(['\\', letter]);
    }
}

/// The path that [`quote_bytes`] shows as `text`; none if it shows none so.
pub fn unquote(text: &str) -> Option<Vec<u8>> {
    let Some(inner) = text.strip_prefix('"') else {
        return Some(text.as_bytes().to_vec());
    };
    let mut rest = inner.strip_suffix('"')?.bytes();
    let mut path = Vec::with_capacity(rest.len());
    while let Some(byte) = rest.next() {
        path.push(match byte {
            b'"' => return None,
            b'\\' => unescape(rest.next()?, &mut rest)?,
            other => other,
        });
    }
    Some(path)
}

/// The byte of an escape that begins with `letter`, or with a digit of which two more follow.
fn unescape(letter: u8, rest: &mut impl Iterator<Item = u8>) -> Option<u8> {
    Some(match letter {
        b'a' => 0x07,
        b'b' => 0x08,
        b't' => b'\t',
        b'n' => b'\n',
        b'v' => 0x0b,
        b'f' => 0x0c,
        b'r' => b'\r',
        b'"' | b'\\' => letter,
        b'0'..=b'3' => {
            let mut value = letter - b'0';
            for _ in 0..2 {
                let digit = rest.next().filter(|digit| (b'0'..=b'7').contains(digit))?;
                value = value << 3 | (digit - b'0');
            }
            value
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_could_mislead_is_quoted() {
        for (path, shown) in [
            ("a b/ü/日本.txt", "a b/ü/日本.txt"),
            ("it's: *?<>|", "it's: *?<>|"),
            ("a\nb", r#""a\nb""#),
            ("say \"x\"", r#""say \"x\"""#),
            ("a\\b", r#""a\\b""#),
            ("\u{7}\u{8}\t\u{b}\u{c}\r", r#""\a\b\t\v\f\r""#),
            ("\u{1b}[31m\u{7f}\u{1}", r#""\033[31m\177\001""#),
            ("ü\u{9b}2J", r#""ü\302\2332J""#),
            (
                "\u{202e}txt.exe\u{2069}",
                r#""\342\200\256txt.exe\342\201\251""#,
            ),
            ("a\u{200b}b", r#""a\342\200\213b""#),
            ("a\u{ad}b\u{feff}", r#""a\302\255b\357\273\277""#),
            (
                "\u{1f468}\u{200d}\u{1f373}",
                "\"\u{1f468}\\342\\200\\215\u{1f373}\"",
            ),
            ("\u{2764}\u{fe0f}", "\"\u{2764}\\357\\270\\217\""),
            ("a\u{2028}b", r#""a\342\200\250b""#),
            ("\u{600}\u{1f3f4}", "\u{600}\u{1f3f4}"),
        ] {
            assert_eq!(quote(path), shown);
            assert_eq!(quote_bytes(path.as_bytes()), shown);
            assert_eq!(unquote(shown).as_deref(), Some(path.as_bytes()));
        }
    }

    #[test]
    fn what_no_path_is_shown_as_is_no_path() {
        for text in [
            r#"""#,
            r#""a"#,
            r#""a"b""#,
            r#""\""#,
            r#""\x""#,
            r#""\12""#,
            r#""\400""#,
        ] {
            assert_eq!(unquote(text), None, "{text}");
        }
    }

    #[test]
    fn bytes_that_are_no_character_are_shown() {
        assert_eq!(quote_bytes(b"caf\xe9/\xc3\xa9"), r#""caf\351/é""#);
        assert_eq!(quote_bytes(b"\xff"), r#""\377""#);
        assert_eq!(unquote(r#""\377""#).as_deref(), Some(&b"\xff"[..]));
        assert_eq!(quote_path(Path::new("a\nb")), r#""a\nb""#);
    }
}
