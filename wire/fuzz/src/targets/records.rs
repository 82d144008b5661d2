//! Records: commits, envelopes and snapshot records, as they stand in frames and in the database.

use std::sync::LazyLock;

use muse_wire::commit::{Commit, CommitEnvelope};
use muse_wire::mpack::Mpack;
use muse_wire::msgpack::Writer;
use muse_wire::snapshot::{RecordReader, SnapshotRecord};

use crate::choices::Choices;
use crate::files::THICK;
use crate::memory::within;
use crate::seeds::{SIGNED, SMALL};

/// Decoding takes this much, and so many times the bytes of the record.
const DECODE_BYTES: u64 = 16 << 10;
const BYTES_PER_BYTE: u64 = 32;

/// Valid records: envelopes, the commit records in them, snapshot records.
static VALID: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let mut records = Vec::new();
    for file in [SIGNED, SMALL, &THICK[..]] {
        let mpack = Mpack::from_bytes(file.to_vec()).expect("a golden file is valid");
        for row in mpack.tables().commits() {
            let envelope = mpack.read_commit(&row.id).expect("valid").expect("listed");
            records.extend([envelope.encode(), envelope.record]);
        }
        for row in mpack.tables().snapshots() {
            let record = mpack
                .read_snapshot(&row.id)
                .expect("valid")
                .expect("listed");
            records.push(record.encode());
        }
    }
    records
});

/// Decodes bytes as each kind of record. Of what is accepted there is one encoding.
pub fn records(input: &[u8]) {
    let mut choices = Choices::new(input);
    let record = match choices.byte() % 4 {
        0 => choices.rest().to_vec(),
        1 => values(&mut choices),
        _ => {
            let mut record = VALID[choices.below(VALID.len())].clone();
            choices.bend_bytes(&mut record);
            record
        }
    };
    within(DECODE_BYTES + BYTES_PER_BYTE * record.len() as u64, || {
        if let Ok(commit) = Commit::decode(&record) {
            assert_eq!(commit.encode().expect("it was accepted"), record);
            let _ = commit.subject();
        }
        if let Ok(envelope) = CommitEnvelope::decode(&record) {
            assert_eq!(envelope.encode(), record);
            if let Ok(commit) = envelope.open() {
                assert_eq!(commit.encode().expect("it was accepted"), envelope.record);
            }
        }
        if let Ok(snapshot) = SnapshotRecord::decode(&record) {
            assert_eq!(snapshot.encode(), record);
            assert!(snapshot.additions().count() <= snapshot.changes.len());
        }
        // A source that ends before the length that was announced for it.
        if let Ok(reader) = RecordReader::new(&record[..], record.len() as u64 + 1) {
            assert!(reader.last().is_some_and(|change| change.is_err()));
        }
    });
}

/// Values of MessagePack one behind the other, of which some are no longer in the strict subset.
fn values(choices: &mut Choices<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    while !choices.are_over() {
        let mut writer = Writer::new();
        match choices.byte() % 9 {
            0 => writer.array([9, 3, 2, 0, 1][choices.below(5)]),
            1 => writer.array(choices.word() as usize),
            2 => writer.map(choices.word() as usize),
            3 => writer.str(&String::from_utf8_lossy(choices.bytes())),
            4 => writer.bin(choices.bytes()),
            5 => writer.bin(&[choices.byte(); 32]),
            6 => writer.nil(),
            7 => writer.integer(choices.long().cast_signed()),
            _ => bytes.push(choices.byte()),
        }
        bytes.extend(writer.finish());
    }
    bytes
}
