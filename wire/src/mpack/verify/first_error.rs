//! Of errors in several frames, the one that counts.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use super::error::VerifyError;

/// The error of the first frame, in file order, that has one.
#[derive(Default)]
pub(super) struct FirstError {
    is_set: AtomicBool,
    first: Mutex<Option<(u32, VerifyError)>>,
}

impl FirstError {
    pub(super) fn is_set(&self) -> bool {
        self.is_set.load(Ordering::Acquire)
    }

    pub(super) fn note(&self, frame: u32, result: Result<(), VerifyError>) {
        let Err(error) = result else {
            return;
        };
        let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        if first.as_ref().is_none_or(|(noted, _)| frame < *noted) {
            *first = Some((frame, error));
        }
        self.is_set.store(true, Ordering::Release);
    }

    pub(super) fn take(&self) -> Option<VerifyError> {
        let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        first.take().map(|(_, error)| error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mpack::MpackError;

    #[test]
    fn the_error_of_the_first_frame_counts() {
        let errors = FirstError::default();
        assert!(!errors.is_set());
        for (frame, reason) in [(5, "late"), (3, "first"), (3, "again"), (8, "last")] {
            errors.note(frame, Err(MpackError::malformed("frame", 0, reason).into()));
            assert!(errors.is_set());
        }
        errors.note(1, Ok(()));
        let Some(VerifyError::Invalid(first)) = errors.take() else {
            panic!("errors were noted");
        };
        assert_eq!(first.reason, "first");
    }
}
