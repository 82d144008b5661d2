//! Asking again: only for calls that may be repeated, only for failures that may pass.

use std::time::Duration;

use super::{Note, TransportError};

/// Pauses before the second, third and fourth attempt.
const PAUSES: [Duration; 3] = [
    Duration::from_millis(200),
    Duration::from_millis(800),
    Duration::from_millis(2400),
];

/// Runs `call` until it succeeds, fails for good, or has failed once more than there are pauses.
pub(super) async fn retry<T>(
    note: &Note<'_>,
    call: impl AsyncFnMut() -> Result<T, TransportError>,
) -> Result<T, TransportError> {
    retry_after(PAUSES, note, call).await
}

async fn retry_after<T>(
    pauses: impl IntoIterator<Item = Duration>,
    note: &Note<'_>,
    mut call: impl AsyncFnMut() -> Result<T, TransportError>,
) -> Result<T, TransportError> {
    for pause in pauses {
        match call().await {
            Err(error) if error.is_passing() => {
                note(&format!(
                    "{error}; trying again in {:.1} s",
                    pause.as_secs_f64()
                ));
                tokio::time::sleep(pause).await;
            }
            settled => return settled,
        }
    }
    call().await
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    fn timed_out() -> TransportError {
        TransportError::TimedOut {
            host: "h".into(),
            seconds: 1,
        }
    }

    async fn attempts(outcomes: Vec<Option<TransportError>>) -> (u32, bool) {
        let (calls, notes) = (AtomicU32::new(0), Arc::new(AtomicU32::new(0)));
        let note: Note<'_> = {
            let notes = Arc::clone(&notes);
            Arc::new(move |_: &str| {
                notes.fetch_add(1, Ordering::Relaxed);
            })
        };
        let mut outcomes = outcomes.into_iter();
        let result = retry_after([Duration::ZERO; 3], &note, async || {
            calls.fetch_add(1, Ordering::Relaxed);
            outcomes.next().flatten().map_or(Ok(()), Err)
        })
        .await;
        let calls = calls.into_inner();
        assert_eq!(
            notes.load(Ordering::Relaxed),
            calls - 1,
            "each pause is told"
        );
        (calls, result.is_ok())
    }

    #[tokio::test]
    async fn passing_failures_are_tried_again_and_refusals_are_not() {
        assert_eq!(attempts(vec![None]).await, (1, true));
        assert_eq!(attempts(vec![Some(timed_out()), None]).await, (2, true));
        let always = (0..9).map(|_| Some(timed_out())).collect();
        assert_eq!(attempts(always).await, (4, false));
        assert_eq!(
            attempts(vec![Some(TransportError::BadToken)]).await,
            (1, false)
        );
    }
}
