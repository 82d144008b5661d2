//! Trying again: only calls that may be repeated, only after failures that may pass.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable as _};

use super::TransportError;
use crate::report::Reporter;

/// Pause before the second attempt; each further one is [`FACTOR`] times as long.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const FACTOR: f32 = 4.0;
/// The longest pause of our own.
const LONGEST_PAUSE: Duration = Duration::from_millis(2400);
/// Attempts after the first.
const MAX_RETRIES: usize = 3;
/// A server that asks for a longer pause is not waited for: the caller learns of it at once.
const LONGEST_REQUESTED_PAUSE: Duration = Duration::from_secs(30);

/// As [`retry_if`], of failures that pass by what they are.
///
/// # Errors
/// The last attempt's.
pub(super) async fn retry<T, F>(
    reporter: &dyn Reporter,
    call: impl FnMut() -> F,
) -> Result<T, TransportError>
where
    F: Future<Output = Result<T, TransportError>>,
{
    retry_if(TransportError::is_transient, reporter, call).await
}

/// Makes a call until it succeeds, fails in a way that does not pass, or has failed too often.
/// `may_pass` says which failures pass. A server that says when to come back is asked again at that
/// time.
///
/// # Errors
/// The last attempt's.
pub async fn retry_if<T, F>(
    may_pass: impl FnMut(&TransportError) -> bool,
    reporter: &dyn Reporter,
    call: impl FnMut() -> F,
) -> Result<T, TransportError>
where
    F: Future<Output = Result<T, TransportError>>,
{
    let pauses = ExponentialBuilder::default()
        .with_min_delay(FIRST_PAUSE)
        .with_factor(FACTOR)
        .with_max_delay(LONGEST_PAUSE)
        .with_max_times(MAX_RETRIES);
    retry_with(pauses, may_pass, reporter, call).await
}

async fn retry_with<T, F>(
    pauses: ExponentialBuilder,
    may_pass: impl FnMut(&TransportError) -> bool,
    reporter: &dyn Reporter,
    call: impl FnMut() -> F,
) -> Result<T, TransportError>
where
    F: Future<Output = Result<T, TransportError>>,
{
    call.retry(pauses)
        .when(may_pass)
        .adjust(|error, pause| match error.retry_after() {
            Some(requested) if requested > LONGEST_REQUESTED_PAUSE => None,
            Some(requested) => pause.map(|_| requested),
            None => pause,
        })
        .notify(|error, pause| {
            reporter.step(format_args!(
                "{error}; trying again in {:.1} s",
                pause.as_secs_f64()
            ));
        })
        .await
}

#[cfg(test)]
mod tests {
    use std::fmt::Arguments;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicU32, Ordering};

    use muse_wire::problem::{Problem, ProblemCode};

    use super::*;
    use crate::report::{Phase, Silent, Unit};

    /// Keeps the steps that were told.
    #[derive(Default)]
    struct Steps(Mutex<Vec<String>>);

    impl Reporter for Steps {
        fn phase(&self, label: &str, total: Option<u64>, unit: Unit) -> Box<dyn Phase> {
            Silent.phase(label, total, unit)
        }

        fn note(&self, _text: Arguments<'_>) {}

        fn step(&self, text: Arguments<'_>) {
            self.0.lock().expect("no panic").push(text.to_string());
        }

        fn warn(&self, _text: Arguments<'_>) {}
    }

    fn timed_out() -> TransportError {
        TransportError::TimedOut {
            host: "h".into(),
            seconds: 1,
        }
    }

    fn busy(retry_after_ms: Option<u64>) -> TransportError {
        TransportError::Problem {
            problem: Problem::new(ProblemCode::TooManyRequests, "busy"),
            retry_after: retry_after_ms.map(Duration::from_millis),
            request_id: None,
        }
    }

    /// How often a call with these outcomes is made, whether it succeeds, and what was told.
    async fn attempts(outcomes: Vec<TransportError>) -> (u32, bool, Vec<String>) {
        let (calls, steps) = (AtomicU32::new(0), Steps::default());
        let outcomes = Mutex::new(outcomes.into_iter());
        let pauses = ExponentialBuilder::default()
            .with_min_delay(Duration::ZERO)
            .with_max_times(MAX_RETRIES);
        let may_pass = TransportError::is_transient;
        let result = retry_with(pauses, may_pass, &steps, || async {
            calls.fetch_add(1, Ordering::Relaxed);
            let failure = outcomes.lock().expect("no panic").next();
            failure.map_or(Ok(()), Err)
        })
        .await;
        let steps = steps.0.into_inner().expect("no panic");
        (calls.into_inner(), result.is_ok(), steps)
    }

    #[tokio::test]
    async fn passing_failures_are_tried_again_and_refusals_are_not() {
        assert_eq!(attempts(vec![]).await, (1, true, vec![]));
        let (calls, succeeded, steps) = attempts(vec![timed_out()]).await;
        assert_eq!((calls, succeeded, steps.len()), (2, true, 1));
        let (calls, succeeded, steps) = attempts((0..9).map(|_| timed_out()).collect()).await;
        assert_eq!((calls, succeeded, steps.len()), (4, false, 3));
        let (calls, succeeded, _) = attempts(vec![TransportError::BadToken]).await;
        assert_eq!((calls, succeeded), (1, false));
    }

    #[tokio::test]
    async fn a_server_that_says_when_to_come_back_is_asked_again_then() {
        let (calls, succeeded, steps) = attempts(vec![busy(Some(40))]).await;
        assert_eq!((calls, succeeded), (2, true));
        assert!(steps[0].ends_with("trying again in 0.0 s"), "{steps:?}");
        let (calls, succeeded, _) = attempts(vec![busy(None)]).await;
        assert_eq!((calls, succeeded), (1, false), "it did not say when");
        let hour = 3_600_000;
        let (calls, succeeded, _) = attempts(vec![busy(Some(hour))]).await;
        assert_eq!((calls, succeeded), (1, false), "that is too long");
        let always = (0..9).map(|_| busy(Some(1))).collect();
        assert_eq!(attempts(always).await.0, 4);
    }
}
