//! Pointers of git LFS: small files that stand in git for what is stored beside it.
//!
//! A pointer names contents by their SHA-256, which is what an object is called here, and says how
//! long they are. So it can be made of the object again.

use std::ops::RangeInclusive;

use muse_wire::id::{ObjectId, parse_hex};

/// Begins a pointer.
const START: &str = "version https://git-lfs.github.com/spec/v1\noid sha256:";

/// Bytes of a pointer: the length that it names has 1 to 20 digits.
const LEAST_BYTES: u64 = START.len() as u64 + 64 + "\nsize 0\n".len() as u64;
const MOST_BYTES: u64 = LEAST_BYTES + 19;

/// A pointer in the form in which git LFS writes it. In any other form, and with extensions, it is
/// no pointer here, but a file like others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct LfsPointer {
    /// What it stands for.
    pub(crate) object: ObjectId,
    /// How many bytes that has.
    pub(crate) length: u64,
}

impl LfsPointer {
    /// How many bytes a pointer can have.
    pub(crate) const BYTES: RangeInclusive<u64> = LEAST_BYTES..=MOST_BYTES;

    /// The pointer of these bytes; none of others.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let rest = str::from_utf8(bytes).ok()?.strip_prefix(START)?;
        let (oid, rest) = rest.split_once('\n')?;
        let (size, end) = rest.strip_prefix("size ")?.split_once('\n')?;
        let pointer = Self {
            object: ObjectId::from_bytes(parse_hex::<32>(oid)?),
            length: size.parse().ok()?,
        };
        // A sign or zeros before the length make other bytes.
        (end.is_empty() && pointer.to_bytes() == bytes).then_some(pointer)
    }

    /// Its bytes.
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let Self { object, length } = self;
        format!("{START}{}\nsize {length}\n", object.to_hex()).into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_is_what_git_lfs_writes_and_nothing_else() {
        // As the specification of git LFS has it.
        let oid = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";
        let text = format!("{START}{oid}\nsize 12345\n");
        let pointer = LfsPointer::parse(text.as_bytes()).expect("a pointer");
        assert_eq!(
            (pointer.object.to_hex(), pointer.length),
            (oid.to_owned(), 12345)
        );
        assert_eq!(pointer.to_bytes(), text.as_bytes());
        for wrong in [
            String::new(),
            START.to_owned(),
            text.to_uppercase(),
            text.replace("12345", "012345"),
            text.replace("12345", "+12345"),
            text.replace("12345", "x"),
            text.replace("12345", "99999999999999999999"),
            text.replace('\n', "\r\n"),
            text.replace("oid", "ext-0-foo sha256:1\noid"),
            text.replace(oid, &oid[1..]),
            format!("{text}\n"),
            text.trim_end().to_owned(),
        ] {
            assert_eq!(LfsPointer::parse(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn all_pointers_have_a_length_in_the_range() {
        for length in [0, u64::MAX] {
            let object = ObjectId::of(b"");
            let bytes = LfsPointer { object, length }.to_bytes();
            let end = match length {
                0 => LfsPointer::BYTES.start(),
                _ => LfsPointer::BYTES.end(),
            };
            assert_eq!(bytes.len() as u64, *end);
        }
    }
}
