//! Pseudo-random bytes that compress the way sources do, and some that do not compress at all.

/// A small, fast, seeded generator (SplitMix64, by Sebastiano Vigna): good enough for contents,
/// and nothing more.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// A generator that always gives the same numbers for the same seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`.
    pub const fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// Syllables of which identifiers are built: a few thousand distinct words, unevenly used.
const SYLLABLES: [&str; 24] = [
    "re", "con", "ta", "ble", "me", "for", "in", "der", "load", "path", "row", "key", "val", "idx",
    "ser", "buf", "node", "tree", "pack", "list", "map", "iter", "ok", "err",
];

const JOINTS: [&str; 16] = [
    " ", " ", " ", " ", "_", "_", ".", "(", ")", ", ", " = ", ";\n", ";\n    ", "::", " -> ",
    " {\n    ",
];

/// About `length` bytes that look like source text; deflate makes a third of them.
pub fn text(seed: u64, length: usize) -> Vec<u8> {
    let mut random = Random::new(seed);
    let mut out = String::with_capacity(length + 16);
    while out.len() < length {
        let mut bits = random.next();
        // The product of two uniform numbers favours the first syllables, as words' frequencies do.
        for _ in 0..1 + bits % 2 {
            let syllable = (((bits >> 8) & 0xff) * ((bits >> 16) & 0xff) * 24) >> 16;
            out.push_str(SYLLABLES[syllable as usize]);
            bits = bits.rotate_right(24);
        }
        if bits >> 60 == 0 {
            out.push_str(&(random.next() % 10_000).to_string());
        }
        out.push_str(JOINTS[(bits >> 40 & 15) as usize]);
    }
    out.truncate(length);
    out.into_bytes()
}

/// `length` bytes that nothing can compress.
pub fn incompressible(seed: u64, length: usize) -> Vec<u8> {
    let mut random = Random::new(seed);
    let mut out = Vec::with_capacity(length + 8);
    while out.len() < length {
        out.extend_from_slice(&random.next().to_le_bytes());
    }
    out.truncate(length);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
        assert_eq!(text(1, 5_000), text(1, 5_000));
        assert_ne!(text(1, 5_000), text(2, 5_000));
        assert_eq!(text(3, 4_097).len(), 4_097);
        assert_eq!(incompressible(1, 33).len(), 33);
    }
}
