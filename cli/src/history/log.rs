//! The commits of a log.

use muse_wire::commit::Commit;
use muse_wire::dag::{CommitNode, LazyOrder, LazyWalk, Step, WalkError};
use muse_wire::id::CommitId;
use smallvec::SmallVec;

use super::filter::CommitFilter;
use super::path_filter::{Change, FileChange, PathFilter};
use super::selection::Selection;
use crate::repository::{Repository, RepositoryError};

/// The order of a log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogOrder {
    /// Newest first, but children before parents.
    #[default]
    Time,
    /// Children before parents, each line of history in one piece where possible.
    Topological,
}

/// What a log is about.
#[derive(Debug, Clone, Default)]
pub struct LogQuery {
    /// Where it starts and ends.
    pub selection: Selection,
    /// In which order the commits come.
    pub order: LogOrder,
    /// Whether only the first parent of a merge counts.
    pub first_parent: bool,
    /// The commits change one of these paths, or what is below it; all commits where there are
    /// none. A single file is followed through renames.
    pub paths: Vec<String>,
    /// What the commits are like.
    pub filter: CommitFilter,
}

/// A commit of a log.
#[derive(Debug, Clone)]
pub struct Logged {
    /// Its id.
    pub id: CommitId,
    /// The commit.
    pub commit: Commit,
    /// What it does to the file that the log follows.
    pub file: Option<FileChange>,
}

/// Why a log ends early.
pub type LogError = WalkError<RepositoryError>;

/// The commits that a query asks for, one at a time: no more of history is read than that takes.
///
/// # Errors
/// If a tip is missing or history cannot be read; so do the items.
pub fn log<'a>(
    repository: &'a Repository,
    query: &'a LogQuery,
) -> Result<Box<dyn Iterator<Item = Result<Logged, LogError>> + 'a>, LogError> {
    let objects = &repository.objects;
    let members = query.selection.members(repository)?;
    let is_member = move |id: &CommitId| members.as_ref().is_none_or(|ids| ids.contains(id));
    let mut tips = query.selection.tips.clone();
    tips.retain(&is_member);
    let parent_count = match query.first_parent {
        true => 1,
        false => usize::MAX,
    };
    let mut path_filter = match query.paths.as_slice() {
        [] => None,
        paths => Some(PathFilter::new(repository, &tips, paths).map_err(WalkError::Source)?),
    };
    let look = move |id: &CommitId, node: &CommitNode| {
        let mut step = match &mut path_filter {
            Some(filter) => filter.look(id, node, parent_count)?,
            None => Step {
                parents: SmallVec::from_iter(node.parents.iter().copied().take(parent_count)),
                value: Change::Paths,
            },
        };
        step.parents.retain(|parent| is_member(parent));
        Ok(step)
    };
    let order = match query.order {
        LogOrder::Time => LazyOrder::Time,
        LogOrder::Topological => LazyOrder::Lines,
    };
    let mut walk = LazyWalk::new(objects, tips, order, look)?;
    if let Some(since) = query.filter.since {
        walk = walk.not_before(since);
    }
    let logged = move |(id, change)| {
        let file = match change {
            Change::None => return Ok(None),
            Change::Paths => None,
            Change::File(file) => Some(file),
        };
        let commit = objects.commit(&id).map_err(WalkError::Source)?;
        let is_accepted = query.filter.accepts(&commit);
        Ok(is_accepted.then_some(Logged { id, commit, file }))
    };
    Ok(Box::new(walk.filter_map(move |step| {
        step.and_then(&logged).transpose()
    })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::CommitChanges;
    use crate::testing::Sandbox;

    fn query(sandbox: &Sandbox, revision: &str) -> LogQuery {
        LogQuery {
            selection: Selection::of(&sandbox.repository, revision).expect("known"),
            ..LogQuery::default()
        }
    }

    fn ids(sandbox: &Sandbox, query: &LogQuery) -> Vec<CommitId> {
        let log = log(&sandbox.repository, query).expect("starts");
        log.map(|logged| logged.expect("walks").id).collect()
    }

    fn about(sandbox: &Sandbox, revision: &str, paths: &[&str]) -> Vec<CommitId> {
        let paths = paths.iter().map(|&path| path.to_owned()).collect();
        let query = LogQuery {
            paths,
            ..query(sandbox, revision)
        };
        ids(sandbox, &query)
    }

    #[test]
    fn a_range_leaves_out_what_its_start_reaches() {
        let sandbox = Sandbox::new();
        let line = sandbox.add_line(None, "main", 4);
        let other = sandbox.add_line(Some(line[1]), "other", 1);
        sandbox.set_ref("refs/heads/main", line[3]);
        sandbox.set_ref("refs/heads/old", line[1]);
        sandbox.set_ref("refs/heads/other", other[0]);
        let log = |revision| ids(&sandbox, &query(&sandbox, revision));
        assert_eq!(log("HEAD").len(), 4);
        assert_eq!(log("old"), [line[1], line[0]]);
        assert_eq!(log("old.."), [line[3], line[2]]);
        assert_eq!(log("..old"), []);
        let mut apart = log("other...main");
        apart.sort_unstable();
        let mut expected = vec![line[2], line[3], other[0]];
        expected.sort_unstable();
        assert_eq!(apart, expected);
        let all = LogQuery {
            selection: Selection::all(&sandbox.repository).expect("reads"),
            ..LogQuery::default()
        };
        assert_eq!(ids(&sandbox, &all).len(), 5);
    }

    #[test]
    fn only_what_changes_a_path_is_shown() {
        let sandbox = Sandbox::new();
        let root = sandbox.add_commit(&[], &[("d/a", "1"), ("b", "1")]);
        let inside = sandbox.add_commit(&[root], &[("d/a", "2")]);
        let outside = sandbox.add_commit(&[inside], &[("b", "2")]);
        let both = sandbox.add_commit(&[outside], &[("b", "3"), ("d/c", "1")]);
        sandbox.set_ref("refs/heads/main", both);
        let about = |paths: &[&str]| about(&sandbox, "HEAD", paths);
        assert_eq!(about(&["d"]), [both, inside, root]);
        assert_eq!(about(&["d/a"]), [inside, root]);
        assert_eq!(about(&["b"]), [both, outside, root]);
        assert_eq!(about(&["d/c", "d/a"]), [both, inside, root]);
        assert_eq!(about(&["x"]), []);
        assert_eq!(about(&[""]), [both, outside, inside, root]);
    }

    #[test]
    fn the_way_to_a_path_goes_along_the_parent_that_has_the_same() {
        let sandbox = Sandbox::new();
        let root = sandbox.add_commit(&[], &[("a", "1"), ("b", "1")]);
        let left = sandbox.add_commit(&[root], &[("b", "2")]);
        let changed = sandbox.add_commit(&[root], &[("a", "2")]);
        let back = sandbox.add_commit(&[changed], &[("a", "1")]);
        let same = sandbox.add_commit(&[left, back], &[("b", "3")]);
        sandbox.set_ref("refs/heads/main", same);
        // What the other branch did to the file was undone there.
        assert_eq!(about(&sandbox, "main", &["a"]), [root]);
        let right = sandbox.add_commit(&[root], &[("a", "3")]);
        let merged = sandbox.add_commit(&[left, right], &[("a", "3")]);
        sandbox.set_ref("refs/heads/merged", merged);
        assert_eq!(about(&sandbox, "merged", &["a"]), [right, root]);
        let own = sandbox.add_commit(&[left, right], &[("a", "4")]);
        sandbox.set_ref("refs/heads/own", own);
        assert_eq!(about(&sandbox, "own", &["a"]), [own, right, root]);
        let first_parent = LogQuery {
            first_parent: true,
            paths: vec!["a".to_owned()],
            ..query(&sandbox, "merged")
        };
        assert_eq!(ids(&sandbox, &first_parent), [merged, root]);
    }

    #[test]
    fn a_single_file_is_followed_through_renames() {
        let sandbox = Sandbox::new();
        let root = sandbox.add_commit(&[], &[("old", "1"), ("x", "1")]);
        let edit = sandbox.add_commit(&[root], &[("old", "2")]);
        let rename = [("new", Some(&b"2"[..])), ("old", None)];
        let rename = sandbox.add_changes(&[edit], &rename);
        let last = sandbox.add_commit(&[rename], &[("new", "3")]);
        sandbox.set_ref("refs/heads/main", last);
        assert_eq!(
            about(&sandbox, "HEAD", &["new"]),
            [last, rename, edit, root]
        );
        let query = LogQuery {
            paths: vec!["new".to_owned()],
            ..query(&sandbox, "HEAD")
        };
        let names: Vec<(String, String)> = log(&sandbox.repository, &query)
            .expect("starts")
            .map(|logged| logged.expect("walks").file.expect("followed"))
            .map(|file| (file.path_before.to_string(), file.path.to_string()))
            .collect();
        let names: Vec<(&str, &str)> = names.iter().map(|(a, b)| (&**a, &**b)).collect();
        assert_eq!(
            names,
            [
                ("new", "new"),
                ("old", "new"),
                ("old", "old"),
                ("old", "old")
            ]
        );
        // Several paths are not followed.
        assert_eq!(about(&sandbox, "HEAD", &["new", "y"]), [last, rename]);
    }

    #[test]
    fn a_file_that_was_edited_when_it_was_renamed_is_followed() {
        let sandbox = Sandbox::new();
        let root = sandbox.add_commit(&[], &[("old", "1\n2\n3\n"), ("other", "x\n")]);
        let changes = [
            ("d/new", Some(&b"1\n2\n3\n4\n"[..])),
            ("old", None),
            ("other", None),
        ];
        let rename = sandbox.add_changes(&[root], &changes);
        // Less than half of it is the same.
        let changes = [("d/new", None), ("else", Some(&b"4\n5\n6\n7\n"[..]))];
        let unlike = sandbox.add_changes(&[rename], &changes);
        sandbox.set_ref("refs/heads/main", unlike);
        assert_eq!(about(&sandbox, "HEAD", &["else"]), [unlike]);
        sandbox.set_ref("refs/heads/main", rename);
        let paths = vec!["d/new".to_owned()];
        let query = LogQuery {
            paths: paths.clone(),
            ..query(&sandbox, "HEAD")
        };
        let changes = |with_renames: bool| -> Vec<(CommitId, String, Option<String>)> {
            let mut changes = CommitChanges::new(&sandbox.repository, &paths, with_renames);
            let log = log(&sandbox.repository, &query).expect("starts");
            let logged = log.map(|logged| logged.expect("walks"));
            let changed = logged.flat_map(|logged| {
                let changes = changes.of(&logged).expect("readable").into_iter();
                changes.map(move |change| (logged.id, change.path, change.renamed_from))
            });
            changed
                .map(|(id, path, from)| {
                    let from = from.map(|from| from.path.to_string());
                    (id, path.to_string(), from)
                })
                .collect()
        };
        let new = || "d/new".to_owned();
        let old = || "old".to_owned();
        let renamed = [(rename, new(), Some(old())), (root, old(), None)];
        assert_eq!(changes(true), renamed);
        assert_eq!(changes(false), [(rename, new(), None), (root, old(), None)]);
    }

    #[test]
    fn a_log_can_be_of_commits_since_some_time() {
        let sandbox = Sandbox::new();
        let line = sandbox.add_line(None, "main", 5);
        sandbox.set_ref("refs/heads/main", line[4]);
        let mut query = query(&sandbox, "HEAD");
        let time = |commit: &CommitId| {
            let commit = sandbox.repository.objects.commit(commit);
            commit.expect("reads").committed_at.seconds
        };
        query.filter.since = Some(time(&line[2]));
        query.filter.until = Some(time(&line[3]));
        assert_eq!(ids(&sandbox, &query), [line[3], line[2]]);
    }
}
