//! Writes values in the one form in which [`super::Reader`] reads them.

use std::io::{self, Write};

use super::markers::{ARRAY, BIN, MAP, Markers, NIL, STR};

/// Writes one record into memory.
#[derive(Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// A record without values yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes the header of an array; its values follow.
    ///
    /// # Panics
    /// Where there are 2^32 values or more.
    pub fn array(&mut self, length: usize) {
        self.length(length, &ARRAY);
    }

    /// Writes the header of a map; its keys and values follow in turn, ascending by key.
    ///
    /// # Panics
    /// Where there are 2^32 entries or more.
    pub fn map(&mut self, length: usize) {
        self.length(length, &MAP);
    }

    /// Writes a str.
    ///
    /// # Panics
    /// Where it has 2^32 bytes or more.
    pub fn str(&mut self, text: &str) {
        self.length(text.len(), &STR);
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// Writes a bin.
    ///
    /// # Panics
    /// Where it has 2^32 bytes or more.
    pub fn bin(&mut self, bytes: &[u8]) {
        self.length(bytes.len(), &BIN);
        self.bytes.extend_from_slice(bytes);
    }

    /// Writes a nil.
    pub fn nil(&mut self) {
        self.bytes.push(NIL);
    }

    /// Writes an integer.
    pub fn integer(&mut self, value: i64) {
        match value {
            -0x20..=0x7f => self.bytes.push(value as u8),
            0x80..=0xff => self.marked(0xcc, &[value as u8]),
            0x100..=0xffff => self.marked(0xcd, &(value as u16).to_be_bytes()),
            0x1_0000..=0xffff_ffff => self.marked(0xce, &(value as u32).to_be_bytes()),
            0x1_0000_0000.. => self.marked(0xcf, &value.to_be_bytes()),
            -0x80..=-0x21 => self.marked(0xd0, &(value as i8).to_be_bytes()),
            -0x8000..=-0x81 => self.marked(0xd1, &(value as i16).to_be_bytes()),
            -0x8000_0000..=-0x8001 => self.marked(0xd2, &(value as i32).to_be_bytes()),
            ..=-0x8000_0001 => self.marked(0xd3, &value.to_be_bytes()),
        }
    }

    /// Moves the bytes of all that was written to `out`.
    ///
    /// # Errors
    /// Where `out` fails.
    pub fn write_to(&mut self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(&self.bytes)?;
        self.bytes.clear();
        Ok(())
    }

    /// The bytes of all that was written.
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }

    /// Writes a length with the shortest marker that can hold it.
    fn length(&mut self, length: usize, markers: &Markers) {
        let (first, short_count) = markers.short;
        if length < usize::from(short_count) {
            self.bytes.push(first + length as u8);
        } else if let (Ok(length), Some(one)) = (u8::try_from(length), markers.one) {
            self.marked(one, &[length]);
        } else if let Ok(length) = u16::try_from(length) {
            self.marked(markers.two, &length.to_be_bytes());
        } else {
            let length = u32::try_from(length).expect("limits are far below four gigabytes");
            self.marked(markers.four, &length.to_be_bytes());
        }
    }

    fn marked(&mut self, marker: u8, bytes: &[u8]) {
        self.bytes.push(marker);
        self.bytes.extend_from_slice(bytes);
    }
}
