//! Reads values one by one, each of an expected type, and nothing that has another encoding.
//!
//! No length is believed: it is held against its limit and against the bytes that are left before
//! memory is taken for it.

use std::io::{ErrorKind, Read};

use super::error::DecodeError;
use super::markers::{ARRAY, BIN, MAP, Markers, NIL, STR};

/// Reads one record of a known length. `what` in its methods names the value in errors.
///
/// The source should be in memory or buffered: it is read in small pieces.
pub struct Reader<R> {
    source: R,
    offset: u64,
    remaining: u64,
    /// Offset of the marker that was read last.
    marker_offset: u64,
    /// A marker that was read and not used.
    unused_marker: Option<u8>,
    /// The bytes of the last str.
    text: Vec<u8>,
}

impl<R: Read> Reader<R> {
    /// Reads the next `length` bytes of `source`.
    pub const fn new(source: R, length: u64) -> Self {
        Self {
            source,
            offset: 0,
            remaining: length,
            marker_offset: 0,
            unused_marker: None,
            text: Vec::new(),
        }
    }

    /// Reads the header of an array of at most `limit` values; returns how many follow.
    ///
    /// # Errors
    /// [`DecodeError`] where something else stands there, or there are more.
    pub fn array(&mut self, what: &'static str, limit: usize) -> Result<usize, DecodeError> {
        self.length(&ARRAY, what, limit)
    }

    /// Reads the header of an array of exactly `length` values.
    ///
    /// # Errors
    /// [`DecodeError`] where something else stands there.
    pub fn array_of(&mut self, what: &'static str, length: usize) -> Result<(), DecodeError> {
        if self.array(what, length)? == length {
            return Ok(());
        }
        Err(self.invalid(what, format!("is not an array of {length}")))
    }

    /// Reads the header of a map of at most `limit` entries; returns how many follow. That the keys
    /// ascend is for the caller to check.
    ///
    /// # Errors
    /// [`DecodeError`] where something else stands there, or there are more.
    pub fn map(&mut self, what: &'static str, limit: usize) -> Result<usize, DecodeError> {
        self.length(&MAP, what, limit)
    }

    /// Reads a str of at most `limit` bytes.
    ///
    /// # Errors
    /// [`DecodeError`] where something else stands there, or it is longer or not UTF-8.
    pub fn str(&mut self, what: &'static str, limit: usize) -> Result<&str, DecodeError> {
        let length = self.length(&STR, what, limit)?;
        let mut text = std::mem::take(&mut self.text);
        text.resize(length, 0);
        let read = self.read(what, &mut text);
        self.text = text;
        read?;
        let offset = self.marker_offset;
        std::str::from_utf8(&self.text).map_err(|_| DecodeError::Invalid {
            what,
            offset,
            reason: "is not UTF-8".to_owned(),
        })
    }

    /// Reads a bin of at most `limit` bytes.
    ///
    /// # Errors
    /// [`DecodeError`] where something else stands there, or it is longer.
    pub fn bin(&mut self, what: &'static str, limit: usize) -> Result<Vec<u8>, DecodeError> {
        let length = self.length(&BIN, what, limit)?;
        let mut bytes = vec![0; length];
        self.read(what, &mut bytes)?;
        Ok(bytes)
    }

    /// Reads a bin of exactly `N` bytes.
    ///
    /// # Errors
    /// [`DecodeError`] where something else stands there.
    pub fn bin_of<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], DecodeError> {
        if self.length(&BIN, what, N)? != N {
            return Err(self.invalid(what, format!("is not a bin of {N} bytes")));
        }
        let mut bytes = [0; N];
        self.read(what, &mut bytes)?;
        Ok(bytes)
    }

    /// Reads an integer.
    ///
    /// # Errors
    /// [`DecodeError`] where something else stands there, or it is 2^63 or more.
    pub fn integer(&mut self, what: &'static str) -> Result<i64, DecodeError> {
        let marker = self.marker(what)?;
        let (value, shorter) = match marker {
            0x00..=0x7f => return Ok(i64::from(marker)),
            0xe0..=0xff => return Ok(i64::from(marker.cast_signed())),
            0xcc => (i128::from(u8::from_be_bytes(self.fixed(what)?)), 0..=0x7f),
            0xcd => {
                let value = u16::from_be_bytes(self.fixed(what)?);
                (value.into(), 0..=u8::MAX.into())
            }
            0xce => {
                let value = u32::from_be_bytes(self.fixed(what)?);
                (value.into(), 0..=u16::MAX.into())
            }
            0xcf => {
                let value = u64::from_be_bytes(self.fixed(what)?);
                (value.into(), 0..=u32::MAX.into())
            }
            // What is not negative is written as an unsigned integer.
            0xd0 => {
                let value = i8::from_be_bytes(self.fixed(what)?);
                (value.into(), -32..=i128::MAX)
            }
            0xd1 => {
                let value = i16::from_be_bytes(self.fixed(what)?);
                (value.into(), i8::MIN.into()..=i128::MAX)
            }
            0xd2 => {
                let value = i32::from_be_bytes(self.fixed(what)?);
                (value.into(), i16::MIN.into()..=i128::MAX)
            }
            0xd3 => {
                let value = i64::from_be_bytes(self.fixed(what)?);
                (value.into(), i32::MIN.into()..=i128::MAX)
            }
            _ => return Err(self.invalid(what, "is not an integer")),
        };
        if shorter.contains(&value) {
            return Err(self.invalid(what, "is an integer that has a shorter form"));
        }
        i64::try_from(value).map_err(|_| self.invalid(what, "is an integer of more than 63 bits"))
    }

    /// Reads a nil where one stands next; otherwise reads nothing and returns `false`.
    ///
    /// # Errors
    /// [`DecodeError`] where nothing is left to read.
    pub fn nil(&mut self, what: &'static str) -> Result<bool, DecodeError> {
        let marker = self.marker(what)?;
        if marker != NIL {
            self.unused_marker = Some(marker);
        }
        Ok(marker == NIL)
    }

    /// Ends the reading: nothing may be left.
    ///
    /// # Errors
    /// [`DecodeError`] where bytes follow the last value.
    pub fn finish(&self, what: &'static str) -> Result<(), DecodeError> {
        if self.remaining == 0 && self.unused_marker.is_none() {
            return Ok(());
        }
        Err(DecodeError::Invalid {
            what,
            offset: 0,
            reason: format!("ends at byte {}, and other bytes follow", self.offset),
        })
    }

    /// An error about the value whose marker was read last, found by the caller.
    pub fn invalid(&self, what: &'static str, reason: impl Into<String>) -> DecodeError {
        DecodeError::Invalid {
            what,
            offset: self.marker_offset,
            reason: reason.into(),
        }
    }

    fn length(
        &mut self,
        markers: &Markers,
        what: &'static str,
        limit: usize,
    ) -> Result<usize, DecodeError> {
        let marker = self.marker(what)?;
        let (first, short_count) = markers.short;
        let (length, least) = if marker.wrapping_sub(first) < short_count {
            (u32::from(marker - first), 0)
        } else if Some(marker) == markers.one {
            let [length] = self.fixed(what)?;
            (length.into(), short_count.into())
        } else if marker == markers.two {
            let length = u16::from_be_bytes(self.fixed(what)?);
            (
                length.into(),
                markers.one.map_or(short_count.into(), |_| 0x100),
            )
        } else if marker == markers.four {
            (u32::from_be_bytes(self.fixed(what)?), 0x1_0000)
        } else {
            return Err(self.invalid(what, format!("is no {}", markers.name)));
        };
        if length < least {
            let reason = format!("is a {} whose length has a shorter form", markers.name);
            return Err(self.invalid(what, reason));
        }
        let length = length as usize;
        if length > limit {
            let reason = format!("has a length of {length}; the limit is {limit}");
            return Err(self.invalid(what, reason));
        }
        // Every element takes at least one byte.
        if length as u64 > self.remaining {
            return Err(self.ends_early(what));
        }
        Ok(length)
    }

    fn marker(&mut self, what: &'static str) -> Result<u8, DecodeError> {
        if let Some(marker) = self.unused_marker.take() {
            return Ok(marker);
        }
        self.marker_offset = self.offset;
        let [marker] = self.fixed(what)?;
        Ok(marker)
    }

    fn fixed<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], DecodeError> {
        let mut bytes = [0; N];
        self.read(what, &mut bytes)?;
        Ok(bytes)
    }

    fn read(&mut self, what: &'static str, bytes: &mut [u8]) -> Result<(), DecodeError> {
        let length = bytes.len() as u64;
        if length > self.remaining {
            return Err(self.ends_early(what));
        }
        self.source
            .read_exact(bytes)
            .map_err(|error| match error.kind() {
                ErrorKind::UnexpectedEof => self.ends_early(what),
                _ => DecodeError::Source(error),
            })?;
        self.offset += length;
        self.remaining -= length;
        Ok(())
    }

    fn ends_early(&self, what: &'static str) -> DecodeError {
        self.invalid(what, "is cut off by the end of the record")
    }
}
