//! An input of the fuzzer, read as a list of choices.
//!
//! A target that only parsed its input would stop at the first checksum. So inputs are not files:
//! they say how a valid value is built and bent, and hashes are computed afterwards.

/// The choices that are left. Where there are none, every choice is the first one.
pub(crate) struct Choices<'a>(&'a [u8]);

impl<'a> Choices<'a> {
    pub(crate) const fn new(input: &'a [u8]) -> Self {
        Self(input)
    }

    /// Whether there are none left.
    pub(crate) const fn are_over(&self) -> bool {
        self.0.is_empty()
    }

    /// All that is left, as it is.
    pub(crate) const fn rest(&mut self) -> &'a [u8] {
        let rest = self.0;
        self.0 = &[];
        rest
    }

    pub(crate) fn byte(&mut self) -> u8 {
        let [byte] = self.take();
        byte
    }

    /// One of `count` things; 0 where there are none.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        let number = if count <= 1 {
            0
        } else if count <= 256 {
            self.byte().into()
        } else {
            u32::from_le_bytes(self.take()) as usize
        };
        number.checked_rem(count).unwrap_or(0)
    }

    /// True once in so many times.
    pub(crate) fn once_in(&mut self, count: u8) -> bool {
        self.byte() % count == count - 1
    }

    /// A number as it would come from a file, or what often breaks one.
    pub(crate) fn long(&mut self) -> u64 {
        match self.byte() % 10 {
            0 => 0,
            1 => self.byte().into(),
            2 => u64::MAX - u64::from(self.byte()),
            3 => u64::from(u32::MAX) - u64::from(self.byte()),
            4 => u64::from(u32::MAX) + u64::from(self.byte()),
            5 => 1 << (self.byte() % 64),
            6 => (1 << (self.byte() % 64)) - 1,
            7 => 1_000_000_000,
            8 => u32::from_le_bytes(self.take()).into(),
            _ => u64::from_le_bytes(self.take()),
        }
    }

    /// As [`Self::long`].
    pub(crate) fn word(&mut self) -> u32 {
        self.long() as u32
    }

    /// `value`, a little or completely changed.
    pub(crate) fn bend(&mut self, value: u64) -> u64 {
        match self.byte() % 5 {
            0 => value.wrapping_add(1 + u64::from(self.byte() % 4)),
            1 => value.wrapping_sub(1 + u64::from(self.byte() % 4)),
            2 => value ^ 1 << (self.byte() % 64),
            3 => value.wrapping_mul(2),
            _ => self.long(),
        }
    }

    /// As [`Self::bend`].
    pub(crate) fn bend_word(&mut self, value: u32) -> u32 {
        match self.byte() % 5 {
            0 => value.wrapping_add(1 + u32::from(self.byte() % 4)),
            1 => value.wrapping_sub(1 + u32::from(self.byte() % 4)),
            2 => value ^ 1 << (self.byte() % 32),
            3 => value.wrapping_mul(2),
            _ => self.word(),
        }
    }

    /// Up to 255 bytes.
    pub(crate) fn bytes(&mut self) -> &'a [u8] {
        let length = usize::from(self.byte()).min(self.0.len());
        let (bytes, rest) = self.0.split_at(length);
        self.0 = rest;
        bytes
    }

    /// Changes a few bytes: overwrites, cuts out, puts in, doubles.
    pub(crate) fn bend_bytes(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.byte() % 4 {
            let at = self.below(bytes.len());
            match self.byte() % 7 {
                0 if !bytes.is_empty() => bytes[at] ^= 1 << (self.byte() % 8),
                1 if !bytes.is_empty() => bytes[at] = self.byte(),
                2 => bytes.truncate(at),
                3 => {
                    let end = (at + 1 + usize::from(self.byte() % 40)).min(bytes.len());
                    bytes.drain(at..end);
                }
                4 => {
                    bytes.splice(at..at, self.bytes().iter().copied());
                }
                5 => {
                    let end = (at + 1 + usize::from(self.byte() % 80)).min(bytes.len());
                    let part = bytes[at..end].to_vec();
                    bytes.splice(at..at, part);
                }
                _ => {
                    let number = self.long().to_be_bytes();
                    let width = [1, 2, 4, 8][self.below(4)];
                    let number = &number[8 - width..];
                    let end = (at + width).min(bytes.len());
                    bytes.splice(at..end, number.iter().copied());
                }
            }
        }
    }

    fn take<const N: usize>(&mut self) -> [u8; N] {
        let mut taken = [0; N];
        let count = N.min(self.0.len());
        let (bytes, rest) = self.0.split_at(count);
        taken[..count].copy_from_slice(bytes);
        self.0 = rest;
        taken
    }
}
