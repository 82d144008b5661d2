//! Who makes the commits of merges, stashes and the like in tests.

use muse_wire::commit::{Author, Timestamp};

use crate::integrate::Committer;

/// Somebody else than who commits files.
pub(crate) fn committer() -> Committer {
    Committer {
        author: Author {
            name: "Grace".to_owned(),
            email: "grace@example.com".to_owned(),
        },
        now: Timestamp {
            seconds: 9,
            offset_minutes: 60,
        },
        signer: None,
    }
}
