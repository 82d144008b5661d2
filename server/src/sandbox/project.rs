//! Histories to push, and mpacks of them, good or bad.

use std::collections::{BTreeMap, HashMap, HashSet};

use ed25519_dalek::{Signer as _, SigningKey};
use muse_wire::commit::{
    Author, Commit, CommitEnvelope, PublicKey, Signature, Timestamp, signed_bytes,
};
use muse_wire::id::{ChunkId, CommitId, ObjectId};
use muse_wire::limits::MAX_WHOLE_OBJECT_BYTES;
use muse_wire::mpack::{Counts, Mpack, MpackWriter, NewCommit};
use muse_wire::path::RepoPath;
use muse_wire::snapshot::{Change, Entry, EntryKind, SnapshotRecord, Tree};

/// A commit of a project, with everything that belongs to it.
#[derive(Clone)]
pub(crate) struct DraftCommit {
    pub(crate) envelope: CommitEnvelope,
    pub(crate) commit: Commit,
    pub(crate) generation: u32,
    pub(crate) tree: Tree,
    pub(crate) record: SnapshotRecord,
}

/// A chunk of a large object.
#[derive(Clone)]
pub(crate) enum DraftChunk {
    /// Its bytes are in the mpack.
    Here(Vec<u8>),
    /// Its bytes are elsewhere, and have this length.
    Elsewhere(ChunkId, u32),
}

impl DraftChunk {
    fn id_and_length(&self) -> (ChunkId, u32) {
        match self {
            Self::Here(contents) => {
                let length = u32::try_from(contents.len()).expect("it is a chunk");
                (ChunkId::of(contents), length)
            }
            Self::Elsewhere(id, length) => (*id, *length),
        }
    }
}

/// What to put into an mpack. A test changes what is to be wrong with it.
#[derive(Clone, Default)]
pub(crate) struct Draft {
    pub(crate) objects: Vec<(ObjectId, Vec<u8>)>,
    /// Large objects, whose chunks are not checked against their ids.
    pub(crate) lists: Vec<(ObjectId, Vec<DraftChunk>)>,
    /// Chunks that are left out of what is in `objects`.
    pub(crate) known_chunks: HashSet<ChunkId>,
    pub(crate) commits: Vec<DraftCommit>,
    pub(crate) snapshots: Vec<SnapshotRecord>,
}

impl Draft {
    pub(crate) fn counts(&self) -> Counts {
        let lengths = self.objects.iter().map(|(_, contents)| contents.len());
        let chunks = self.lists.iter().flat_map(|(_, chunks)| chunks);
        let listed = chunks.map(|chunk| u64::from(chunk.id_and_length().1));
        Counts {
            objects: (self.objects.len() + self.lists.len()) as u64,
            commits: self.commits.len() as u64,
            snapshots: self.snapshots.len() as u64,
            object_bytes: lengths.sum::<usize>() as u64 + listed.sum::<u64>(),
            base_bytes: 0,
        }
    }

    pub(crate) fn write(&self) -> Vec<u8> {
        let mut writer = MpackWriter::new(Vec::new(), self.counts()).expect("starts");
        let is_whole = |contents: &[u8]| contents.len() as u64 <= MAX_WHOLE_OBJECT_BYTES;
        let (whole, large): (Vec<_>, Vec<_>) = self
            .objects
            .iter()
            .partition(|(_, contents)| is_whole(contents));
        for (id, contents) in whole {
            writer.add_object(*id, contents).expect("added");
        }
        for (id, contents) in large {
            let is_known = |chunk: &ChunkId| self.known_chunks.contains(chunk);
            let length = contents.len() as u64;
            let added = writer.add_large_object(*id, length, &mut &contents[..], is_known);
            added.expect("added");
        }
        for (id, chunks) in &self.lists {
            for chunk in chunks {
                if let DraftChunk::Here(contents) = chunk {
                    let added = writer.add_chunk(ChunkId::of(contents), contents);
                    added.expect("added");
                }
            }
            let list = chunks.iter().map(DraftChunk::id_and_length).collect();
            writer.add_chunk_list(*id, list).expect("added");
        }
        for draft in &self.commits {
            let commit = NewCommit {
                envelope: &draft.envelope,
                commit: &draft.commit,
                generation: draft.generation,
            };
            writer.add_commit(&commit).expect("added");
        }
        for record in &self.snapshots {
            writer.add_snapshot(record).expect("added");
        }
        writer.finish().expect("finished").out
    }
}

/// Bytes that do not compress.
pub(crate) fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

/// A history to push.
#[derive(Default)]
pub(crate) struct Project {
    commits: HashMap<CommitId, DraftCommit>,
    contents: HashMap<ObjectId, Vec<u8>>,
}

impl Project {
    pub(crate) fn commit(&self, id: &CommitId) -> &DraftCommit {
        &self.commits[id]
    }

    /// Adds a commit that writes (or, with `None`, removes) these files.
    pub(crate) fn add<C: AsRef<[u8]>>(
        &mut self,
        parents: &[CommitId],
        files: &[(&str, Option<C>)],
    ) -> CommitId {
        self.add_entries(parents, EntryKind::File, files)
    }

    /// Adds a commit that writes (or, with `None`, removes) these entries, all of one kind.
    pub(crate) fn add_entries<C: AsRef<[u8]>>(
        &mut self,
        parents: &[CommitId],
        kind: EntryKind,
        files: &[(&str, Option<C>)],
    ) -> CommitId {
        let base = parents
            .first()
            .map(|parent| self.commits[parent].tree.clone());
        let mut changes: Vec<Change> = files
            .iter()
            .map(|(path, contents)| Change {
                path: RepoPath::new(*path).expect("valid"),
                entry: contents.as_ref().map(|contents| Entry {
                    kind,
                    object: self.keep(contents.as_ref()),
                }),
            })
            .collect();
        changes.sort_by(|a, b| a.path.cmp(&b.path));
        let tree = base
            .clone()
            .unwrap_or_default()
            .apply(&changes)
            .expect("applies");
        let commit = Commit {
            parents: parents.to_vec(),
            snapshot: tree.id(),
            author: Author {
                name: "Ada".to_owned(),
                email: String::new(),
            },
            committed_at: Timestamp {
                seconds: 1_700_000_000 + i64::try_from(self.commits.len()).expect("few"),
                offset_minutes: 0,
            },
            message: format!("commit {}", self.commits.len()),
            metadata: BTreeMap::new(),
            delta_digest: None,
            signers: Vec::new(),
        };
        let envelope = CommitEnvelope::plain(commit.encode().expect("valid"));
        let generations = parents.iter().map(|parent| self.commits[parent].generation);
        let draft = DraftCommit {
            generation: 1 + generations.max().unwrap_or(0),
            record: tree.record_against(base.as_ref()),
            envelope,
            commit,
            tree,
        };
        let id = draft.envelope.id();
        self.commits.insert(id, draft);
        id
    }

    /// Signs a commit.
    pub(crate) fn sign(&mut self, id: &CommitId) {
        self.sign_by(id, &[7]);
    }

    /// Signs a commit by the keys whose secrets consist of these bytes.
    pub(crate) fn sign_by(&mut self, id: &CommitId, secrets: &[u8]) {
        let signature = |secret: &u8| {
            let key = SigningKey::from_bytes(&[*secret; 32]);
            Signature {
                public_key: PublicKey::from_bytes(key.verifying_key().to_bytes()),
                signature: key.sign(&signed_bytes(id)).to_bytes(),
            }
        };
        let mut signatures: Vec<Signature> = secrets.iter().map(signature).collect();
        signatures.sort_by_key(|one| one.public_key);
        let commit = self.commits.get_mut(id).expect("it was added");
        commit.envelope.signatures = signatures;
    }

    /// Adds a commit that writes an object of an earlier one to this path.
    pub(crate) fn add_again(
        &mut self,
        parents: &[CommitId],
        path: &str,
        object: ObjectId,
    ) -> CommitId {
        let contents = self.contents[&object].clone();
        self.add(parents, &[(path, Some(contents))])
    }

    /// Adds a line of commits that each write one file of their own.
    pub(crate) fn add_line(&mut self, parent: Option<CommitId>, count: usize) -> Vec<CommitId> {
        let mut line = Vec::new();
        let mut parents: Vec<CommitId> = parent.into_iter().collect();
        for _ in 0..count {
            let number = self.commits.len();
            let (path, contents) = (format!("file{number}"), format!("contents {number}"));
            let id = self.add(&parents, &[(&path, Some(&contents))]);
            parents = vec![id];
            line.push(id);
        }
        line
    }

    fn keep(&mut self, contents: &[u8]) -> ObjectId {
        let id = ObjectId::of(contents);
        self.contents.insert(id, contents.to_vec());
        id
    }

    /// What a client would send for these commits.
    pub(crate) fn draft(&self, commits: &[CommitId]) -> Draft {
        let mut draft = Draft::default();
        let mut objects = HashSet::new();
        let mut snapshots = HashSet::new();
        for id in commits {
            let commit = &self.commits[id];
            draft.commits.push(commit.clone());
            if snapshots.insert(commit.record.id) {
                for (_, entry) in commit.record.additions() {
                    if objects.insert(entry.object) {
                        let contents = self.contents[&entry.object].clone();
                        draft.objects.push((entry.object, contents));
                    }
                }
                if commit.record.base != Some(commit.record.id) {
                    draft.snapshots.push(commit.record.clone());
                }
            }
        }
        draft
    }

    pub(crate) fn mpack(&self, commits: &[CommitId]) -> Vec<u8> {
        self.draft(commits).write()
    }

    /// The same, without the chunks of these mpacks.
    pub(crate) fn mpack_after(&self, earlier: &[&[u8]], commits: &[CommitId]) -> Vec<u8> {
        let mut draft = self.draft(commits);
        for mpack in earlier {
            let mpack = Mpack::from_bytes(mpack.to_vec()).expect("opens");
            let chunks = mpack.tables().chunks().map(|chunk| chunk.id);
            draft.known_chunks.extend(chunks);
        }
        draft.write()
    }
}
