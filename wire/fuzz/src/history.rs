//! Histories as nobody should write them, in mpacks whose ids, order and checksums are right.
//!
//! What stands behind a hash is reached only this way: a record of which a byte is changed has
//! another id, and the rows and references that name it are others.

use ed25519_dalek::{Signer as _, SigningKey};
use muse_wire::commit::{
    Author, Commit, CommitEnvelope, PublicKey, Signature, Timestamp, signed_bytes,
};
use muse_wire::id::{CommitId, DeltaDigest, ObjectId, SnapshotId};
use muse_wire::mpack::{Base, Counts, MpackWriter, NewCommit, ThinFrame, WriteError};
use muse_wire::path::RepoPath;
use muse_wire::snapshot::{Change, Entry, EntryKind, SnapshotRecord, Tree};

use crate::choices::Choices;
use crate::forge::Forge;
use crate::repository::REPOSITORY;

/// Names of which paths are made, so that they often meet.
const NAMES: [&str; 8] = ["README", "doc", "manual", "a", "b", "a-b", "latest", "ü\n"];
/// Most names in a path.
const MAX_DEPTH: usize = 5;

/// A history under construction.
#[derive(Default)]
struct History {
    objects: Vec<(ObjectId, Vec<u8>)>,
    thin_frame: Option<ThinFrame>,
    /// Bytes of its objects together.
    thin_bytes: u64,
    commits: Vec<(CommitEnvelope, Commit, u32)>,
    snapshots: Vec<SnapshotRecord>,
    /// Trees that can be built on.
    trees: Vec<Tree>,
}

/// An mpack that the writer makes as chosen; `None` where it refuses to.
pub(crate) fn mpack(choices: &mut Choices<'_>) -> Option<Forge> {
    let mut history = History {
        trees: vec![REPOSITORY.tip_tree.clone(), Tree::empty()],
        ..History::default()
    };
    for _ in 0..choices.below(5) {
        history.add_object(choices);
    }
    if choices.once_in(3) {
        history.make_thin(choices);
    }
    for _ in 0..choices.below(5) {
        history.add_snapshot(choices);
    }
    for _ in 0..choices.below(4) {
        history.add_commit(choices);
    }
    let forge = Forge::open(&history.write().ok()?);
    Some(match history.thin_frame {
        Some(_) => forge.with_unlisted(history.object_ids()),
        None => forge,
    })
}

impl History {
    fn add_object(&mut self, choices: &mut Choices<'_>) {
        let contents = match choices.byte() % 4 {
            0 => vec![choices.byte(); usize::from(choices.byte()) * 300],
            1 => [b"Two directories, a link.\n", choices.bytes()].concat(),
            _ => choices.bytes().to_vec(),
        };
        let id = match choices.once_in(16) {
            true => ObjectId::of(choices.bytes()),
            false => ObjectId::of(&contents),
        };
        let is_new = self.objects.iter().all(|(known, _)| *known != id);
        if is_new || choices.once_in(64) {
            self.objects.push((id, contents));
        }
    }

    /// Compresses the objects so far against what the repository has, or claims to.
    fn make_thin(&mut self, choices: &mut Choices<'_>) {
        let mut contents = Vec::new();
        let mut bases = Vec::new();
        for _ in 0..=choices.below(3) {
            let path = ["README", "doc/manual", "latest", "doc"][choices.below(4)];
            let entry = REPOSITORY.tip_tree.get(path);
            let found = entry.and_then(|entry| REPOSITORY.objects.get(&entry.object));
            let found = found.cloned().unwrap_or_else(|| b"nothing".to_vec());
            let length = found.len() as u32;
            bases.push(Base {
                snapshot: match choices.once_in(12) {
                    true => Tree::empty().id(),
                    false => REPOSITORY.tip_tree.id(),
                },
                path: RepoPath::new(path).expect("a legal path"),
                length: match choices.once_in(12) {
                    true => choices.bend_word(length),
                    false => length,
                },
            });
            contents.extend(found);
        }
        let objects = std::mem::take(&mut self.objects);
        let lengths = objects
            .iter()
            .map(|(id, object)| (*id, object.len() as u32));
        let together: Vec<&[u8]> = objects.iter().map(|(_, object)| &object[..]).collect();
        let frame = ThinFrame::compress(lengths.collect(), &together.concat(), bases, &contents);
        self.thin_frame = frame.expect("memory takes all");
        match self.thin_frame {
            Some(_) => self.thin_bytes = together.concat().len() as u64,
            None => self.objects = objects,
        }
    }

    fn add_snapshot(&mut self, choices: &mut Choices<'_>) {
        let base = &self.trees[choices.below(self.trees.len())];
        let mut objects = self.object_ids();
        objects.extend(REPOSITORY.objects.keys().min());
        let changes = changes(base, choices, &objects);
        let tree = base.apply(&changes);
        let mut record = match (&tree, choices.byte() % 8) {
            (Ok(tree), 0..=3) => tree.record_against(Some(base)),
            (Ok(tree), 4..=5) => tree.record_against(None),
            (tree, _) => SnapshotRecord {
                id: tree.as_ref().unwrap_or(base).id(),
                base: Some(base.id()),
                changes,
            },
        };
        if choices.once_in(8) {
            match choices.byte() % 6 {
                0 => record.id = Tree::empty().id(),
                1 => record.base = None,
                2 => record.base = Some(record.id),
                3 => record.base = Some(SnapshotId::from_bytes([choices.byte(); 32])),
                4 => record.changes.reverse(),
                _ => drop(record.changes.pop()),
            }
        }
        let is_new = self.snapshots.iter().all(|known| known.id != record.id);
        if is_new || choices.once_in(64) {
            self.snapshots.push(record);
        }
        self.trees.extend(tree);
    }

    fn add_commit(&mut self, choices: &mut Choices<'_>) {
        let mut generations = vec![0];
        let mut parents = Vec::new();
        for _ in 0..choices.below(4) {
            let at = choices.below(self.commits.len() + 2);
            let (parent, generation) = match self.commits.get(at) {
                Some((envelope, _, generation)) => (envelope.id(), *generation),
                None if at == self.commits.len() => {
                    (REPOSITORY.tip, REPOSITORY.generations[&REPOSITORY.tip])
                }
                None => (CommitId::from_bytes([choices.byte(); 32]), 1),
            };
            parents.push(parent);
            generations.push(generation);
        }
        let generation = generations
            .iter()
            .max()
            .map_or(0, |most| most.saturating_add(1));
        let delta = choices.once_in(4).then(|| choices.bytes().to_vec());
        let key = SigningKey::from_bytes(&[choices.byte() % 4; 32]);
        let public_key = PublicKey::from_bytes(key.verifying_key().to_bytes());
        let mut commit = Commit {
            parents,
            snapshot: self.trees[choices.below(self.trees.len())].id(),
            author: Author {
                name: text(choices),
                email: text(choices),
            },
            committed_at: Timestamp {
                seconds: choices.long().cast_signed(),
                offset_minutes: choices.word() as i16 % 1500,
            },
            message: text(choices),
            metadata: (0..choices.below(3))
                .map(|_| (text(choices), text(choices)))
                .collect(),
            delta_digest: delta.as_deref().map(DeltaDigest::of),
            signers: Vec::new(),
        };
        if choices.once_in(4) {
            commit.signers.push(public_key);
        }
        let mut envelope = CommitEnvelope {
            record: commit.encode().unwrap_or_else(|_| choices.bytes().to_vec()),
            signatures: Vec::new(),
            delta,
        };
        if choices.once_in(6) {
            choices.bend_bytes(&mut envelope.record);
            commit = Commit::decode(&envelope.record).unwrap_or(commit);
        }
        if choices.once_in(4) || !commit.signers.is_empty() && !choices.once_in(8) {
            let mut signature = key.sign(&signed_bytes(&envelope.id())).to_bytes();
            if choices.once_in(8) {
                signature[choices.below(64)] ^= choices.byte();
            }
            envelope.signatures.push(Signature {
                public_key,
                signature,
            });
        }
        let generation = match choices.once_in(16) {
            true => choices.bend_word(generation),
            false => generation,
        };
        self.commits.push((envelope, commit, generation));
    }

    /// Its own objects.
    fn object_ids(&self) -> Vec<ObjectId> {
        let thin = self.thin_frame.iter().flat_map(ThinFrame::objects);
        let whole = self.objects.iter().map(|(id, _)| *id);
        thin.chain(whole).collect()
    }

    fn write(&self) -> Result<Vec<u8>, WriteError> {
        let raw_bytes = self.objects.iter().map(|(_, object)| object.len() as u64);
        let mut counts = Counts {
            objects: self.object_ids().len() as u64,
            commits: self.commits.len() as u64,
            snapshots: self.snapshots.len() as u64,
            object_bytes: raw_bytes.sum(),
            base_bytes: 0,
        };
        if let Some(frame) = &self.thin_frame {
            counts.base_bytes = frame.base_bytes();
            counts.object_bytes += self.thin_bytes;
        }
        let mut writer = MpackWriter::new(Vec::new(), counts)?;
        for (id, contents) in &self.objects {
            writer.add_object(*id, contents)?;
        }
        if let Some(frame) = &self.thin_frame {
            writer.add_thin_frame(frame)?;
        }
        for (envelope, commit, generation) in &self.commits {
            writer.add_commit(&NewCommit {
                envelope,
                commit,
                generation: *generation,
            })?;
        }
        for record in &self.snapshots {
            writer.add_snapshot(record)?;
        }
        Ok(writer.finish()?.out)
    }
}

/// Changes of a tree, in order; some of them do not fit it.
pub(crate) fn changes(tree: &Tree, choices: &mut Choices<'_>, objects: &[ObjectId]) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    for _ in 0..choices.below(8) {
        let path = if choices.once_in(3) && tree.file_count() > 0 {
            let mut entries = tree.entries();
            entries.swap_remove(choices.below(entries.len())).0
        } else {
            path(choices)
        };
        let entry = (!choices.once_in(3)).then(|| Entry {
            kind: [EntryKind::File, EntryKind::Executable, EntryKind::Symlink][choices.below(3)],
            object: match objects.get(choices.below(objects.len() + 1)) {
                Some(object) => *object,
                None => ObjectId::of(&[choices.byte()]),
            },
        });
        changes.push(Change { path, entry });
    }
    changes.sort_by(|one, other| one.path.cmp(&other.path));
    changes.dedup_by(|one, other| one.path == other.path);
    changes
}

fn path(choices: &mut Choices<'_>) -> RepoPath {
    let names = (0..=choices.below(MAX_DEPTH)).map(|_| NAMES[choices.below(NAMES.len())]);
    let path = names.collect::<Vec<_>>().join("/");
    RepoPath::new(path).expect("made of legal names")
}

fn text(choices: &mut Choices<'_>) -> String {
    match choices.byte() % 4 {
        0 => String::from_utf8_lossy(choices.bytes()).into_owned(),
        number => NAMES[usize::from(number)].to_owned(),
    }
}
