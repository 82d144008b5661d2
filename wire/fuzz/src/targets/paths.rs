//! Paths, and the form in which text shows them.

use muse_wire::limits::{MAX_PATH_BYTES, MAX_PATH_COMPONENT_BYTES};
use muse_wire::path::RepoPath;
use muse_wire::quote::{is_active, quote, quote_bytes};

use crate::choices::Choices;
use crate::memory::within;

/// Checking and quoting a path takes this much, and so many times its bytes.
const CHECK_BYTES: u64 = 16 << 10;
const BYTES_PER_BYTE: u64 = 32;

/// Parts of paths that rules are about.
const PARTS: [&str; 24] = [
    "/",
    "/",
    "..",
    ".",
    ".muse",
    ".MUSE",
    "muse~1",
    ".mu\u{17f}e",
    "\u{200c}",
    "\u{ad}",
    " ",
    "::$DATA",
    ":",
    "~1",
    "MU",
    "7EB4",
    "\0",
    "\n",
    "\"",
    "\\",
    "\u{202e}",
    "ü",
    "con",
    "~12",
];

/// Checks a path. What is accepted keeps the rules; what is shown can be read back.
pub fn paths(input: &[u8]) {
    let mut choices = Choices::new(input);
    let bytes = match choices.byte() % 2 {
        0 => choices.rest().to_vec(),
        _ => parts(&mut choices),
    };
    within(CHECK_BYTES + BYTES_PER_BYTE * bytes.len() as u64, || {
        check(&bytes)
    });
}

fn check(bytes: &[u8]) {
    let shown = quote_bytes(bytes);
    assert!(!shown.chars().any(is_active), "{shown:?}");
    assert_eq!(unquoted(&shown), bytes);
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    assert_eq!(quote(text), shown);
    let path = match RepoPath::new(text) {
        Ok(path) => path,
        Err(error) => {
            assert!(!error.to_string().chars().any(is_active), "{error}");
            return;
        }
    };
    assert_eq!(path.as_str(), text);
    assert_eq!(path.to_string(), shown);
    assert!(text.len() <= MAX_PATH_BYTES && !text.contains('\0'));
    for component in text.split('/') {
        assert!(!matches!(component, "" | "." | ".."));
        assert!(component.len() <= MAX_PATH_COMPONENT_BYTES);
        // What the file systems that fold take for the same, in their plainest form.
        let plain = component.replace(['\u{200c}', '\u{ad}', '\u{feff}'], "");
        let plain = plain.trim_end_matches([' ', '.']).to_lowercase();
        assert!(!matches!(&plain[..], ".muse" | "muse~1"), "{component:?}");
        assert!(!plain.starts_with(".muse:"), "{component:?}");
    }
    assert!(path.components().eq(text.split('/')));
    let packed = rmp_serde::to_vec(&path).expect("memory takes all");
    let unpacked: RepoPath = rmp_serde::from_slice(&packed).expect("just packed");
    assert_eq!(unpacked, path);
}

fn parts(choices: &mut Choices<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    while !choices.are_over() {
        match choices.byte() {
            255 => bytes.extend_from_slice(choices.bytes()),
            254 => bytes.extend(vec![b'x'; usize::from(choices.byte()) * 16]),
            part => bytes.extend_from_slice(PARTS[usize::from(part) % PARTS.len()].as_bytes()),
        }
    }
    bytes
}

/// What a shown path stands for: the reverse of quoting, after git's documentation.
fn unquoted(shown: &str) -> Vec<u8> {
    let Some(quoted) = shown.strip_prefix('"') else {
        return shown.as_bytes().to_vec();
    };
    let quoted = quoted
        .strip_suffix('"')
        .expect("quotation marks come in pairs");
    let mut bytes = Vec::new();
    let mut rest = quoted.bytes();
    while let Some(byte) = rest.next() {
        assert_ne!(byte, b'"');
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let letter = rest.next().expect("something is escaped");
        let escaped = match letter {
            b'a' => 0x07,
            b'b' => 0x08,
            b't' => b'\t',
            b'n' => b'\n',
            b'v' => 0x0b,
            b'f' => 0x0c,
            b'r' => b'\r',
            b'"' | b'\\' => letter,
            b'0'..=b'3' => {
                let digits = [
                    letter,
                    rest.next().expect("octal"),
                    rest.next().expect("octal"),
                ];
                digits
                    .iter()
                    .fold(0, |number, digit| number << 3 | (digit - b'0'))
            }
            other => panic!("escape of {other}"),
        };
        bytes.push(escaped);
    }
    bytes
}
