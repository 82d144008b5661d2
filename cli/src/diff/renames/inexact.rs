//! Files that are more similar to each other than to any others.

use std::cmp::Ordering;

use super::directories::DirectoryMoves;
use super::similarity::MIN_SCORE;
use super::{Search, base_name};
use crate::repository::RepositoryError;

/// How many of the most similar removed files each new one may choose from.
const CANDIDATES_PER_FILE: usize = 4;

/// How similar two files are.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    from: usize,
    to: usize,
    score: u32,
    has_same_name: bool,
}

impl Candidate {
    /// The better one is the lesser.
    fn rank(&self, other: &Self) -> Ordering {
        let key = |candidate: &Self| (candidate.score, candidate.has_same_name);
        key(other).cmp(&key(self))
    }
}

impl Search<'_> {
    /// Compares all that are left with each other, unless they are too many, and pairs the most
    /// similar first.
    pub(super) fn pair_most_similar(
        &mut self,
        limit: usize,
        moves: &mut DirectoryMoves,
    ) -> Result<(), RepositoryError> {
        let destinations: Vec<usize> = self.destinations().collect();
        if destinations.len().saturating_mul(self.sources.len()) > limit * limit {
            return Ok(());
        }
        let mut candidates = Vec::new();
        for &to in &destinations {
            let mut best: Vec<Candidate> = Vec::with_capacity(CANDIDATES_PER_FILE);
            for &from in &self.sources {
                let (before, after) = (&self.removed[from], &self.added[to]);
                let candidate = Candidate {
                    from,
                    to,
                    score: self.similarity.score(&before.1, &after.1, MIN_SCORE)?,
                    has_same_name: base_name(&before.0) == base_name(&after.0),
                };
                keep_if_better(&mut best, candidate);
            }
            candidates.extend(best);
        }
        candidates.sort_by(Candidate::rank);
        for candidate in candidates {
            if candidate.score < MIN_SCORE {
                break;
            }
            let Candidate { from, to, .. } = candidate;
            if self.origins[to].is_none() && self.sources.contains(&from) {
                moves.count(&self.removed[from].0, &self.added[to].0);
                self.pair(from, to, candidate.score);
            }
        }
        Ok(())
    }
}

/// Takes the place of the worst one that is worse; the first of several.
fn keep_if_better(best: &mut Vec<Candidate>, candidate: Candidate) {
    if best.len() < CANDIDATES_PER_FILE {
        best.push(candidate);
        return;
    }
    let mut worst = 0;
    for index in 1..best.len() {
        if best[index].rank(&best[worst]) == Ordering::Greater {
            worst = index;
        }
    }
    if best[worst].rank(&candidate) == Ordering::Greater {
        best[worst] = candidate;
    }
}
