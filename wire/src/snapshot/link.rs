//! What the object of a symbolic link may hold: a target that Linux takes.

use crate::limits::MAX_LINK_TARGET_BYTES;

/// Whether an object of this length may be the target of a link, whatever it holds.
pub const fn is_link_target_length(bytes: u64) -> bool {
    1 <= bytes && bytes <= MAX_LINK_TARGET_BYTES as u64
}

/// Whether an object with these contents may be the target of a link: it has 1 to
/// [`MAX_LINK_TARGET_BYTES`] bytes, and none of them is NUL.
pub fn is_link_target(contents: &[u8]) -> bool {
    is_link_target_length(contents.len() as u64) && !contents.contains(&0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_neither_empty_nor_long_and_has_no_nul() {
        for good in [
            b"a".as_slice(),
            b"../\xff\n",
            &[b'x'; MAX_LINK_TARGET_BYTES],
        ] {
            assert!(is_link_target(good));
        }
        for bad in [
            b"".as_slice(),
            b"a\0",
            b"\0",
            &[b'x'; MAX_LINK_TARGET_BYTES + 1],
        ] {
            assert!(!is_link_target(bad));
        }
    }
}
