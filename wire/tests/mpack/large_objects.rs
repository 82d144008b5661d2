//! Large objects: cut into chunks, shared between objects and mpacks, put together again.

use muse_wire::id::{ChunkId, ObjectId};
use muse_wire::limits::{MAX_CHUNK_BYTES, MAX_WHOLE_OBJECT_BYTES};
use muse_wire::mpack::{
    ChunkReference, Codec, Counts, FrameKind, Mpack, MpackWriter, VerifyError, WriteError,
    check_large_object,
};

use crate::forge::Forge;
use crate::frames::{counts_of, noise, raw_bytes_of};
use crate::round_trip::assert_holds;
use crate::sample::{Sample, parse_tables, verify_bytes};

/// A large object between two small ones.
pub(crate) fn with_large_object(large: &[u8]) -> Vec<u8> {
    sample_with(&[large]).write()
}

fn sample_with(large_objects: &[&[u8]]) -> Sample {
    Sample {
        objects: vec![b"before".to_vec(), b"after".to_vec()],
        large_objects: large_objects.iter().map(|object| object.to_vec()).collect(),
        ..Sample::default()
    }
}

/// The chunks of the one large object in this mpack.
fn chunk_list(bytes: &[u8]) -> Vec<ChunkReference> {
    let tables = parse_tables(bytes).expect("valid");
    let row = tables.large_objects().next().expect("one large object");
    tables.chunks_of(&row).collect()
}

fn writer(counts: Counts) -> MpackWriter<Vec<u8>> {
    MpackWriter::new(Vec::new(), counts).expect("memory takes all")
}

#[test]
fn a_large_object_is_cut_into_chunks_and_read_back() {
    let large = noise(1, 40 << 20);
    let sample = sample_with(&[&large]);
    let bytes = sample.write();
    assert_holds(&bytes, &sample);
    let chunks = chunk_list(&bytes);
    let lengths = chunks.iter().map(|chunk| u64::from(chunk.length));
    assert_eq!(lengths.sum::<u64>(), 40 << 20);
    assert!((80..400).contains(&chunks.len()), "{}", chunks.len());
    let (last, rest) = chunks.split_last().expect("several chunks");
    assert!(
        rest.iter().all(|chunk| chunk.length >= 64 << 10),
        "{last:?}"
    );
    // Noise is stored as it is: a probe of the frame tells.
    let tables = parse_tables(&bytes).expect("valid");
    for frame in tables.frames_of(FrameKind::Chunks) {
        let row = tables.frame(frame);
        assert_eq!(row.codec, Codec::Stored);
        assert!(row.raw_bytes <= MAX_CHUNK_BYTES);
    }
}

#[test]
fn the_least_large_object_is_one_byte_longer_than_a_whole_one() {
    let limit = MAX_WHOLE_OBJECT_BYTES as usize;
    let sample = sample_with(&[&noise(2, limit + 1)]);
    assert_holds(&sample.write(), &sample);
    let short = noise(3, limit);
    let mut writer = writer(counts_of(&[&short]));
    let id = ObjectId::of(&short);
    writer
        .add_large_object(id, short.len() as u64, &mut short.as_slice(), |_| false)
        .expect("the tables tell");
    assert!(matches!(writer.finish(), Err(WriteError::Inconsistent(_))));
}

#[test]
fn an_edit_changes_few_chunks_wherever_it_is() {
    let before = noise(4, 20 << 20);
    let known: Vec<ChunkId> = chunk_list(&with_large_object(&before))
        .iter()
        .map(|chunk| chunk.id)
        .collect();
    let middle = before.len() / 2;
    let mut overwritten = before.clone();
    overwritten[middle] ^= 1;
    let mut inserted = before.clone();
    inserted.insert(middle, 0);
    let mut deleted = before.clone();
    deleted.remove(middle);
    for after in [overwritten, inserted, deleted] {
        let mut writer = writer(counts_of(&[&after]));
        let (id, length) = (ObjectId::of(&after), after.len() as u64);
        writer
            .add_large_object(id, length, &mut after.as_slice(), |chunk| {
                known.contains(chunk)
            })
            .expect("announced");
        let bytes = writer.finish().expect("all was added").out;
        let chunks = chunk_list(&bytes);
        let new = chunks.iter().filter(|chunk| chunk.is_here).count();
        assert!((1..=3).contains(&new), "{new} of {} chunks", chunks.len());
        let tables = parse_tables(&bytes).expect("valid");
        let external = tables.external_chunks();
        assert!(external.is_sorted() && external.iter().all(|chunk| known.contains(chunk)));
        // What it lacks of the object is for its receiver to find.
        let received = verify_bytes(&bytes).expect("valid");
        assert_eq!(received.unchecked.len(), 1);
        assert_eq!(received.unchecked[0].id, id);
    }
}

#[test]
fn chunks_are_stored_once() {
    // Zeros are cut into chunks of the greatest length, all alike but the last.
    let zeros = vec![0; 20 << 20];
    let longer = vec![0; 24 << 20];
    let sample = sample_with(&[&zeros, &longer]);
    let bytes = sample.write();
    assert_holds(&bytes, &sample);
    assert_eq!(raw_bytes_of(&bytes, FrameKind::Chunks), [1 << 20]);
    assert!(bytes.len() < 4096, "{}", bytes.len());
}

#[test]
fn an_object_whose_chunks_lie_in_another_order_is_left_to_the_caller() {
    let one = vec![1; 3 << 20];
    let two = vec![2; 2 << 20];
    let backwards = [&one[..], &two[..]].concat();
    let ids = [&one, &two].map(|chunk| ChunkId::of(chunk));
    let mut writer = writer(counts_of(&[&backwards]));
    writer.add_chunk(ids[1], &two).expect("announced");
    writer.add_chunk(ids[0], &one).expect("announced");
    let list = vec![(ids[0], 3 << 20), (ids[1], 2 << 20)];
    let id = ObjectId::of(&backwards);
    writer.add_chunk_list(id, list).expect("announced");
    let bytes = writer.finish().expect("all was added").out;
    let received = verify_bytes(&bytes).expect("valid");
    assert_eq!(received.unchecked.len(), 1);

    // Checked with the chunks at hand, it holds; with others, it does not.
    let mpack = Mpack::from_bytes(bytes).expect("opens");
    let read = |chunk: &ChunkReference| {
        let contents = mpack.read_chunk(&chunk.id)?;
        Ok::<_, VerifyError>(contents.expect("it is here"))
    };
    let check = |read: &dyn Fn(&ChunkReference) -> Result<Vec<u8>, VerifyError>| {
        let mut together = Vec::new();
        let each = |offset, piece: &[u8]| {
            assert_eq!(offset, together.len() as u64);
            together.extend_from_slice(piece);
            Ok(())
        };
        check_large_object(mpack.tables(), &received.unchecked[0], read, each)?;
        Ok(together)
    };
    assert!(check(&read).expect("the object's chunks") == backwards);
    let other = |chunk: &ChunkReference| Ok(vec![9; chunk.length as usize]);
    assert!(matches!(
        check(&other),
        Err(VerifyError::ObjectMismatch { .. })
    ));
    let shorter = |_: &ChunkReference| Ok(Vec::new());
    assert!(matches!(check(&shorter), Err(VerifyError::Invalid(_))));
}

#[test]
fn a_frame_of_chunks_is_copied_as_it_is() {
    let large = noise(5, 10 << 20);
    let source = Mpack::from_bytes(with_large_object(&large)).expect("opens");
    let mut writer = writer(counts_of(&[&large]));
    let frames = source.tables().frames_of(FrameKind::Chunks);
    for frame in frames.clone().rev() {
        writer.copy_frame(&source, frame).expect("chunks");
    }
    assert!(writer.copy_frame(&source, frames.start).is_err(), "twice");
    let list = chunk_list(source.bytes());
    let list = list.iter().map(|chunk| (chunk.id, chunk.length)).collect();
    let id = ObjectId::of(&large);
    writer.add_chunk_list(id, list).expect("announced");
    let bytes = writer.finish().expect("all was added").out;
    let sample = Sample {
        large_objects: vec![large],
        ..Sample::default()
    };
    assert_holds(&bytes, &sample);
}

#[test]
fn a_large_object_that_lies_is_refused() {
    let large = noise(6, 20 << 20);
    let mut forge = Forge::open(&with_large_object(&large));
    forge.large_ids[0][31] ^= 1;
    let error = verify_bytes(&forge.build()).expect_err("a wrong id");
    assert!(
        matches!(
            error,
            VerifyError::ObjectMismatch { actual, .. } if actual == ObjectId::of(&large)
        ),
        "{error:?}"
    );

    // A frame in the middle that does not decompress: the tasks behind it must not wait for it.
    let mut forge = Forge::open(&with_large_object(&large));
    let raw_bytes = forge.frames[2].raw_bytes as usize;
    forge.frames[2].hold(&vec![0; raw_bytes]);
    forge.frames[2].payload.pop();
    let error = verify_bytes(&forge.build()).expect_err("damaged");
    assert!(matches!(error, VerifyError::Invalid(_)), "{error:?}");

    // A chunk in the middle with other bytes.
    let mut forge = Forge::open(&with_large_object(&large));
    forge.frames[2].payload[1000] ^= 1;
    let error = verify_bytes(&forge.build()).expect_err("a wrong chunk");
    assert!(
        matches!(error, VerifyError::ChunkMismatch { .. }),
        "{error:?}"
    );
}

#[test]
fn a_writer_that_was_lied_to_does_not_finish() {
    let contents = b"contents";
    let id = ObjectId::of(contents);
    for (length, source) in [
        (8, &b"Contents"[..]),
        (8, &b"conten"[..]),
        (8, &b"contents!"[..]),
    ] {
        let counts = counts_of(&[contents]);
        let mut writer = MpackWriter::new(Vec::new(), counts).expect("memory takes all");
        let result = writer.add_large_object(id, length, &mut &*source, |_| false);
        assert!(matches!(result, Err(WriteError::Inconsistent(_))));
        assert!(matches!(writer.finish(), Err(WriteError::Inconsistent(_))));
    }
}

#[test]
fn a_writer_that_was_lied_to_does_not_finish_even_after_the_truth() {
    let contents = noise(7, 5 << 20);
    let (id, length) = (ObjectId::of(&contents), contents.len() as u64);
    let mut writer = writer(counts_of(&[&contents]));
    let mut add = |source: &[u8]| writer.add_large_object(id, length, &mut &*source, |_| false);
    assert!(matches!(
        add(&contents[1..]),
        Err(WriteError::Inconsistent(_))
    ));
    add(&contents).expect("announced");
    assert!(matches!(writer.finish(), Err(WriteError::Inconsistent(_))));
}

#[test]
fn a_chunk_outside_is_not_taken_for_one_that_is_here() {
    // The first of the object's two chunks is outside; another one stands before the second.
    let [outside, other, second] = [1, 2, 3].map(|byte| vec![byte; 3 << 20]);
    let whole = [&outside[..], &second].concat();
    let mut writer = writer(counts_of(&[&whole]));
    for chunk in [&other, &second] {
        writer
            .add_chunk(ChunkId::of(chunk), chunk)
            .expect("announced");
    }
    let list = [&outside, &second].map(|chunk| (ChunkId::of(chunk), chunk.len() as u32));
    let id = ObjectId::of(&whole);
    writer.add_chunk_list(id, list.into()).expect("announced");
    let bytes = writer.finish().expect("all was added").out;
    let received = verify_bytes(&bytes).expect("valid");
    assert_eq!(received.unchecked.len(), 1);
    let objects = received.objects.into_inner().expect("no thread panicked");
    assert!(objects.is_empty());
}
