//! What goes in one request: a push that is over one of these limits is uploaded instead.

use muse_wire::limits::{
    STREAM_MAX_BYTES, STREAM_MAX_OBJECTS, STREAM_MAX_RAW_BYTES, STREAM_MAX_RECORD_BYTES,
};

use super::error::{PushError, PushLimit};
use crate::walk::{CollectError, NewMpack};

/// The first limit of a stream that this mpack is over; `None` if it may be streamed.
pub(super) fn excess(mpack: &NewMpack) -> Result<Option<PushError>, CollectError> {
    let counts = mpack.counts;
    let known = [
        (PushLimit::Objects, counts.objects, STREAM_MAX_OBJECTS),
        (PushLimit::MpackBytes, mpack.size_bytes, STREAM_MAX_BYTES),
        (
            PushLimit::ObjectBytes,
            counts.object_bytes + counts.base_bytes,
            STREAM_MAX_RAW_BYTES,
        ),
    ];
    if let Some(excess) = known.into_iter().find_map(over) {
        return Ok(Some(excess));
    }
    let record_bytes = mpack.record_bytes()?;
    let records = (
        PushLimit::RecordBytes,
        record_bytes,
        STREAM_MAX_RECORD_BYTES,
    );
    Ok(over(records))
}

fn over((what, actual, limit): (PushLimit, u64, u64)) -> Option<PushError> {
    (actual >= limit).then_some(PushError::TooLargeForStream {
        what,
        actual,
        limit,
    })
}

#[cfg(test)]
mod tests {
    use muse_wire::mpack::Counts;

    use super::*;
    use crate::report::Silent;
    use crate::testing::Sandbox;
    use crate::walk::{Form, collect, plan_mpack, write_mpack};

    #[test]
    fn each_limit_of_a_stream_counts() {
        let sandbox = Sandbox::new();
        let commit = sandbox.add_commit(&[], &[("a", "1")]);
        let set = collect(&sandbox.repository.objects, &[commit], &[]).expect("collected");
        let plan = plan_mpack(&sandbox.repository, set).expect("planned");
        let mut mpack = write_mpack(
            &sandbox.repository,
            &sandbox.repository.layout,
            &plan,
            Form::Thick,
            &Silent,
        )
        .expect("written");
        let small = (mpack.counts, mpack.size_bytes);
        let mut limit = |counts: Counts, size_bytes: u64| {
            (mpack.counts, mpack.size_bytes) = (counts, size_bytes);
            match excess(&mpack).expect("readable") {
                Some(PushError::TooLargeForStream { what, .. }) => Some(what),
                _ => None,
            }
        };
        let with = |objects, object_bytes| Counts {
            objects,
            object_bytes,
            ..small.0
        };
        assert_eq!(limit(small.0, small.1), None);
        assert_eq!(limit(with(499, 255_999_999), 49_999_999), None);
        assert_eq!(limit(with(500, 1), 1), Some(PushLimit::Objects));
        assert_eq!(limit(small.0, 50_000_000), Some(PushLimit::MpackBytes));
        let raw = limit(with(1, 256_000_000), 1);
        assert_eq!(raw, Some(PushLimit::ObjectBytes));
        // A commit record and a snapshot record, uncompressed.
        assert!((100..1000).contains(&mpack.record_bytes().expect("readable")));
    }
}
