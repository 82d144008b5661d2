//! Which mpacks are merged: a log-structured merge.
//!
//! Of each lane there are a few merged mpacks, oldest and largest first, each at least twice as
//! large as all newer ones together. Where new ones break that rule, the newest are merged, from
//! the first on that breaks it. So there are few of them at any length of history, and a byte is
//! rewritten no more often than the logarithm of how many pushes there were.

use crate::store::mpacks::{Lane, MpackId, StoredMpack};

use super::lanes::Contents;

/// How much larger an mpack is than all newer ones of its lane together.
const GROWTH: u64 = 2;

/// Most mpacks of the trunk.
const MAX_TRUNK: usize = 6;

/// Most mpacks of side branches.
const MAX_SIDE: usize = 2;

/// An mpack of the repository, and what it holds.
#[derive(Debug, Clone)]
pub(super) struct Surveyed {
    pub(super) mpack: StoredMpack,
    pub(super) contents: Contents,
}

/// What is to be done.
#[derive(Debug, Default)]
pub(super) struct Choice {
    /// Mpacks that are merged into one of the trunk.
    pub(super) trunk: Vec<StoredMpack>,
    /// Mpacks that are merged into one of side branches.
    pub(super) side: Vec<StoredMpack>,
    /// Whether some of either hold what belongs elsewhere: then all of both are taken apart.
    pub(super) is_split: bool,
    /// Pushed mpacks that are of one lane as they are.
    pub(super) kept: Vec<(MpackId, Lane)>,
    /// Mpacks of which no ref reaches anything.
    pub(super) lost: Vec<MpackId>,
}

impl Choice {
    /// Whether there is nothing to do.
    pub(super) fn is_empty(&self) -> bool {
        self.trunk.is_empty()
            && self.side.is_empty()
            && self.kept.is_empty()
            && self.lost.is_empty()
    }

    /// Chooses among the mpacks of a repository, which are in order.
    pub(super) fn of(surveyed: &[Surveyed]) -> Self {
        let mut choice = Self::default();
        let (mut trunk, mut side) = (Vec::new(), Vec::new());
        let (mut moves_to_trunk, mut leaves_trunk) = (false, false);
        for one in surveyed {
            let lane = one.mpack.lane;
            match one.contents {
                Contents::Pure(Lane::Trunk) => trunk.push(one),
                Contents::Pure(Lane::Side) => side.push(one),
                Contents::Pure(Lane::Lost) => choice.lost.push(one.mpack.id),
                Contents::Mixed => {
                    moves_to_trunk |= lane == Some(Lane::Side);
                    leaves_trunk |= lane == Some(Lane::Trunk);
                    if lane != Some(Lane::Side) {
                        trunk.push(one);
                    }
                    if lane != Some(Lane::Trunk) {
                        side.push(one);
                    }
                }
            }
        }
        let is_pushed = |one: &&Surveyed| one.mpack.lane.is_none();
        // What was pushed to the trunk may build on what comes to it from side branches.
        let must_merge =
            |one: &Surveyed| one.contents == Contents::Mixed || moves_to_trunk && is_pushed(&one);
        let trunk_from = first_merged(&trunk, MAX_TRUNK, must_merge);
        // Mpacks of side branches may rely on what the trunk no longer needs.
        let side_from = first_merged(&side, MAX_SIDE, |one| {
            one.contents == Contents::Mixed || leaves_trunk
        });
        let merged = || trunk[trunk_from..].iter().chain(&side[side_from..]);
        choice.is_split = merged().any(|one| one.contents == Contents::Mixed);
        for (lane, all, from) in [
            (Lane::Trunk, trunk, trunk_from),
            (Lane::Side, side, side_from),
        ] {
            let (rest, merged) = all.split_at(from);
            let rest = rest.iter().filter(|one| is_pushed(one));
            choice.kept.extend(rest.map(|one| (one.mpack.id, lane)));
            let merged = merged.iter().map(|one| one.mpack.clone()).collect();
            match lane {
                Lane::Trunk => choice.trunk = merged,
                _ => choice.side = merged,
            }
        }
        choice
    }
}

/// The index of the first of a lane's mpacks that is merged with all after it; their number where
/// none is.
fn first_merged(
    mpacks: &[&Surveyed],
    most: usize,
    must_merge: impl Fn(&Surveyed) -> bool,
) -> usize {
    let mut newer: u64 = mpacks.iter().map(|one| one.mpack.size_bytes).sum();
    let mut from = mpacks.len();
    for (index, one) in mpacks.iter().enumerate() {
        newer -= one.mpack.size_bytes;
        if must_merge(one) || one.mpack.size_bytes < newer.saturating_mul(GROWTH) {
            from = index;
            break;
        }
    }
    match from {
        _ if from < mpacks.len() => from.min(most - 1),
        _ if mpacks.len() > most => most - 1,
        _ => from,
    }
}

#[cfg(test)]
mod tests {
    use muse_wire::id::MpackKey;
    use muse_wire::mpack::Counts;

    use super::*;

    /// An mpack of so many bytes.
    fn one(id: i64, size_bytes: u64, lane: Option<Lane>, contents: Contents) -> Surveyed {
        let mpack = StoredMpack {
            id: MpackId(id),
            key: MpackKey::from_bytes([0; 32]),
            size_bytes,
            counts: Counts::default(),
            thin: None,
            created_at_ms: 0,
            lane,
            position: id,
            brought_back: false,
        };
        Surveyed { mpack, contents }
    }

    const TRUNK: Contents = Contents::Pure(Lane::Trunk);
    const SIDE: Contents = Contents::Pure(Lane::Side);

    fn ids(mpacks: &[StoredMpack]) -> Vec<i64> {
        mpacks.iter().map(|mpack| mpack.id.0).collect()
    }

    #[test]
    fn the_newest_are_merged_from_the_first_that_is_too_small() {
        let sizes = [1_000, 90, 20, 10, 5];
        let pushed = sizes.iter().zip(1..);
        let pushed: Vec<Surveyed> = pushed
            .map(|(size, id)| one(id, *size, None, TRUNK))
            .collect();
        let choice = Choice::of(&pushed);
        assert_eq!(ids(&choice.trunk), [3, 4, 5]);
        let kept = [1, 2].map(|id| (MpackId(id), Lane::Trunk));
        assert_eq!(choice.kept, kept);
        assert!(!choice.is_split && choice.side.is_empty());
    }

    #[test]
    fn lanes_are_merged_by_themselves_unless_an_mpack_is_of_both() {
        let merged = one(1, 100, Some(Lane::Trunk), TRUNK);
        let side = one(2, 100, Some(Lane::Side), SIDE);
        let pure = [
            merged.clone(),
            side.clone(),
            one(3, 10, None, TRUNK),
            one(4, 10, None, SIDE),
            one(5, 10, None, SIDE),
        ];
        let choice = Choice::of(&pure);
        assert_eq!(
            (ids(&choice.trunk), ids(&choice.side)),
            (vec![], vec![4, 5])
        );
        assert_eq!(choice.kept, [(MpackId(3), Lane::Trunk)]);
        assert!(!choice.is_split);
        let mixed = [
            merged,
            side,
            one(3, 10, None, TRUNK),
            one(4, 1, None, Contents::Mixed),
        ];
        let choice = Choice::of(&mixed);
        assert_eq!((ids(&choice.trunk), ids(&choice.side)), (vec![4], vec![4]));
        assert!(choice.is_split);
    }

    #[test]
    fn what_a_side_branch_gives_to_the_trunk_comes_before_what_was_pushed_since() {
        let surveyed = [
            one(1, 1_000, Some(Lane::Trunk), TRUNK),
            one(2, 100, Some(Lane::Side), Contents::Mixed),
            one(3, 100, None, TRUNK),
            one(4, 1, None, TRUNK),
        ];
        let choice = Choice::of(&surveyed);
        assert_eq!(
            (ids(&choice.trunk), ids(&choice.side)),
            (vec![3, 4], vec![2])
        );
        assert!(choice.is_split);
    }

    #[test]
    fn a_rewound_trunk_takes_all_side_branches_along() {
        let surveyed = [
            one(1, 1_000, Some(Lane::Trunk), TRUNK),
            one(2, 10, Some(Lane::Trunk), Contents::Mixed),
            one(3, 1_000, Some(Lane::Side), SIDE),
            one(4, 1, Some(Lane::Side), SIDE),
        ];
        let choice = Choice::of(&surveyed);
        assert_eq!(
            (ids(&choice.trunk), ids(&choice.side)),
            (vec![2], vec![3, 4])
        );
        assert!(choice.is_split);
    }

    /// Pushes so many mpacks of this size; gives the most that there were at a time, and how often
    /// a byte was written.
    fn push(count: u32, mut size: impl FnMut(u32) -> u64) -> (usize, f64) {
        let mut mpacks: Vec<Surveyed> = Vec::new();
        let (mut most, mut pushed, mut written) = (0, 0, 0);
        for number in 1..=count {
            let size_bytes = size(number);
            pushed += size_bytes;
            mpacks.push(one(number.into(), size_bytes, None, TRUNK));
            let new = mpacks.iter().filter(|one| one.mpack.lane.is_none()).count();
            if new == 4 {
                let merged = ids(&Choice::of(&mpacks).trunk);
                let is_merged = |one: &Surveyed| merged.contains(&one.mpack.id.0);
                let bytes = mpacks.iter().filter(|one| is_merged(one));
                let bytes: u64 = bytes.map(|one| one.mpack.size_bytes).sum();
                mpacks.retain(|one| !is_merged(one));
                if bytes > 0 {
                    mpacks.push(one(number.into(), bytes, None, TRUNK));
                }
                for one in &mut mpacks {
                    one.mpack.lane = Some(Lane::Trunk);
                }
                written += bytes;
            }
            most = most.max(mpacks.len());
        }
        (most, written as f64 / pushed as f64)
    }

    #[test]
    fn there_are_few_and_each_byte_is_seldom_rewritten() {
        for count in [10, 100, 1_000, 10_000] {
            let log = f64::from(count).log2();
            for size in [
                |_| 5_000_000,
                |number: u32| u64::from(number.wrapping_mul(2_654_435_761)),
            ] {
                let (most, rewritten) = push(count, size);
                assert!(most <= MAX_TRUNK + 3, "{most} after {count} pushes");
                assert!(rewritten <= log, "{rewritten} after {count} pushes");
            }
        }
    }
}
