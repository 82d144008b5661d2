//! A name for a commit: the nearest tag below it, and how far that is.

use std::collections::HashMap;
use std::fmt;

use muse_wire::dag::{CommitNode, LazyOrder, LazyWalk, Step};
use muse_wire::id::CommitId;
use muse_wire::name::RefName;
use smallvec::SmallVec;

use super::log::LogError;
use super::tag_index::TagIndex;
use crate::repository::Repository;

/// As git does it: of so many tags that are found first, the nearest one is taken.
const MOST_CANDIDATES: usize = 10;
/// A bit for each of them.
const _: () = assert!(MOST_CANDIDATES <= u16::BITS as usize);

/// A commit by a tag below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// The tag's name.
    pub tag: String,
    /// How many commits the described one has and the tag does not.
    pub distance: usize,
    /// The described commit.
    pub commit: CommitId,
}

/// `TAG`, or where the tag is below the commit `TAG-N-gDIGITS`. The alternate form (`{:#}`) is the
/// long one in any case.
impl fmt::Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            tag,
            distance,
            commit,
        } = self;
        if *distance == 0 && !f.alternate() {
            return f.write_str(tag);
        }
        write!(f, "{tag}-{distance}-g{}", commit.short())
    }
}

/// Describes a commit by the tag from which the fewest commits lead to it; `None` if it reaches no
/// tag. Of several tags on one commit, the last one by name counts.
///
/// # Errors
/// If history cannot be read.
pub fn describe(
    repository: &Repository,
    commit: CommitId,
) -> Result<Option<Description>, LogError> {
    let refs = repository.refs.read().map_err(LogError::Source)?;
    let tags = TagIndex::read(repository, &refs).map_err(LogError::Source)?;
    // What is below a tag has only tags that are further away.
    let look = |id: &CommitId, node: &CommitNode| {
        let value = tags.at(id).next_back().map(RefName::short);
        let parents = match value {
            Some(_) => SmallVec::new(),
            None => node.parents.clone(),
        };
        Ok(Step { parents, value })
    };
    let walk = LazyWalk::new(&repository.objects, [commit], LazyOrder::Time, look)?;
    let tagged = walk.filter_map(|step| match step {
        Ok((id, tag)) => Some(Ok((id, tag?))),
        Err(error) => Some(Err(error)),
    });
    let candidates = tagged
        .take(MOST_CANDIDATES)
        .collect::<Result<Vec<_>, LogError>>()?;
    let ids: Vec<CommitId> = candidates.iter().map(|(id, _)| *id).collect();
    let distances = distances(repository, commit, &ids)?;
    let nearest = candidates.into_iter().zip(distances);
    // Of those that are equally near, the one that was found first.
    let nearest = nearest.min_by_key(|(_, distance)| *distance);
    Ok(nearest.map(|((_, tag), distance)| Description {
        tag: tag.to_owned(),
        distance,
        commit,
    }))
}

/// How many commits `commit` reaches and each of the candidates does not.
fn distances(
    repository: &Repository,
    commit: CommitId,
    candidates: &[CommitId],
) -> Result<Vec<usize>, LogError> {
    let mut distances = vec![0; candidates.len()];
    // Which candidates reach a commit. All its children are looked at before it.
    let mut reached_from: HashMap<CommitId, u16> = HashMap::new();
    let look = |id: &CommitId, node: &CommitNode| {
        let mut from = reached_from.remove(id).unwrap_or(0);
        let mut is_open = false;
        for (at, candidate) in candidates.iter().enumerate() {
            from |= u16::from(candidate == id) << at;
            if from & 1 << at == 0 {
                distances[at] += 1;
                is_open = true;
            }
        }
        let mut parents = SmallVec::new();
        if is_open {
            parents.clone_from(&node.parents);
            for parent in &parents {
                *reached_from.entry(*parent).or_default() |= from;
            }
        }
        Ok(Step { parents, value: () })
    };
    let walk = LazyWalk::new(&repository.objects, [commit], LazyOrder::Time, look)?;
    for step in walk {
        step?;
    }
    Ok(distances)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sandbox;

    #[test]
    fn the_nearest_tag_names_a_commit() {
        let sandbox = Sandbox::new();
        let line = sandbox.add_line(None, "main", 6);
        let side = sandbox.add_line(Some(line[1]), "side", 1);
        let merge = sandbox.add_commit(&[line[5], side[0]], &[("m", "1")]);
        let describe = |commit| describe(&sandbox.repository, commit).expect("walks");
        let text = |commit| describe(commit).map(|described| described.to_string());
        assert_eq!(describe(merge), None);
        sandbox.set_ref("refs/tags/v1", line[0]);
        sandbox.set_ref("refs/tags/v2", line[3]);
        sandbox.set_ref("refs/tags/v2-again", line[3]);
        sandbox.set_ref("refs/tags/side", side[0]);
        assert_eq!(text(line[0]).as_deref(), Some("v1"));
        assert_eq!(text(line[2]), Some(format!("v1-2-g{}", line[2].short())));
        assert_eq!(text(line[3]).as_deref(), Some("v2-again"));
        // Four commits lead there from v2, five from the other side.
        assert_eq!(text(merge), Some(format!("v2-again-4-g{}", merge.short())));
        let exact = describe(line[0]).expect("tagged");
        assert_eq!(format!("{exact:#}"), format!("v1-0-g{}", line[0].short()));
    }
}
