//! Whether everything that refs and the reflog reach is here.
//!
//! Records are changes to earlier snapshots: where one builds on a snapshot that was looked at,
//! only what it adds is looked for. All cores read records.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::SystemTime;

use muse_wire::id::{CommitId, ObjectId, SnapshotId};
use muse_wire::mpack::{CommitRow, Mpack, SnapshotRow};
use muse_wire::name::REMOTES;
use muse_wire::path::RepoPath;
use muse_wire::snapshot::{Entry, Tree};
use rayon::prelude::*;

use super::contents::{Contents, Lacking};
use super::files::SmallFiles;
use super::findings::{Findings, Missing, Need};
use crate::report::{Reporter, Unit};
use crate::repository::{Refs, Repository, RepositoryError};

/// How many snapshots are looked at before progress is shown.
const SNAPSHOTS_AT_A_TIME: usize = 256;

/// Looks for everything that is reached.
///
/// # Errors
/// If the reflog cannot be read.
pub(super) fn check(
    repository: &Repository,
    contents: &Contents,
    files: &SmallFiles,
    reporter: &dyn Reporter,
    findings: &mut Findings,
) -> Result<(), RepositoryError> {
    let refs = files.refs.as_ref();
    let mut named = refs.map(Refs::roots).unwrap_or_default();
    let stashes = files.stashes.iter();
    named.extend(stashes.map(|stash| ("the stash".to_owned(), *stash)));
    let mut walk = Walk::default();
    for (name, commit) in &named {
        walk.from(contents, *commit, &Need::Ref(name.clone()), true);
    }
    let reflog = repository.refs.reflog_commits(SystemTime::UNIX_EPOCH)?;
    for commit in reflog {
        // What was taken away since need not be here.
        if contents.commit(&commit).is_some() {
            walk.from(contents, commit, &Need::Commit(commit), false);
        }
    }
    let mut commits: Vec<&CommitRow> = walk.commits.values().collect();
    commits.sort_unstable_by_key(|row| (row.generation, row.id));
    findings.commit_count = commits.len();
    let snapshots = Snapshots::of(contents, &commits);
    let lacking = snapshots.look_at(repository, contents, reporter);
    let mut missing: Vec<Missing> = walk.missing.into_values().collect();
    let mut sound_snapshots = vec![true; lacking.len()];
    let mut seen = HashSet::new();
    for (at, (snapshot, lacking)) in snapshots.list.iter().zip(lacking).enumerate() {
        let base_is_sound = snapshot.base.is_none_or(|base| sound_snapshots[base]);
        sound_snapshots[at] = lacking.is_empty() && base_is_sound;
        let fresh = lacking.into_iter();
        missing.extend(fresh.filter(|missing| seen.insert((missing.kind, missing.id.clone()))));
    }
    let mut sound: HashSet<CommitId> = HashSet::new();
    let mut edge: HashSet<CommitId> = HashSet::new();
    for row in &commits {
        let has_parents = row.parents.iter().all(|parent| sound.contains(parent));
        if has_parents && sound_snapshots[snapshots.places[&row.snapshot]] {
            sound.insert(row.id);
        } else {
            let parents = row.parents.iter().filter(|parent| sound.contains(*parent));
            edge.extend(parents);
        }
    }
    edge.extend(named.iter().map(|(_, commit)| *commit));
    findings.sound = edge.into_iter().filter(|id| sound.contains(id)).collect();
    findings.sound.sort_unstable();
    name_remotes(contents, &named, &mut missing);
    let is_needed = |missing: &Missing| match &missing.need {
        Need::Ref(_) => true,
        Need::Commit(commit) | Need::File { commit, .. } => walk.named.contains(commit),
    };
    let (needed, forgotten) = missing.into_iter().partition(is_needed);
    findings.missing = needed;
    findings.forgotten = forgotten;
    Ok(())
}

/// The commits that are reached.
#[derive(Default)]
struct Walk {
    commits: HashMap<CommitId, CommitRow>,
    /// Those of them that refs reach.
    named: HashSet<CommitId>,
    missing: BTreeMap<CommitId, Missing>,
}

impl Walk {
    fn from(&mut self, contents: &Contents, start: CommitId, need: &Need, is_named: bool) {
        let mut next = vec![(start, need.clone())];
        while let Some((id, need)) = next.pop() {
            if self.commits.contains_key(&id) || self.missing.contains_key(&id) {
                continue;
            }
            let Some(row) = contents.commit(&id) else {
                let missing = Missing {
                    kind: "commit",
                    id: id.to_string(),
                    need,
                    remotes: Vec::new(),
                };
                self.missing.insert(id, missing);
                continue;
            };
            next.extend(row.parents.iter().map(|&parent| (parent, Need::Commit(id))));
            self.commits.insert(id, row);
            if is_named {
                self.named.insert(id);
            }
        }
    }
}

/// The snapshots of commits, each once, in the order of the first commit that has it.
struct Snapshots<'a> {
    list: Vec<Snapshot<'a>>,
    places: HashMap<SnapshotId, usize>,
}

struct Snapshot<'a> {
    id: SnapshotId,
    /// The first commit that has it.
    commit: CommitId,
    record: Option<(&'a Mpack, SnapshotRow)>,
    /// The snapshot of the list that the record builds on.
    base: Option<usize>,
}

impl<'a> Snapshots<'a> {
    fn of(contents: &'a Contents, commits: &[&CommitRow]) -> Self {
        let mut this = Self {
            list: Vec::new(),
            places: HashMap::new(),
        };
        for row in commits {
            if this.places.contains_key(&row.snapshot) {
                continue;
            }
            let place = |record: &SnapshotRow| this.places.get(&record.base?).copied();
            let records: Vec<_> = contents.records(&row.snapshot).collect();
            // One that builds on what was looked at, else a whole listing, else any.
            let rank = |record: &SnapshotRow| match (place(record), record.base) {
                (Some(_), _) => 0,
                (None, None) => 1,
                (None, Some(_)) => 2,
            };
            let record = records.into_iter().min_by_key(|(_, record)| rank(record));
            let base = record.as_ref().and_then(|(_, record)| place(record));
            this.places.insert(row.snapshot, this.list.len());
            this.list.push(Snapshot {
                id: row.snapshot,
                commit: row.id,
                record,
                base,
            });
        }
        this
    }

    /// What is not here of each.
    fn look_at(
        &self,
        repository: &Repository,
        contents: &Contents,
        reporter: &dyn Reporter,
    ) -> Vec<Vec<Missing>> {
        let total = self.list.len() as u64;
        let phase = reporter.phase("checking history", Some(total), Unit::Commits);
        let mut lacking = Vec::with_capacity(self.list.len());
        for snapshots in self.list.chunks(SNAPSHOTS_AT_A_TIME) {
            let found = snapshots
                .par_iter()
                .map(|snapshot| snapshot.look_at(repository, contents));
            lacking.par_extend(found);
            phase.advance(snapshots.len() as u64);
        }
        lacking
    }
}

impl Snapshot<'_> {
    /// What is not here of it, but for what is not here of its base.
    fn look_at(&self, repository: &Repository, contents: &Contents) -> Vec<Missing> {
        match self.entries(repository) {
            Some(entries) => {
                let missing = entries
                    .into_iter()
                    .filter_map(|(path, entry)| self.missing_object(contents, path, &entry.object));
                missing.collect()
            }
            None => vec![Missing {
                kind: "snapshot",
                id: self.id.to_string(),
                need: Need::Commit(self.commit),
                remotes: Vec::new(),
            }],
        }
    }

    /// The files that it does not have from its base; `None` if that cannot be told.
    fn entries(&self, repository: &Repository) -> Option<Vec<(RepoPath, Entry)>> {
        let empty = Tree::empty().id();
        match &self.record {
            None if self.id == empty => Some(Vec::new()),
            None => None,
            Some((mpack, row)) if self.base.is_some() || row.base.is_none_or(|id| id == empty) => {
                let record = mpack.read_snapshot(&self.id).ok()??;
                let changes = record.changes.into_iter();
                Some(
                    changes
                        .filter_map(|one| Some((one.path, one.entry?)))
                        .collect(),
                )
            }
            Some(_) => Some(repository.objects.tree(&self.id).ok()?.entries()),
        }
    }

    fn missing_object(
        &self,
        contents: &Contents,
        path: RepoPath,
        object: &ObjectId,
    ) -> Option<Missing> {
        let (kind, id) = match contents.lacking(object)? {
            Lacking::Object => ("object", object.to_string()),
            Lacking::Chunk(chunk) => ("chunk", chunk.to_string()),
        };
        Some(Missing {
            kind,
            id,
            need: Need::File {
                commit: self.commit,
                path,
            },
            remotes: Vec::new(),
        })
    }
}

/// Notes which remotes were last seen with what is missing: their tracking refs reach the commits
/// that need it.
fn name_remotes(contents: &Contents, named: &[(String, CommitId)], missing: &mut [Missing]) {
    if missing.is_empty() {
        return;
    }
    let mut remotes: BTreeMap<&str, Walk> = BTreeMap::new();
    for (name, commit) in named {
        let tracked = name
            .strip_prefix(REMOTES)
            .and_then(|name| name.split_once('/'));
        if let Some((remote, _)) = tracked {
            let walk = remotes.entry(remote).or_default();
            walk.from(contents, *commit, &Need::Ref(name.clone()), true);
        }
    }
    for missing in missing {
        let reaches = |walk: &Walk| {
            let is_itself = |id: &CommitId| id.to_string() == missing.id;
            let needs = match &missing.need {
                Need::Ref(_) => false,
                Need::Commit(commit) | Need::File { commit, .. } => walk.named.contains(commit),
            };
            needs || missing.kind == "commit" && walk.missing.keys().any(is_itself)
        };
        let having = remotes.iter().filter(|(_, walk)| reaches(walk));
        missing.remotes = having.map(|(name, _)| (*name).to_owned()).collect();
    }
}
