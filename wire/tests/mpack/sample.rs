//! Small histories to write into mpacks, and a sink that keeps what verification hands out.

use std::collections::BTreeMap;
use std::sync::Mutex;

use muse_wire::commit::{Author, Commit, CommitEnvelope, Timestamp};
use muse_wire::id::{CommitId, MpackKey, ObjectId, SnapshotId};
use muse_wire::mpack::{
    CommitRow, Counts, LargeObjectRow, MpackWriter, NewCommit, ObjectRow, Record, SinkError,
    TRAILER_BYTES, Tables, Trailer, VerifyError, VerifySink, verify,
};
use muse_wire::path::RepoPath;
use muse_wire::snapshot::{Change, Entry, EntryKind, SnapshotRecord};

/// What an mpack is written from.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sample {
    pub(crate) objects: Vec<Vec<u8>>,
    /// Those that are stored as chunks.
    pub(crate) large_objects: Vec<Vec<u8>>,
    pub(crate) commits: Vec<SampleCommit>,
    pub(crate) snapshots: Vec<SnapshotRecord>,
}

#[derive(Debug, Clone)]
pub(crate) struct SampleCommit {
    pub(crate) envelope: CommitEnvelope,
    pub(crate) commit: Commit,
    pub(crate) generation: u32,
}

impl Sample {
    /// Three objects, a root, its child, a merge of three with a parent outside, keyframe and
    /// delta.
    pub(crate) fn small() -> Self {
        let mut sample = Self {
            objects: vec![
                b"first\n".to_vec(),
                Vec::new(),
                b"a longer text that repeats, repeats, repeats itself\n".to_vec(),
            ],
            ..Self::default()
        };
        let outside = CommitId::from_bytes([0xee; 32]);
        sample.add_snapshot(1, None, &[("a", 0), ("dir/b", 1)]);
        sample.add_snapshot(2, Some(1), &[("dir/c", 2)]);
        sample.add_snapshot(3, Some(0x77), &[("d", 0)]);
        let root = sample.add_commit(&[], 1, 1);
        let child = sample.add_commit(&[root], 2, 2);
        let other = sample.add_commit(&[outside], 0x66, 5);
        sample.add_commit(&[child, root, other], 3, 6);
        sample.add_commit(&[child, outside], 2, 6);
        sample
    }

    /// Adds a snapshot record that records these objects, by index.
    pub(crate) fn add_snapshot(&mut self, id: u8, base: Option<u8>, files: &[(&str, usize)]) {
        let changes = files.iter().map(|&(path, object)| Change {
            path: RepoPath::new(path).expect("the sample's paths are valid"),
            entry: Some(Entry {
                kind: EntryKind::File,
                object: ObjectId::of(&self.objects[object]),
            }),
        });
        self.snapshots.push(SnapshotRecord {
            id: snapshot_id(id),
            base: base.map(snapshot_id),
            changes: changes.collect(),
        });
    }

    /// Adds a commit whose time and message follow from how many there are.
    pub(crate) fn add_commit(
        &mut self,
        parents: &[CommitId],
        snapshot: u8,
        generation: u32,
    ) -> CommitId {
        let number = self.commits.len() as i64;
        let commit = Commit {
            parents: parents.to_vec(),
            snapshot: snapshot_id(snapshot),
            author: Author {
                name: "Ada".into(),
                email: "ada@example.org".into(),
            },
            committed_at: Timestamp {
                seconds: 1_700_000_000 - number,
                offset_minutes: 60,
            },
            message: format!("commit {number}\n"),
            metadata: BTreeMap::new(),
            delta_digest: None,
            signers: Vec::new(),
        };
        let envelope = CommitEnvelope::plain(commit.encode().expect("the sample is valid"));
        let id = envelope.id();
        self.commits.push(SampleCommit {
            envelope,
            commit,
            generation,
        });
        id
    }

    pub(crate) fn counts(&self) -> Counts {
        let objects = || self.objects.iter().chain(&self.large_objects);
        Counts {
            objects: objects().count() as u64,
            commits: self.commits.len() as u64,
            snapshots: self.snapshots.len() as u64,
            object_bytes: objects().map(|object| object.len() as u64).sum(),
            base_bytes: 0,
        }
    }

    /// Writes the mpack.
    pub(crate) fn write(&self) -> Vec<u8> {
        let mut writer = MpackWriter::new(Vec::new(), self.counts()).expect("memory takes all");
        for object in &self.objects {
            writer
                .add_object(ObjectId::of(object), object)
                .expect("announced");
        }
        self.write_rest(&mut writer);
        let written = writer.finish().expect("all was added");
        assert_eq!(written.key, key_of(&written.out));
        assert_eq!(written.size_bytes, written.out.len() as u64);
        written.out
    }

    /// Adds large objects, commits and snapshots to a writer.
    pub(crate) fn write_rest(&self, writer: &mut MpackWriter<Vec<u8>>) {
        for object in &self.large_objects {
            let (id, length) = (ObjectId::of(object), object.len() as u64);
            writer
                .add_large_object(id, length, &mut object.as_slice(), |_| false)
                .expect("announced");
        }
        for commit in &self.commits {
            writer.add_commit(&commit.as_new()).expect("announced");
        }
        for record in &self.snapshots {
            writer.add_snapshot(record).expect("announced");
        }
    }
}

impl SampleCommit {
    pub(crate) fn as_new(&self) -> NewCommit<'_> {
        NewCommit {
            envelope: &self.envelope,
            commit: &self.commit,
            generation: self.generation,
        }
    }
}

pub(crate) fn snapshot_id(byte: u8) -> SnapshotId {
    SnapshotId::from_bytes([byte; 32])
}

/// The key of these bytes.
pub(crate) fn key_of(bytes: &[u8]) -> MpackKey {
    MpackKey::from_bytes(*ObjectId::of(bytes).as_bytes())
}

/// Reads trailer and tables of a whole file.
pub(crate) fn parse_tables(bytes: &[u8]) -> Result<Tables, muse_wire::mpack::MpackError> {
    let start = bytes.len().saturating_sub(TRAILER_BYTES as usize);
    let trailer = Trailer::parse(&bytes[start..], bytes.len() as u64)?;
    let tables = bytes[trailer.tables_offset as usize..start].to_vec();
    Tables::parse(tables, &trailer)
}

/// Verifies a whole file under this key; gives all that was handed out.
pub(crate) fn verify_as(bytes: &[u8], key: MpackKey) -> Result<Received, VerifyError> {
    let tables = parse_tables(bytes)?;
    let sink = Received::default();
    let (mut commits, mut snapshots) = (Vec::new(), Vec::new());
    let mut source = bytes;
    let unchecked = verify(&mut source, &tables, &key, &sink, &mut |record| {
        match record {
            Record::Commit {
                row,
                envelope,
                commit,
            } => commits.push((row, envelope, commit)),
            Record::Snapshot {
                row,
                change_count,
                changes,
            } => {
                let changes: Vec<Change> = changes.collect::<Result<_, _>>()?;
                assert_eq!(changes.len(), change_count);
                snapshots.push(SnapshotRecord {
                    id: row.id,
                    base: row.base,
                    changes,
                });
            }
        }
        Ok(())
    })?;
    Ok(Received {
        commits,
        snapshots,
        unchecked,
        ..sink
    })
}

/// Verifies a whole file under its own key.
pub(crate) fn verify_bytes(bytes: &[u8]) -> Result<Received, VerifyError> {
    verify_as(bytes, key_of(bytes))
}

/// All that verification handed out.
#[derive(Debug, Default)]
pub(crate) struct Received {
    pub(crate) objects: Mutex<BTreeMap<ObjectId, Vec<u8>>>,
    pub(crate) commits: Vec<(CommitRow, CommitEnvelope, Commit)>,
    pub(crate) snapshots: Vec<SnapshotRecord>,
    /// Large objects that were left to the caller.
    pub(crate) unchecked: Vec<LargeObjectRow>,
}

impl VerifySink for Received {
    fn object(&self, row: &ObjectRow, contents: &[u8]) -> Result<(), SinkError> {
        let mut objects = self.objects.lock().expect("no thread panicked");
        let before = objects.insert(row.id, contents.to_vec());
        assert!(before.is_none(), "each object comes once");
        Ok(())
    }

    fn large_object(
        &self,
        row: &LargeObjectRow,
        offset: u64,
        piece: &[u8],
    ) -> Result<(), SinkError> {
        let mut objects = self.objects.lock().expect("no thread panicked");
        let contents = objects.entry(row.id).or_default();
        assert_eq!(contents.len() as u64, offset, "pieces come in order");
        contents.extend_from_slice(piece);
        Ok(())
    }
}
