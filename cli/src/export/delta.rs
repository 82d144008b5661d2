//! Git's deltas: how to make an object of a similar one.

/// Bytes of the blocks that are looked for.
const BLOCK_BYTES: usize = 16;

/// Most bytes that one instruction copies.
const MAX_COPY_BYTES: usize = 0x1_0000;

/// Most bytes that one instruction brings along.
const MAX_INSERT_BYTES: usize = 0x7f;

/// Most bytes of an object that is written as a delta, or that one is made against.
pub(super) const MAX_BYTES: usize = 16 * 1024 * 1024;

/// The delta that makes `target` of `base`, unless it is longer than half of `target`.
pub(super) fn delta(base: &[u8], target: &[u8]) -> Option<Vec<u8>> {
    let sizes = BLOCK_BYTES..=MAX_BYTES;
    if !sizes.contains(&base.len()) || !sizes.contains(&target.len()) {
        return None;
    }
    let blocks = Blocks::of(base);
    let mut delta = Vec::new();
    push_length(&mut delta, base.len());
    push_length(&mut delta, target.len());
    let mut at = 0;
    let mut inserted = 0;
    while let Some(block) = target.get(at..at + BLOCK_BYTES) {
        let Some(from) = blocks.find(base, block) else {
            at += 1;
            continue;
        };
        let before = common_suffix(&base[..from], &target[inserted..at]);
        let after = common_prefix(&base[from..], &target[at..]);
        push_insert(&mut delta, &target[inserted..at - before]);
        push_copy(&mut delta, from - before, before + after);
        at += after;
        inserted = at;
        if delta.len() > target.len() / 2 {
            return None;
        }
    }
    push_insert(&mut delta, &target[inserted..]);
    (delta.len() <= target.len() / 2).then_some(delta)
}

/// Where the blocks of an object are, by their hash: of those of one hash the last.
struct Blocks {
    /// One more than the block's number; 0 where there is none.
    places: Vec<u32>,
    shift: u32,
}

impl Blocks {
    fn of(base: &[u8]) -> Self {
        let block_count = base.len() / BLOCK_BYTES;
        let bits = (2 * block_count)
            .next_power_of_two()
            .trailing_zeros()
            .max(1);
        let mut blocks = Self {
            places: vec![0; 1 << bits],
            shift: u64::BITS - bits,
        };
        for (number, block) in base.chunks_exact(BLOCK_BYTES).enumerate() {
            let slot = blocks.slot(block);
            blocks.places[slot] = number as u32 + 1;
        }
        blocks
    }

    fn slot(&self, block: &[u8]) -> usize {
        let (one, two) = block.split_at(BLOCK_BYTES / 2);
        let number = |half: &[u8]| u64::from_le_bytes(half.try_into().expect("half a block"));
        let mixed = number(one).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ number(two);
        (mixed.wrapping_mul(0xff51_afd7_ed55_8ccd) >> self.shift) as usize
    }

    /// Where `base` has the block.
    fn find(&self, base: &[u8], block: &[u8]) -> Option<usize> {
        let number = self.places[self.slot(block)].checked_sub(1)?;
        let from = number as usize * BLOCK_BYTES;
        (base[from..from + BLOCK_BYTES] == *block).then_some(from)
    }
}

fn common_prefix(one: &[u8], two: &[u8]) -> usize {
    one.iter()
        .zip(two)
        .take_while(|(one, two)| one == two)
        .count()
}

fn common_suffix(one: &[u8], two: &[u8]) -> usize {
    let pairs = one.iter().rev().zip(two.iter().rev());
    pairs.take_while(|(one, two)| one == two).count()
}

fn push_length(delta: &mut Vec<u8>, mut length: usize) {
    while length > 0x7f {
        delta.push(length as u8 | 0x80);
        length >>= 7;
    }
    delta.push(length as u8);
}

fn push_insert(delta: &mut Vec<u8>, bytes: &[u8]) {
    for piece in bytes.chunks(MAX_INSERT_BYTES) {
        delta.push(piece.len() as u8);
        delta.extend_from_slice(piece);
    }
}

/// An instruction names only those bytes of offset and length that are not zero; the length
/// 0x10000 is written as 0.
fn push_copy(delta: &mut Vec<u8>, mut from: usize, mut length: usize) {
    while length > 0 {
        let part = length.min(MAX_COPY_BYTES);
        let opcode = delta.len();
        delta.push(0x80);
        let offset = (from as u32).to_le_bytes();
        let size = (part % MAX_COPY_BYTES) as u16;
        let bytes = offset.into_iter().chain(size.to_le_bytes());
        for (bit, byte) in bytes.enumerate() {
            if byte != 0 {
                delta[opcode] |= 1 << bit;
                delta.push(byte);
            }
        }
        from += part;
        length -= part;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the delta makes of `base`, as git's format describes it.
    fn apply(base: &[u8], delta: &[u8]) -> Vec<u8> {
        let mut rest = delta.iter().copied();
        let mut next = || rest.next();
        let mut length = || {
            let mut value = 0;
            for shift in (0..).step_by(7) {
                let byte = next().expect("a length");
                value |= usize::from(byte & 0x7f) << shift;
                if byte & 0x80 == 0 {
                    return value;
                }
            }
            unreachable!()
        };
        assert_eq!(length(), base.len());
        let expected = length();
        let mut made = Vec::new();
        while let Some(opcode) = next() {
            if opcode & 0x80 == 0 {
                made.extend((0..opcode).map(|_| next().expect("inserted")));
                continue;
            }
            let mut number = |bits: std::ops::Range<u8>| {
                let first = bits.start;
                bits.filter(|bit| opcode & 1 << bit != 0)
                    .map(|bit| usize::from(next().expect("a number")) << (8 * (bit - first)))
                    .sum::<usize>()
            };
            let (from, size) = (number(0..4), number(4..7));
            let size = if size == 0 { MAX_COPY_BYTES } else { size };
            made.extend_from_slice(&base[from..from + size]);
        }
        assert_eq!(made.len(), expected);
        made
    }

    fn noise(seed: u64, length: usize) -> Vec<u8> {
        let mut state = seed;
        let step = |_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 56) as u8
        };
        (0..length).map(step).collect()
    }

    #[test]
    fn what_a_delta_makes_is_the_target() {
        let base = noise(1, 300_000);
        let edit = |edit: &dyn Fn(&mut Vec<u8>)| {
            let mut target = base.clone();
            edit(&mut target);
            target
        };
        for target in [
            base.clone(),
            edit(&|bytes| bytes.insert(70_000, 1)),
            edit(&|bytes| bytes.truncate(0x1_0000)),
            edit(&|bytes| bytes.rotate_left(0x1_0000)),
            edit(&|bytes| bytes.splice(10..500, noise(2, 400)).for_each(drop)),
            edit(&|bytes| bytes.extend(noise(3, 200))),
        ] {
            let delta = delta(&base, &target).expect("they are similar");
            assert!(delta.len() < 1000, "{} bytes", delta.len());
            assert!(apply(&base, &delta) == target, "other bytes");
        }
    }

    #[test]
    fn what_is_not_similar_has_no_delta() {
        let base = noise(1, 1000);
        assert_eq!(delta(&base, &noise(2, 1000)), None);
        assert_eq!(delta(&base, b"short"), None);
        assert_eq!(delta(b"", &base), None);
        let mut half = noise(3, 600);
        half.extend_from_slice(&base[..400]);
        assert_eq!(delta(&base, &half), None);
    }
}
