//! Files of the same base name that are alike.

use std::collections::{BTreeMap, HashMap};

use muse_wire::path::RepoPath;

use super::directories::DirectoryMoves;
use super::hints::SourceRelevance;
use super::similarity::{FULL_SCORE, MIN_SCORE};
use super::{Search, base_name};
use crate::repository::RepositoryError;

/// What files of the same name must have in common: halfway between what all must have and
/// everything.
const MIN_SAME_NAME_SCORE: u32 = MIN_SCORE + (FULL_SCORE - MIN_SCORE) / 2;

/// The file of a base name: its number, or that there are several.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Named {
    Once(usize),
    Several,
}

impl Search<'_> {
    /// Pairs files whose base name is unique on both sides, or that lie where most of their
    /// directory's files went, if they are very similar.
    pub(super) fn pair_same_names(
        &mut self,
        relevant: Option<&BTreeMap<RepoPath, SourceRelevance>>,
        moves: &mut DirectoryMoves,
    ) -> Result<(), RepositoryError> {
        let guesses = moves.guesses();
        let sources = by_name(self.sources.iter().map(|&at| (at, &*self.removed[at].0)));
        let destinations = by_name(self.destinations().map(|at| (at, &*self.added[at].0)));
        let by_path: HashMap<&str, usize> = match guesses.is_empty() {
            true => HashMap::new(),
            false => self
                .destinations()
                .map(|at| (&*self.added[at].0, at))
                .collect(),
        };
        let candidates: Vec<usize> = self.sources.iter().copied().collect();
        for from in candidates {
            let path = &self.removed[from].0;
            if relevant.is_some_and(|relevant| !relevant.contains_key(path)) {
                continue;
            }
            let name = base_name(path);
            let to = match (sources.get(name), destinations.get(name)) {
                (_, None) => continue,
                (Some(Named::Once(_)), Some(Named::Once(to))) => *to,
                _ => {
                    let directory = path.rsplit_once('/').map_or("", |(above, _)| above);
                    let guess = guesses.get(directory);
                    // As git does it: nothing is guessed to be in the root.
                    let to = guess.and_then(|to| by_path.get(format!("{to}/{name}").as_str()));
                    match to {
                        Some(&to) => to,
                        None => continue,
                    }
                }
            };
            if self.origins[to].is_some() {
                continue;
            }
            let (before, after) = (&self.removed[from], &self.added[to]);
            let score = self
                .similarity
                .score(&before.1, &after.1, MIN_SAME_NAME_SCORE)?;
            if score >= MIN_SAME_NAME_SCORE {
                moves.count(&before.0, &after.0);
                self.pair(from, to, score);
            }
        }
        Ok(())
    }
}

fn by_name<'a>(files: impl Iterator<Item = (usize, &'a str)>) -> HashMap<&'a str, Named> {
    let mut by_name = HashMap::new();
    for (index, path) in files {
        by_name
            .entry(base_name(path))
            .and_modify(|named| *named = Named::Several)
            .or_insert(Named::Once(index));
    }
    by_name
}
