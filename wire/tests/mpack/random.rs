//! Random contents, random histories: whatever is written is read back.

use std::collections::BTreeSet;

use muse_wire::commit::CommitEnvelope;
use muse_wire::id::{CommitId, ObjectId};
use muse_wire::limits::MAX_OBJECT_FRAME_RAW_BYTES;
use muse_wire::mpack::MpackWriter;
use proptest::prelude::*;

use crate::round_trip::assert_holds;
use crate::sample::Sample;

/// What one random commit is made of.
#[derive(Debug, Clone)]
struct Step {
    /// Earlier commits, counted back, or ids outside.
    parents: Vec<Result<usize, u8>>,
    snapshot: u8,
    has_record: bool,
    base: Option<u8>,
    files: Vec<usize>,
    has_delta: bool,
}

fn step() -> impl Strategy<Value = Step> {
    let parent = prop_oneof![(0..6_usize).prop_map(Ok), any::<u8>().prop_map(Err)];
    (
        prop::collection::vec(parent, 0..5),
        any::<u8>(),
        any::<bool>(),
        any::<Option<u8>>(),
        prop::collection::vec(any::<usize>(), 0..4),
        any::<bool>(),
    )
        .prop_map(
            |(parents, snapshot, has_record, base, files, has_delta)| Step {
                parents,
                snapshot,
                has_record,
                base,
                files,
                has_delta,
            },
        )
}

fn object() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        (any::<u8>(), 0..200_000_usize).prop_map(|(byte, length)| vec![byte; length]),
    ]
}

/// Builds a sample that keeps the writer's rules.
fn sample(objects: Vec<Vec<u8>>, steps: &[Step]) -> Sample {
    let objects: BTreeSet<Vec<u8>> = objects.into_iter().collect();
    let mut sample = Sample {
        objects: objects.into_iter().collect(),
        ..Sample::default()
    };
    let mut recorded = BTreeSet::new();
    // Snapshots that were referred to before they came would be bases that come too late.
    let mut mentioned = BTreeSet::new();
    let mut ids: Vec<(CommitId, u32)> = Vec::new();
    for step in steps {
        let mut parents = Vec::new();
        let mut generation = 1;
        for parent in &step.parents {
            let (id, parent_generation) = match parent {
                Ok(back) if *back < ids.len() => ids[ids.len() - 1 - back],
                Ok(_) => continue,
                Err(byte) => (CommitId::from_bytes([*byte; 32]), 7),
            };
            if !parents.contains(&id) {
                parents.push(id);
                generation = generation.max(parent_generation + 1);
            }
        }
        let id = sample.add_commit(&parents, step.snapshot, generation);
        let added = sample.commits.last_mut().expect("just added");
        if step.has_delta {
            let delta = step.snapshot.to_le_bytes().to_vec();
            added.commit.delta_digest = Some(muse_wire::id::DeltaDigest::of(&delta));
            added.envelope = CommitEnvelope {
                record: added.commit.encode().expect("valid"),
                signatures: Vec::new(),
                delta: Some(delta),
            };
        }
        let id = if step.has_delta {
            added.envelope.id()
        } else {
            id
        };
        ids.push((id, generation));

        let base = step.base.filter(|base| *base != step.snapshot);
        if step.has_record && !mentioned.contains(&step.snapshot) && recorded.insert(step.snapshot)
        {
            let paths: Vec<String> = (0..step.files.len()).map(|n| format!("{n}")).collect();
            let object_count = sample.objects.len();
            let files: Vec<(&str, usize)> = paths
                .iter()
                .zip(&step.files)
                .filter(|_| object_count > 0)
                .map(|(path, file)| (path.as_str(), file % object_count.max(1)))
                .collect();
            sample.add_snapshot(step.snapshot, base, &files);
            mentioned.extend(base);
        }
    }
    sample
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_written_is_read_back(
        objects in prop::collection::vec(object(), 0..12),
        steps in prop::collection::vec(step(), 0..12),
        cuts in any::<u16>(),
    ) {
        let sample = sample(objects, &steps);
        let mut writer = MpackWriter::new(Vec::new(), sample.counts()).expect("memory takes all");
        for (at, object) in sample.objects.iter().enumerate() {
            if cuts & 1 << at != 0 {
                writer.begin_group(MAX_OBJECT_FRAME_RAW_BYTES).expect("memory takes all");
            }
            writer.add_object(ObjectId::of(object), object).expect("announced");
        }
        sample.write_rest(&mut writer);
        let bytes = writer.finish().expect("all was added").out;
        assert_holds(&bytes, &sample);
    }
}
