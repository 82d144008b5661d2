//! Typed 32-byte ids, written `sha256:<64 lowercase hex>` in text and as 32 raw bytes in binary.
//!
//! One newtype per kind of thing, so that a snapshot's id can never be handed to a function that
//! looks up objects.

use std::fmt;
use std::io::{ErrorKind, Read};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

/// Length of every id in bytes: one SHA-256.
pub const ID_BYTES: usize = 32;

/// What every id's text form starts with.
pub const ID_PREFIX: &str = "sha256:";

/// Why a text is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an id: expected `sha256:` and 64 lowercase hexadecimal digits")]
pub struct ParseIdError;

macro_rules! id_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; ID_BYTES]);

        impl $name {
            /// Wraps raw bytes without checking what they are a digest of.
            pub const fn from_bytes(bytes: [u8; ID_BYTES]) -> Self {
                Self(bytes)
            }

            /// Wraps a slice; `None` unless it is exactly [`ID_BYTES`] long.
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self)
            }

            /// The raw digest.
            pub const fn as_bytes(&self) -> &[u8; ID_BYTES] {
                &self.0
            }

            /// The 64 hexadecimal digits, without the prefix.
            pub fn to_hex(&self) -> String {
                hex(&self.0)
            }

            /// The first ten hexadecimal digits, for people.
            pub fn short(&self) -> String {
                hex(&self.0[..5])
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{ID_PREFIX}{}", hex(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.short())
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                let digits = text.strip_prefix(ID_PREFIX).ok_or(ParseIdError)?;
                parse_hex(digits).map(Self).ok_or(ParseIdError)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serialize_id(&self.0, serializer)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserialize_id(deserializer).map(Self)
            }
        }
    };
}

id_type! {
    /// A file's bytes: the SHA-256 of exactly those bytes, so `sha256sum` can check it.
    ObjectId
}
id_type! {
    /// A chunk of a large object: the SHA-256 of its bytes.
    ChunkId
}
id_type! {
    /// A whole tree: the Merkle root over its directories (see [`crate::snapshot::Tree`]).
    SnapshotId
}
id_type! {
    /// A commit: SHA-256 of `muse/commit/1\0` and the encoded record.
    CommitId
}
id_type! {
    /// An mpack file: the SHA-256 of its bytes.
    MpackKey
}
id_type! {
    /// A part of an mpack that is uploaded in parts: the SHA-256 of its bytes.
    PartId
}
id_type! {
    /// The SHA-256 of a commit's structured delta.
    DeltaDigest
}

impl ObjectId {
    /// The id of these contents.
    pub fn of(contents: &[u8]) -> Self {
        Self(Sha256::digest(contents).into())
    }
}

impl ChunkId {
    /// The id of these contents.
    pub fn of(contents: &[u8]) -> Self {
        Self(Sha256::digest(contents).into())
    }
}

impl PartId {
    /// The id of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl DeltaDigest {
    /// The digest of these structured-delta bytes.
    pub fn of(delta: &[u8]) -> Self {
        Self(Sha256::digest(delta).into())
    }
}

/// SHA-256 over bytes that arrive in pieces.
#[derive(Clone, Default)]
pub struct Hasher(Sha256);

impl Hasher {
    /// A hasher that has seen nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all bytes added.
    pub fn finish(self) -> [u8; ID_BYTES] {
        self.0.finalize().into()
    }
}

/// Hashes all that `source` holds; returns the id and the length in bytes.
///
/// # Errors
/// Whatever reading `source` gives.
pub fn hash_object(source: &mut dyn Read) -> std::io::Result<(ObjectId, u64)> {
    let mut hasher = Hasher::new();
    let mut buffer = vec![0; 64 * 1024];
    let mut length = 0;
    loop {
        let read = match source.read(&mut buffer) {
            Ok(0) => return Ok((ObjectId(hasher.finish()), length)),
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hasher.update(&buffer[..read]);
        length += read as u64;
    }
}

/// Lowercase hexadecimal digits of `bytes`.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// Parses exactly `2 × N` lowercase hexadecimal digits.
pub fn parse_hex<const N: usize>(digits: &str) -> Option<[u8; N]> {
    let digits = digits.as_bytes();
    if digits.len() != N * 2 {
        return None;
    }
    let nibble = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
    }
    Some(bytes)
}

fn serialize_id<S: Serializer>(bytes: &[u8; ID_BYTES], serializer: S) -> Result<S::Ok, S::Error> {
    if serializer.is_human_readable() {
        serializer.collect_str(&format_args!("{ID_PREFIX}{}", hex(bytes)))
    } else {
        serializer.serialize_bytes(bytes)
    }
}

fn deserialize_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; ID_BYTES], D::Error> {
    struct IdVisitor;

    impl<'de> serde::de::Visitor<'de> for IdVisitor {
        type Value = [u8; ID_BYTES];

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("32 bytes, or `sha256:` and 64 hexadecimal digits")
        }

        fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
            bytes
                .try_into()
                .map_err(|_| E::invalid_length(bytes.len(), &self))
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
            text.strip_prefix(ID_PREFIX)
                .and_then(parse_hex)
                .ok_or_else(|| E::custom(ParseIdError))
        }
    }

    if deserializer.is_human_readable() {
        deserializer.deserialize_str(IdVisitor)
    } else {
        deserializer.deserialize_bytes(IdVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_is_the_one_sha256sum_prints() {
        let id = ObjectId::of(b"abc");
        let text = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(id.to_string(), text);
        assert_eq!(text.parse(), Ok(id));
        assert_eq!(id.short(), "ba7816bf8f");
    }

    #[test]
    fn refuses_every_other_spelling() {
        let hex = ObjectId::of(b"abc").to_hex();
        for wrong in [
            hex.clone(),
            format!("sha256:{}", hex.to_uppercase()),
            format!("sha256:{}", &hex[1..]),
            format!("sha1:{hex}"),
            String::new(),
        ] {
            assert_eq!(wrong.parse::<ObjectId>(), Err(ParseIdError), "{wrong}");
        }
    }

    #[test]
    fn binary_form_is_raw_bytes_and_json_is_text() {
        let id = CommitId::from_bytes([7; 32]);
        let packed = rmp_serde::to_vec(&id).expect("ids always encode");
        assert_eq!(packed.len(), 34);
        assert_eq!(
            rmp_serde::from_slice::<CommitId>(&packed).expect("round trip"),
            id
        );
        let json = serde_json::to_string(&id).expect("ids always encode");
        assert_eq!(json, format!("\"{id}\""));
        assert_eq!(
            serde_json::from_str::<CommitId>(&json).expect("round trip"),
            id
        );
    }

    #[test]
    fn streamed_hash_equals_the_hash_of_the_whole() {
        let contents = vec![42; 200_000];
        let (id, length) =
            hash_object(&mut contents.as_slice()).expect("reading memory cannot fail");
        assert_eq!((id, length), (ObjectId::of(&contents), 200_000));
    }

    #[test]
    fn hashing_goes_on_after_an_interrupt_and_ends_at_any_other_failure() {
        struct Failing(Option<ErrorKind>);

        impl Read for Failing {
            fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
                match self.0.take() {
                    Some(kind) => Err(kind.into()),
                    None => b"".as_slice().read(buffer),
                }
            }
        }

        let interrupted = hash_object(&mut Failing(Some(ErrorKind::Interrupted)));
        assert_eq!(interrupted.expect("goes on"), (ObjectId::of(b""), 0));
        let failed = hash_object(&mut Failing(Some(ErrorKind::UnexpectedEof)));
        assert_eq!(
            failed.expect_err("it fails").kind(),
            ErrorKind::UnexpectedEof
        );
    }

    #[test]
    fn a_refusal_says_what_an_id_looks_like() {
        let refused = serde_json::from_str::<CommitId>("7").expect_err("a number");
        assert!(
            refused
                .to_string()
                .contains("expected 32 bytes, or `sha256:` and 64 hexadecimal digits"),
            "{refused}"
        );
    }
}
