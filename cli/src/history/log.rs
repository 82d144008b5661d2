//! The commits of a log.

use muse_wire::dag::{Revwalk, Sorting, WalkError};
use muse_wire::id::CommitId;

use crate::repository::{Repository, RepositoryError, split_range};

/// The order of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogOrder {
    /// Newest first.
    Time,
    /// Children before parents, each line of history in one piece where possible.
    Topological,
}

/// The commits that `revision` reaches, or for `A..B` those that B reaches and A does not.
///
/// # Errors
/// If a revision is unknown or the history cannot be read.
pub fn log(
    repository: &Repository,
    revision: &str,
    order: LogOrder,
) -> Result<Vec<CommitId>, WalkError<RepositoryError>> {
    let resolve = |revision| repository.resolve(revision).map_err(WalkError::Source);
    let mut walk = Revwalk::new(&repository.objects);
    match split_range(revision) {
        Some((from, to)) => {
            walk.push(resolve(to)?)?;
            walk.hide(resolve(from)?)?;
        }
        None => walk.push(resolve(revision)?)?,
    }
    if order == LogOrder::Topological {
        walk.sorting(Sorting::Topological);
    }
    Ok(walk.run()?.commits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sandbox;

    #[test]
    fn a_range_leaves_out_what_its_start_reaches() {
        let sandbox = Sandbox::new();
        let line = sandbox.add_line(None, "main", 4);
        sandbox.set_ref("refs/heads/main", line[3]);
        sandbox.set_ref("refs/heads/old", line[1]);
        let log = |revision| log(&sandbox.repository, revision, LogOrder::Time).expect("walks");
        assert_eq!(log("HEAD").len(), 4);
        assert_eq!(log("old"), [line[1], line[0]]);
        assert_eq!(log("old.."), [line[3], line[2]]);
        assert_eq!(log("..old"), []);
    }
}
