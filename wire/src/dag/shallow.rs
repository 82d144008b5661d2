//! What a fetch brings where not all of the history is wanted, or the receiver does not have all.
//!
//! A receiver may have commits without their parents: its history is *shallow*, and ends at them.
//! Such a commit is whole in itself, but what it has for parents says nothing of what is there.
//! Server and client find out here, in the same way, what has to be sent to such a receiver, and
//! where its history ends then.

use std::collections::{BinaryHeap, HashMap, HashSet};

use super::{CommitNode, CommitSource, Revwalk, Sorting, WalkError, Walked};
use crate::id::CommitId;

/// How far down the history that a fetch brings goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Reach {
    /// Down to the roots, and to where the receiver is shallow.
    #[default]
    Whole,
    /// So many commits on every way down from these tips, the tips included.
    Depth {
        /// Where the count begins.
        tips: Vec<CommitId>,
        /// How many commits.
        depth: u32,
    },
    /// As [`Self::Whole`], and so many more below those of these commits to which the receiver's
    /// history leads.
    Deepen {
        /// Commits at which the receiver's history ends.
        below: Vec<CommitId>,
        /// How many commits on every way down from them.
        by: u32,
    },
}

/// A fetch whose outcome may be a shallow history.
#[derive(Debug)]
pub struct ShallowFetch<'a> {
    /// What is wanted.
    pub want: &'a [CommitId],
    /// What the receiver has, down to where it is shallow. Unknown ids stop nothing.
    pub have: &'a [CommitId],
    /// The commits that it has without their parents.
    pub shallow: &'a HashSet<CommitId>,
    /// How far down it is to go.
    pub reach: &'a Reach,
}

/// What such a fetch brings.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ShallowOutcome {
    /// The commits that the receiver lacks, parents first.
    pub commits: Vec<CommitId>,
    /// Parents of theirs that the receiver has.
    pub boundary: Vec<CommitId>,
    /// Those of them that come without some of their parents, ascending.
    pub shallow: Vec<CommitId>,
    /// Commits at which the receiver's history ended, and that have all their parents now,
    /// ascending.
    pub unshallow: Vec<CommitId>,
    /// The parents that are not there.
    pub absent: HashSet<CommitId>,
}

impl ShallowFetch<'_> {
    /// Finds out what has to be sent.
    ///
    /// # Errors
    /// [`WalkError`] where a commit that is needed is missing or the source fails.
    pub fn walk<S: CommitSource>(&self, source: &S) -> Result<ShallowOutcome, WalkError<S::Error>> {
        let (new, opened) = match self.reach {
            Reach::Whole => (self.new_commits(source)?, HashSet::new()),
            Reach::Depth { tips, depth } => (Walked::default(), within(source, tips, *depth)?),
            Reach::Deepen { below, by } => {
                // The commits themselves are the first on the way.
                let below = self.reached(source, below)?;
                let opened = within(source, &below, by.saturating_add(1))?;
                (self.new_commits(source)?, opened)
            }
        };
        let mut known: HashSet<CommitId> = new.boundary.iter().copied().collect();
        let mut commits = new.commits;
        if !opened.is_empty() {
            known.extend(self.known_among(source, &commits, &opened)?);
            let members: HashSet<CommitId> = commits
                .into_iter()
                .chain(opened.iter().copied())
                .filter(|id| !known.contains(id))
                .collect();
            commits = parents_first(source, &members)?;
        }
        let mut outcome = ShallowOutcome::default();
        let members: HashSet<CommitId> = commits.iter().copied().collect();
        let mut seen = HashSet::new();
        for id in &commits {
            let mut is_shallow = false;
            for parent in require(source, id)?.parents {
                if known.contains(&parent) {
                    if seen.insert(parent) {
                        outcome.boundary.push(parent);
                    }
                } else if !members.contains(&parent) {
                    is_shallow = true;
                    outcome.absent.insert(parent);
                }
            }
            outcome.shallow.extend(is_shallow.then_some(*id));
        }
        for id in self.shallow.intersection(&opened) {
            let parents = require(source, id)?.parents;
            let is_there = |id: &CommitId| known.contains(id) || members.contains(id);
            if !parents.is_empty() && parents.iter().all(is_there) {
                outcome.unshallow.push(*id);
            }
        }
        outcome.commits = commits;
        outcome.shallow.sort_unstable();
        outcome.unshallow.sort_unstable();
        Ok(outcome)
    }

    /// What is wanted and not there, in the history as the receiver sees it.
    fn new_commits<S: CommitSource>(&self, source: &S) -> Result<Walked, WalkError<S::Error>> {
        let mut walk = Revwalk::new(Grafted {
            source,
            shallow: self.shallow,
        });
        walk.sorting(Sorting::ParentsFirst);
        for &id in self.have {
            walk.hide(id)?;
        }
        for &id in self.want {
            walk.push(id)?;
        }
        walk.run()
    }

    /// Those of these commits and their parents that the receiver has.
    fn known_among<S: CommitSource>(
        &self,
        source: &S,
        new: &[CommitId],
        opened: &HashSet<CommitId>,
    ) -> Result<HashSet<CommitId>, WalkError<S::Error>> {
        let mut asked: HashMap<CommitId, u32> = HashMap::new();
        if self.have.is_empty() {
            return Ok(HashSet::new());
        }
        for id in new.iter().chain(opened) {
            let node = require(source, id)?;
            for parent in node.parents {
                asked.insert(parent, require(source, &parent)?.generation);
            }
            asked.insert(*id, node.generation);
        }
        self.known_of(source, &asked)
    }

    /// Those of these commits to which the receiver's history leads, in their order.
    fn reached<S: CommitSource>(
        &self,
        source: &S,
        commits: &[CommitId],
    ) -> Result<Vec<CommitId>, WalkError<S::Error>> {
        let mut asked = HashMap::new();
        for id in commits {
            asked.insert(*id, require(source, id)?.generation);
        }
        let known = self.known_of(source, &asked)?;
        let reached = commits.iter().filter(|id| known.contains(id));
        Ok(reached.copied().collect())
    }

    /// Those of these commits, with their generations, that the receiver has.
    fn known_of<S: CommitSource>(
        &self,
        source: &S,
        asked: &HashMap<CommitId, u32>,
    ) -> Result<HashSet<CommitId>, WalkError<S::Error>> {
        let mut known = HashSet::new();
        let mut waiting = BinaryHeap::new();
        for id in self.have {
            let node = source.node(id).map_err(WalkError::Source)?;
            waiting.extend(node.map(|node| (node.generation, *id)));
        }
        let lowest = asked.values().copied().min().unwrap_or(0);
        let grafted = Grafted {
            source,
            shallow: self.shallow,
        };
        let mut seen: HashSet<CommitId> = waiting.iter().map(|(_, id)| *id).collect();
        while let Some((generation, id)) = waiting.pop()
            && generation >= lowest
        {
            if asked.contains_key(&id) {
                known.insert(id);
            }
            for parent in require(&grafted, &id)?.parents {
                if seen.insert(parent) {
                    waiting.push((require(source, &parent)?.generation, parent));
                }
            }
        }
        Ok(known)
    }
}

/// All commits on the ways down from `tips`, so many on each.
fn within<S: CommitSource>(
    source: &S,
    tips: &[CommitId],
    depth: u32,
) -> Result<HashSet<CommitId>, WalkError<S::Error>> {
    let mut found = HashSet::new();
    let mut level = tips.to_vec();
    for _ in 0..depth {
        let mut below = Vec::new();
        for id in level {
            if found.insert(id) {
                below.extend(require(source, &id)?.parents);
            }
        }
        if below.is_empty() {
            break;
        }
        level = below;
    }
    Ok(found)
}

/// These commits, parents first.
fn parents_first<S: CommitSource>(
    source: &S,
    members: &HashSet<CommitId>,
) -> Result<Vec<CommitId>, WalkError<S::Error>> {
    let mut walk = Revwalk::new(Clipped { source, members });
    walk.sorting(Sorting::ParentsFirst);
    let mut ids: Vec<CommitId> = members.iter().copied().collect();
    ids.sort_unstable();
    for id in ids {
        walk.push(id)?;
    }
    Ok(walk.run()?.commits)
}

fn require<S: CommitSource>(source: &S, id: &CommitId) -> Result<CommitNode, WalkError<S::Error>> {
    let node = source.node(id).map_err(WalkError::Source)?;
    node.ok_or(WalkError::Missing(*id))
}

/// The graph as a receiver sees it that is shallow at some commits.
#[derive(Debug)]
pub struct Grafted<'a, S> {
    /// The whole graph.
    pub source: &'a S,
    /// The commits that have no parents in this one.
    pub shallow: &'a HashSet<CommitId>,
}

impl<S: CommitSource> CommitSource for Grafted<'_, S> {
    type Error = S::Error;

    fn node(&self, id: &CommitId) -> Result<Option<CommitNode>, S::Error> {
        let mut node = self.source.node(id)?;
        if let Some(node) = node.as_mut().filter(|_| self.shallow.contains(id)) {
            node.parents.clear();
        }
        Ok(node)
    }
}

/// The part of the graph that these commits are.
struct Clipped<'a, S> {
    source: &'a S,
    members: &'a HashSet<CommitId>,
}

impl<S: CommitSource> CommitSource for Clipped<'_, S> {
    type Error = S::Error;

    fn node(&self, id: &CommitId) -> Result<Option<CommitNode>, S::Error> {
        let mut node = self.source.node(id)?;
        if let Some(node) = &mut node {
            node.parents.retain(|parent| self.members.contains(parent));
        }
        Ok(node)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dag::sketch::{Sketch, id, names};

    fn ids(names: &str) -> Vec<CommitId> {
        names.chars().map(id).collect()
    }

    /// The commits that come, what they build on, where history ends then, and where it goes on.
    fn fetch(graph: &str, want: &str, have: &str, shallow: &str, reach: &Reach) -> String {
        let outcome = ShallowFetch {
            want: &ids(want),
            have: &ids(have),
            shallow: &ids(shallow).into_iter().collect(),
            reach,
        }
        .walk(&Sketch::new(graph))
        .expect("the graph is whole");
        let ShallowOutcome {
            commits,
            boundary,
            shallow,
            unshallow,
            ..
        } = outcome;
        let [commits, boundary] = [commits, boundary].map(|ids| names(&ids));
        format!(
            "{commits} on {boundary}, end {}, go on {}",
            names(&shallow),
            names(&unshallow)
        )
    }

    fn depth(tips: &str, depth: u32) -> Reach {
        let tips = ids(tips);
        Reach::Depth { tips, depth }
    }

    fn deepen(below: &str, by: u32) -> Reach {
        let below = ids(below);
        Reach::Deepen { below, by }
    }

    const LINE: &str = "a,b:a,c:b,d:c,e:d";
    /// A side branch from the root that is merged at the end.
    const SIDE: &str = "a,b:a,c:b,d:c,s:a,m:d s";

    #[test]
    fn a_depth_counts_from_the_tips() {
        let clone = |n| fetch(LINE, "e", "", "", &depth("e", n));
        assert_eq!(clone(1), "e on , end e, go on ");
        assert_eq!(clone(2), "de on , end d, go on ");
        assert_eq!(clone(5), "abcde on , end , go on ");
        assert_eq!(clone(u32::MAX), "abcde on , end , go on ");
        assert_eq!(
            fetch(SIDE, "m", "", "", &depth("m", 2)),
            "dsm on , end ds, go on "
        );
        // On the shortest way: the side branch leads to the root sooner.
        assert_eq!(
            fetch(SIDE, "m", "", "", &depth("m", 3)),
            "cdasm on , end c, go on "
        );
        assert_eq!(
            fetch(LINE, "ec", "", "", &depth("ec", 1)),
            "ce on , end ce, go on "
        );
    }

    #[test]
    fn a_whole_fetch_stops_where_the_receiver_ends() {
        assert_eq!(
            fetch(LINE, "e", "c", "c", &Reach::Whole),
            "de on c, end , go on "
        );
        // What is below where it ends is not there, even if a tip that is there leads to it.
        assert_eq!(
            fetch(SIDE, "m", "d", "d", &Reach::Whole),
            "asm on d, end , go on "
        );
        // It says so of a commit that it does not have.
        assert_eq!(
            fetch(LINE, "e", "", "d", &Reach::Whole),
            "de on , end d, go on "
        );
    }

    #[test]
    fn a_shallow_history_is_deepened_step_by_step_and_as_a_whole() {
        let line = |reach: &Reach| fetch(LINE, "", "d", "d", reach);
        assert_eq!(line(&deepen("d", 1)), "c on , end c, go on d");
        assert_eq!(line(&deepen("d", 2)), "bc on , end b, go on d");
        assert_eq!(line(&deepen("d", u32::MAX)), "abc on , end , go on d");
        // What is new comes along.
        assert_eq!(
            fetch(LINE, "e", "d", "d", &deepen("d", 1)),
            "ce on d, end c, go on d"
        );
        assert_eq!(
            fetch(LINE, "d", "d", "d", &depth("d", 3)),
            "bc on , end b, go on d"
        );
        assert_eq!(
            fetch(LINE, "d", "d", "d", &depth("d", 1)),
            " on , end , go on "
        );
        // A commit to which nothing leads that is there is left where it is.
        assert_eq!(
            fetch(LINE, "", "d", "db", &deepen("db", 2)),
            "bc on , end b, go on d"
        );
        // Of two ways down, one was there to the root.
        assert_eq!(
            fetch(SIDE, "", "m", "d", &deepen("d", 1)),
            "c on , end c, go on d"
        );
        assert_eq!(
            fetch(SIDE, "", "m", "d", &deepen("d", 2)),
            "bc on a, end , go on d"
        );
    }

    #[test]
    fn what_a_receiver_has_ends_no_new_history() {
        assert_eq!(
            fetch(LINE, "e", "d", "", &depth("e", 1)),
            "e on d, end , go on "
        );
        assert_eq!(
            fetch(LINE, "e", "c", "", &depth("e", 1)),
            "e on , end e, go on "
        );
        assert_eq!(
            fetch(LINE, "c", "e", "", &depth("c", 2)),
            " on , end , go on "
        );
    }
}
