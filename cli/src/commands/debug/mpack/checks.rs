//! What the frames of an mpack turned out to be.

use muse_wire::mpack::{FrameCheck, Mpack, MpackError};

/// The outcome for each frame, in file order.
pub(super) struct Checks(Vec<Result<FrameCheck, MpackError>>);

impl Checks {
    /// Reads all frames, one after the other.
    pub(super) fn of(mpack: &Mpack) -> Self {
        let frames = 0..mpack.tables().frame_count();
        Self(frames.map(|index| mpack.check_frame(index)).collect())
    }

    /// One word for a frame.
    pub(super) fn word(&self, index: u32) -> &'static str {
        match &self.0[index as usize] {
            Ok(FrameCheck::Sound) => "sound",
            Ok(FrameCheck::NeedsReceiver) => "unknown",
            Err(_) => "damaged",
        }
    }

    /// What is wrong with a frame.
    pub(super) fn damage(&self, index: u32) -> Option<&MpackError> {
        self.0[index as usize].as_ref().err()
    }

    /// The first damaged frame, and what is wrong with it.
    pub(super) fn into_first_damage(self) -> Option<(u32, MpackError)> {
        let damaged = (0..).zip(self.0);
        damaged
            .filter_map(|(index, check)| Some((index, check.err()?)))
            .next()
    }
}
