//! Writes mpacks that lie: a second, careless implementation of `wire/MPACK.md`, which believes
//! whatever it is told. It knows one frame of each kind and at most two parents.

use muse_wire::commit::{Author, Commit, CommitEnvelope, Timestamp};
use muse_wire::id::{CommitId, Hasher, ObjectId, SnapshotId};
use muse_wire::path::RepoPath;
use muse_wire::snapshot::{Change, Entry, EntryKind, SnapshotRecord, Tree};
use serde::Serialize;

const NO_REFERENCE: u32 = u32::MAX;
/// The number of the hash.
const SHA256: u16 = 1;
/// The number of a codec.
const STORED: u8 = 0;
/// The number of a codec.
const ZSTD: u8 = 1;

/// What stands in an mpack, true or not. Everything may be changed before [`Forgery::bytes`].
#[derive(Debug, Clone, Default)]
pub struct Forgery {
    /// Ids and contents, in file order.
    pub objects: Vec<(ObjectId, Vec<u8>)>,
    /// Commits, in file order.
    pub commits: Vec<ForgedCommit>,
    /// Snapshot records, in file order.
    pub snapshots: Vec<ForgedSnapshot>,
    /// What the frame of objects is said to hold, where that is not the truth.
    pub declared_object_bytes: Option<u64>,
    /// The format's version.
    pub version: Option<u16>,
}

/// A commit's row, and the envelope that it points to.
#[derive(Debug, Clone)]
pub struct ForgedCommit {
    /// The id in the tables.
    pub id: CommitId,
    /// The encoded envelope.
    pub envelope: Vec<u8>,
    /// As in the tables.
    pub generation: u32,
    /// As in the tables.
    pub committed_at: i64,
    /// As in the tables.
    pub snapshot: SnapshotId,
    /// As in the tables.
    pub parents: Vec<CommitId>,
}

/// A snapshot's row, and the record that it points to.
#[derive(Debug, Clone)]
pub struct ForgedSnapshot {
    /// The id in the tables.
    pub id: SnapshotId,
    /// As in the tables.
    pub base: Option<SnapshotId>,
    /// The encoded record.
    pub record: Vec<u8>,
}

impl Forgery {
    /// Adds a commit of these files with everything that belongs to it, all of it true.
    ///
    /// # Panics
    /// Where a path is forbidden.
    pub fn commit(&mut self, files: &[(&str, &[u8])], parents: &[CommitId]) -> CommitId {
        let mut changes = Vec::new();
        for (path, contents) in files {
            let object = ObjectId::of(contents);
            if self.objects.iter().all(|(id, _)| *id != object) {
                self.objects.push((object, contents.to_vec()));
            }
            let kind = EntryKind::File;
            changes.push(Change {
                path: RepoPath::new(*path).expect("a path that is allowed"),
                entry: Some(Entry { kind, object }),
            });
        }
        changes.sort_by(|a, b| a.path.cmp(&b.path));
        let tree = Tree::empty()
            .apply(&changes)
            .expect("files that fit together");
        let record = tree.record_against(None);
        let snapshot = self.snapshot(&record);
        self.commit_of(snapshot, parents)
    }

    /// Adds a record under its own id.
    pub fn snapshot(&mut self, record: &SnapshotRecord) -> SnapshotId {
        self.snapshots.push(ForgedSnapshot {
            id: record.id,
            base: record.base,
            record: record.encode(),
        });
        record.id
    }

    /// Adds a keyframe of one file whose path nobody checks.
    ///
    /// # Panics
    /// Never; the record always encodes.
    pub fn snapshot_of_path(&mut self, path: &str, object: ObjectId) -> SnapshotId {
        // The id is no root of anything: the path must be refused before that is seen.
        let id = SnapshotId::from_bytes(*ObjectId::of(path.as_bytes()).as_bytes());
        let record = rmp_serde::to_vec(&UncheckedRecord(
            id,
            None,
            vec![UncheckedChange(path, Some((0, object)))],
        ))
        .expect("plain data encodes");
        self.snapshots.push(ForgedSnapshot {
            id,
            base: None,
            record,
        });
        id
    }

    /// Adds a commit that records this snapshot.
    ///
    /// # Panics
    /// Never; the record always encodes.
    pub fn commit_of(&mut self, snapshot: SnapshotId, parents: &[CommitId]) -> CommitId {
        let commit = Commit {
            parents: parents.to_vec(),
            snapshot,
            author: Author {
                name: "Mallory".to_owned(),
                email: "mallory@example.org".to_owned(),
            },
            committed_at: Timestamp {
                seconds: 1_700_000_000,
                offset_minutes: 0,
            },
            message: format!("Commit {}\n", self.commits.len()),
            metadata: Default::default(),
            delta_digest: None,
            signers: Vec::new(),
        };
        let envelope = CommitEnvelope::plain(commit.encode().expect("a valid commit"));
        let generation = |id: &CommitId| {
            let here = self.commits.iter().find(|commit| commit.id == *id);
            here.map_or(1, |commit| commit.generation)
        };
        let id = envelope.id();
        self.commits.push(ForgedCommit {
            id,
            generation: 1 + parents.iter().map(generation).max().unwrap_or(0),
            envelope: envelope.encode(),
            committed_at: commit.committed_at.seconds,
            snapshot,
            parents: parents.to_vec(),
        });
        id
    }

    /// The file.
    ///
    /// # Panics
    /// Where zstd fails.
    pub fn bytes(&self) -> Vec<u8> {
        let contents = |all: Vec<&[u8]>| all.concat();
        let frames = [
            (
                b'O',
                contents(self.objects.iter().map(|(_, bytes)| &bytes[..]).collect()),
            ),
            (
                b'C',
                contents(
                    self.commits
                        .iter()
                        .map(|commit| &commit.envelope[..])
                        .collect(),
                ),
            ),
            (
                b'S',
                contents(
                    self.snapshots
                        .iter()
                        .map(|snapshot| &snapshot.record[..])
                        .collect(),
                ),
            ),
        ];
        let counts = [self.objects.len(), self.commits.len(), self.snapshots.len()];
        let mut file = b"\x89MPK\r\n\x1a\n".to_vec();
        let version = self.version.unwrap_or(1);
        file.extend(version.to_le_bytes());
        file.extend(SHA256.to_le_bytes());
        put_words(&mut file, [0, 0]);
        let object_bytes = self
            .declared_object_bytes
            .unwrap_or(frames[0].1.len() as u64);
        put_frame_header(&mut file, b'H', STORED, 40);
        for count in counts {
            file.extend((count as u64).to_le_bytes());
        }
        file.extend(object_bytes.to_le_bytes());
        file.extend(0_u64.to_le_bytes());

        let mut frame_rows = Vec::new();
        for (at, (tag, raw)) in frames.iter().enumerate() {
            if counts[at] == 0 {
                continue;
            }
            let stored = zstd::bulk::compress(raw, 3).expect("zstd compresses");
            put_frame_header(&mut file, *tag, ZSTD, stored.len() as u64);
            let declared = if at == 0 {
                object_bytes
            } else {
                raw.len() as u64
            };
            frame_rows.extend([*tag, ZSTD, 0, 0]);
            put_words(&mut frame_rows, [0; 3]);
            for field in [file.len() as u64, stored.len() as u64, declared] {
                frame_rows.extend(field.to_le_bytes());
            }
            file.extend(stored);
        }
        let tables = self.tables(frame_rows);
        let tables_offset = file.len() as u64;
        put_frame_header(&mut file, b'E', STORED, tables.len() as u64);
        let mut hasher = Hasher::new();
        hasher.update(&tables);
        file.extend(tables);
        file.extend(tables_offset.to_le_bytes());
        file.extend(hasher.finish());
        put_words(&mut file, [0]);
        file.extend(SHA256.to_le_bytes());
        file.extend(b"MPKEND");
        file.extend(version.to_le_bytes());
        file
    }

    fn tables(&self, frame_rows: Vec<u8>) -> Vec<u8> {
        let commit_ids = References::new(
            self.commits.iter().map(|commit| *commit.id.as_bytes()),
            self.commits
                .iter()
                .flat_map(|commit| commit.parents.iter().map(|id| *id.as_bytes())),
        );
        let snapshot_ids = References::new(
            self.snapshots
                .iter()
                .map(|snapshot| *snapshot.id.as_bytes()),
            self.commits
                .iter()
                .map(|commit| *commit.snapshot.as_bytes())
                .chain(
                    self.snapshots
                        .iter()
                        .filter_map(|record| record.base)
                        .map(|id| *id.as_bytes()),
                ),
        );
        let object_ids = References::new(self.objects.iter().map(|(id, _)| *id.as_bytes()), []);
        let mut commit_rows = Vec::new();
        for position in commit_ids.positions() {
            let commit = &self.commits[position as usize];
            put_words(&mut commit_rows, [position, commit.generation]);
            commit_rows.extend(commit.committed_at.to_le_bytes());
            let parent = |at: usize| commit.parents.get(at).map(|id| *id.as_bytes());
            let snapshot = snapshot_ids.reference(Some(*commit.snapshot.as_bytes()));
            let parents = [0, 1].map(|at| commit_ids.reference(parent(at)));
            put_words(&mut commit_rows, [snapshot, parents[0], parents[1]]);
        }
        let mut snapshot_rows = Vec::new();
        for position in snapshot_ids.positions() {
            let base = self.snapshots[position as usize]
                .base
                .map(|id| *id.as_bytes());
            put_words(&mut snapshot_rows, [position, snapshot_ids.reference(base)]);
        }
        let mut object_rows = Vec::new();
        put_words(&mut object_rows, object_ids.positions());
        let envelopes = self.commits.iter().map(|commit| commit.envelope.len());
        let records = self.snapshots.iter().map(|snapshot| snapshot.record.len());
        let sections = [
            (1, frame_rows),
            (2, object_ids.sorted_ids()),
            (5, commit_ids.sorted_ids()),
            (6, snapshot_ids.sorted_ids()),
            (8, commit_ids.external.concat()),
            (9, snapshot_ids.external.concat()),
            (10, object_rows),
            (
                11,
                offsets(self.objects.iter().map(|(_, bytes)| bytes.len())),
            ),
            (14, commit_rows),
            (15, offsets(envelopes)),
            (16, snapshot_rows),
            (17, offsets(records)),
        ];
        let mut sections = sections.to_vec();
        sections.retain(|(_, section)| !section.is_empty());
        let mut out = Vec::new();
        put_words(&mut out, [sections.len() as u32]);
        for (number, section) in &sections {
            put_words(&mut out, [*number, section.len() as u32]);
        }
        out.extend(sections.into_iter().flat_map(|(_, section)| section));
        out
    }
}

/// A snapshot record as it is encoded, with nothing checked.
#[derive(Serialize)]
struct UncheckedRecord<'a>(SnapshotId, Option<SnapshotId>, Vec<UncheckedChange<'a>>);

#[derive(Serialize)]
struct UncheckedChange<'a>(&'a str, Option<(u8, ObjectId)>);

/// Ids of one kind, sorted, with their positions in the file, and those that are only mentioned.
struct References {
    sorted: Vec<([u8; 32], u32)>,
    external: Vec<[u8; 32]>,
}

impl References {
    fn new(
        ids: impl IntoIterator<Item = [u8; 32]>,
        mentioned: impl IntoIterator<Item = [u8; 32]>,
    ) -> Self {
        let mut sorted: Vec<_> = ids.into_iter().zip(0..).collect();
        sorted.sort_unstable();
        let mut external: Vec<_> = mentioned
            .into_iter()
            .filter(|id| sorted.iter().all(|(own, _)| own != id))
            .collect();
        external.sort_unstable();
        external.dedup();
        Self { sorted, external }
    }

    fn sorted_ids(&self) -> Vec<u8> {
        self.sorted.iter().flat_map(|(id, _)| *id).collect()
    }

    fn positions(&self) -> impl Iterator<Item = u32> {
        self.sorted.iter().map(|(_, position)| *position)
    }

    fn reference(&self, id: Option<[u8; 32]>) -> u32 {
        let Some(id) = id else {
            return NO_REFERENCE;
        };
        let row = self.sorted.iter().position(|(own, _)| *own == id);
        let external = || self.external.iter().position(|external| *external == id);
        row.or_else(|| external().map(|row| self.sorted.len() + row))
            .map_or(NO_REFERENCE, |row| row as u32)
    }
}

fn put_frame_header(out: &mut Vec<u8>, tag: u8, codec: u8, stored_bytes: u64) {
    out.extend([tag, codec]);
    out.extend(stored_bytes.to_le_bytes());
}

fn put_words(out: &mut Vec<u8>, words: impl IntoIterator<Item = u32>) {
    out.extend(words.into_iter().flat_map(u32::to_le_bytes));
}

/// Where entries of these lengths start in their frame.
fn offsets(lengths: impl Iterator<Item = usize>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut offset = 0;
    for length in lengths {
        put_words(&mut out, [offset]);
        offset += length as u32;
    }
    out
}
