//! What each of the stored mpacks is written from.

use ed25519_dalek::{Signer as _, SigningKey};
use muse_wire::commit::{PublicKey, Signature, signed_bytes};
use muse_wire::id::{DeltaDigest, ObjectId};
use muse_wire::mpack::{Base, MpackWriter, ThinFrame};
use muse_wire::path::RepoPath;
use muse_wire::snapshot::EntryKind;

use super::history::{History, Made, file};
use crate::frames::noise;
use crate::sample::Sample;

/// One file, one snapshot, one commit.
pub(super) fn hello() -> Sample {
    let mut history = History::default();
    history.commit(&[], &[file("greeting", b"hello\n")]);
    history.sample
}

/// A commit with two signatures and a structured delta.
pub(super) fn signed() -> Sample {
    let mut sample = hello();
    let root = &mut sample.commits[0];
    let delta = b"structured delta".to_vec();
    root.commit.delta_digest = Some(DeltaDigest::of(&delta));
    let metadata = &mut root.commit.metadata;
    metadata.insert("agent_id".into(), "agent-1".into());
    let keys = [42, 43].map(|number| SigningKey::from_bytes(&[number; 32]));
    let public_key = |key: &SigningKey| PublicKey::from_bytes(key.verifying_key().to_bytes());
    // The record names one of the two who sign.
    root.commit.signers = vec![public_key(&keys[0])];
    root.envelope.record = root.commit.encode().expect("valid");
    root.envelope.delta = Some(delta);
    let signed = signed_bytes(&root.envelope.id());
    let signatures = keys.iter().map(|key| Signature {
        public_key: public_key(key),
        signature: key.sign(&signed).to_bytes(),
    });
    root.envelope.signatures = signatures.collect();
    let signatures = &mut root.envelope.signatures;
    signatures.sort_by_key(|signature| signature.public_key);
    sample
}

/// Lines that are alike, but not the same.
fn lines(topic: &str, count: u32) -> Vec<u8> {
    let line = |number| format!("line {number} of the {topic}\n");
    (1..=count).map(line).collect::<String>().into_bytes()
}

/// Two directories, an executable, a symbolic link, records against a base, a merge of three.
/// Gives the merge, too.
pub(crate) fn small_history() -> (History, Made) {
    let mut history = History::default();
    let manual = lines("manual", 60);
    let root = history.commit(
        &[],
        &[
            file("README", b"Two directories and a link.\n"),
            (
                "bin/run",
                Some((EntryKind::Executable, b"#!/bin/sh\necho run\n")),
            ),
            file("doc/empty", b""),
            file("doc/manual", &manual),
            ("latest", Some((EntryKind::Symlink, b"doc/manual"))),
        ],
    );
    let main = history.commit(&[&root], &[file("README", b"Two directories, a link.\n")]);
    let edited = [&b"A preface.\n"[..], &manual].concat();
    let second = history.commit(&[&root], &[file("doc/manual", &edited)]);
    let third = history.commit(
        &[&root],
        &[("doc/empty", None), file("doc/notes/first", b"Note.\n")],
    );
    let merge = history.commit(
        &[&main, &second, &third],
        &[
            ("doc/empty", None),
            file("doc/manual", &edited),
            file("doc/notes/first", b"Note.\n"),
        ],
    );
    (history, merge)
}

/// See [`small_history`].
pub(super) fn small() -> Sample {
    small_history().0.sample
}

/// A file of 10 MiB: 8 MiB of one page, 2 MiB of another, so that one chunk comes twice.
pub(super) fn large() -> Sample {
    let contents = [noise(1, 4096).repeat(2048), noise(2, 4096).repeat(512)].concat();
    let mut history = History::default();
    history.commit(&[], &[file("large", &contents), file("small", b"small\n")]);
    history.sample
}

/// A snapshot record of more than two frames: 1,100 paths of almost 4,000 bytes.
pub(super) fn long() -> Sample {
    let directory = ["d".repeat(250).as_str(); 15].join("/");
    let paths: Vec<String> = (0..1100)
        .map(|number| format!("{directory}/{number:04}-{}", "e".repeat(200)))
        .collect();
    let edits: Vec<_> = paths.iter().map(|path| file(path, b"same\n")).collect();
    let mut history = History::default();
    history.commit(&[], &edits);
    history.sample
}

/// A child of [`small`]'s merge that edits two files, and the merge.
pub(crate) fn thin_sample() -> (Sample, Made) {
    let (mut history, merge) = small_history();
    // Only the child is sent.
    history.sample = Sample::default();
    let manual = [&lines("manual", 60)[..], b"An appendix.\n"].concat();
    let readme = b"Two directories, a link and a thin mpack.\n";
    history.commit(
        &[&merge],
        &[file("README", readme), file("doc/manual", &manual)],
    );
    (history.sample, merge)
}

/// [`thin_sample`], compressed against what the files were.
pub(crate) fn thin() -> Vec<u8> {
    let (sample, merge) = thin_sample();
    let old_manual = [&b"A preface.\n"[..], &lines("manual", 60)].concat();
    let base_contents = [&b"Two directories, a link.\n"[..], &old_manual];
    let bases = ["README", "doc/manual"].into_iter().zip(base_contents);
    let bases = bases.map(|(path, contents)| Base {
        snapshot: merge.tree.id(),
        path: RepoPath::new(path).expect("valid"),
        length: contents.len() as u32,
    });
    let objects = sample.objects.iter();
    let objects = objects.map(|object| (ObjectId::of(object), object.len() as u32));
    let frame = ThinFrame::compress(
        objects.collect(),
        &sample.objects.concat(),
        bases.collect(),
        &base_contents.concat(),
    );
    let frame = frame.expect("memory takes all");
    let frame = frame.expect("the bases save much");
    let mut counts = sample.counts();
    counts.base_bytes = frame.base_bytes();
    let mut writer = MpackWriter::new(Vec::new(), counts).expect("memory takes all");
    writer.add_thin_frame(&frame).expect("announced");
    sample.write_rest(&mut writer);
    writer.finish().expect("all was added").out
}
