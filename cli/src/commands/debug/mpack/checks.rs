//! What the frames of an mpack turned out to be.

use muse_wire::mpack::{FrameCheck, Mpack, MpackError, check_frames};

use crate::sync::LocalReceiver;
use crate::ui::context::Context;
use crate::ui::quantity::counted;

/// The outcome for each frame, in file order.
pub(super) struct Checks(Vec<Result<FrameCheck, MpackError>>);

impl Checks {
    /// Reads all frames. What they build on is looked up in the repository that the command works
    /// in. Without one that can be read, and most mpacks need none, it is not known.
    pub(super) fn of(context: &Context, mpack: &Mpack) -> Self {
        let repository = context.repository().ok();
        let receiver = repository
            .as_deref()
            .map(|repository| LocalReceiver::new(&repository.objects, repository.layout.root()));
        Self(check_frames(mpack, receiver))
    }

    /// One word for a frame.
    pub(super) fn word(&self, index: u32) -> &'static str {
        match &self.0[index as usize] {
            Ok(FrameCheck::Sound) => "sound",
            Ok(FrameCheck::NeedsBases | FrameCheck::Unconfirmed) => "unknown",
            Err(_) => "damaged",
        }
    }

    /// What is wrong with a frame.
    pub(super) fn damage(&self, index: u32) -> Option<&MpackError> {
        self.0[index as usize].as_ref().err()
    }

    /// Whether every frame is sound.
    pub(super) fn are_all_sound(&self) -> bool {
        let is_sound = |check: &Result<_, _>| matches!(check, Ok(FrameCheck::Sound));
        self.0.iter().all(is_sound)
    }

    /// Says on stderr how many frames could not be checked in full, and why.
    pub(super) fn warn_of_unknown(&self, context: &Context) {
        let count = |wanted| {
            let checks = self.0.iter().flatten();
            checks.filter(|check| **check == wanted).count() as u64
        };
        let needing_bases = count(FrameCheck::NeedsBases);
        if needing_bases > 0 {
            let whose = if needing_bases == 1 { "its" } else { "their" };
            context.printer.warn(format_args!(
                "{} cannot be checked without {whose} bases; a repository that has them can do it",
                counted(needing_bases, "frame")
            ));
        }
        let unconfirmed = count(FrameCheck::Unconfirmed);
        if unconfirmed > 0 {
            context.printer.warn(format_args!(
                "the contents of {} are not confirmed by any sound record",
                counted(unconfirmed, "frame")
            ));
        }
    }

    /// The first damaged frame, and what is wrong with it.
    pub(super) fn first_damage(&self) -> Option<(usize, &MpackError)> {
        let mut frames = self.0.iter().enumerate();
        frames.find_map(|(index, check)| Some((index, check.as_ref().err()?)))
    }
}
