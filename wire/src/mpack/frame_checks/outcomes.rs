//! What is known of each frame: the worst that was found out about it.

use crate::mpack::MpackError;

/// What is known of a frame that shows no damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameCheck {
    /// It holds what the tables say.
    Sound,
    /// It builds on what the receiver lacks: contents or ids of files, or a snapshot. As far as it
    /// can be read, it shows no damage.
    NeedsBases,
    /// It shows no damage, but what would confirm it is not there or is damaged: the rest of a
    /// record, or a record that names an object of a thin mpack.
    Unconfirmed,
}

/// The outcomes, by frame.
pub(super) struct Outcomes(Vec<Result<FrameCheck, MpackError>>);

impl Outcomes {
    /// All frames are sound until something else is noted.
    pub(super) fn new(frame_count: u32) -> Self {
        Self(vec![Ok(FrameCheck::Sound); frame_count as usize])
    }

    /// Notes the damage that was found, if any. The first of a frame stays.
    pub(super) fn note(&mut self, frame: u32, checked: Result<(), MpackError>) {
        let outcome = &mut self.0[frame as usize];
        if let (Err(damage), Ok(_)) = (checked, &*outcome) {
            *outcome = Err(damage);
        }
    }

    /// Notes that a frame cannot be checked in full.
    pub(super) fn note_unknown(&mut self, frame: u32, check: FrameCheck) {
        let outcome = &mut self.0[frame as usize];
        if matches!(outcome, Ok(FrameCheck::Sound)) {
            *outcome = Ok(check);
        }
    }

    /// Everything, in file order.
    pub(super) fn into_vec(self) -> Vec<Result<FrameCheck, MpackError>> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_of_a_frame_counts_and_of_damage_the_first() {
        let damage = |reason| Err(MpackError::malformed("frame", 0, reason));
        let mut outcomes = Outcomes::new(3);
        outcomes.note_unknown(1, FrameCheck::NeedsBases);
        outcomes.note_unknown(1, FrameCheck::Unconfirmed);
        outcomes.note_unknown(2, FrameCheck::NeedsBases);
        outcomes.note(2, damage("first"));
        outcomes.note(2, damage("second"));
        outcomes.note(2, Ok(()));
        outcomes.note_unknown(2, FrameCheck::NeedsBases);
        let [sound, unknown, damaged] = &outcomes.into_vec()[..] else {
            panic!("three frames");
        };
        assert!(matches!(sound, Ok(FrameCheck::Sound)));
        assert!(matches!(unknown, Ok(FrameCheck::NeedsBases)));
        assert!(matches!(damaged, Err(error) if error.reason == "first"));
    }
}
