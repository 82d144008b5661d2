//! Errors as answers: every error becomes a problem document here, and nowhere else. It stays by
//! hand because codes and members are this protocol's own.
//!
//! What the client did wrong is answered in full. What went wrong in the server is logged, once,
//! and the answer says nothing about the inside.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use headers::{HeaderMapExt as _, RetryAfter};
use hyper::StatusCode;
use hyper::header::{HeaderValue, WWW_AUTHENTICATE};
use muse_wire::problem::{PROBLEM_MEDIA_TYPE, Problem, ProblemCode};

use super::response::{Response, bytes};
use crate::error::{Error, with_causes};
use crate::store::StoreError;

/// How long a client is asked to wait before it tries again.
const RETRY_AFTER: Duration = Duration::from_secs(5);

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The answer to a request that failed. What the client must not see goes to the log.
pub(super) fn error_response(error: Error) -> Response {
    let problem = problem_of(error);
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = serde_json::to_vec(&problem).expect("problems always encode into memory");
    let mut response = bytes(status, PROBLEM_MEDIA_TYPE, body);
    let headers = response.headers_mut();
    match status {
        StatusCode::UNAUTHORIZED => {
            let challenge = HeaderValue::from_static("Bearer realm=\"musehub\"");
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            headers.typed_insert(RetryAfter::delay(wait(&problem)));
        }
        _ => {}
    }
    response
}

/// How long the client is asked to wait.
fn wait(problem: &Problem) -> Duration {
    match problem.known_code() {
        Some(ProblemCode::QuotaExceeded) => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            let since_midnight = now.unwrap_or_default().as_secs() % DAY.as_secs();
            DAY - Duration::from_secs(since_midnight)
        }
        _ => RETRY_AFTER,
    }
}

fn problem_of(error: Error) -> Problem {
    match error {
        Error::Problem(problem) => *problem,
        Error::Store(error @ StoreError::AlreadyExists { .. }) => {
            Problem::new(ProblemCode::AlreadyExists, error.to_string())
        }
        Error::Store(error @ StoreError::UnknownUser(_)) => {
            Problem::new(ProblemCode::NotFound, error.to_string())
        }
        Error::Store(error @ StoreError::TooManyKeys { .. }) => {
            Problem::new(ProblemCode::TooManyKeys, error.to_string())
        }
        Error::Store(error @ StoreError::QueueFull { .. }) => {
            Problem::new(ProblemCode::TooManyRequests, error.to_string())
        }
        error if error.is_outage() => {
            tracing::error!(error = with_causes(&error), "a request met an outage");
            Problem::new(ProblemCode::Unavailable, "try again in a moment")
        }
        error => {
            tracing::error!(error = with_causes(&error), "a request failed");
            Problem::new(ProblemCode::Internal, "")
        }
    }
}

#[cfg(test)]
mod tests {
    use diesel::result::Error as DieselError;
    use http_body_util::BodyExt as _;

    use super::*;

    async fn text(response: Response) -> String {
        let body = response.into_body().collect().await.expect("in memory");
        String::from_utf8(body.to_bytes().to_vec()).expect("JSON is UTF-8")
    }

    #[tokio::test]
    async fn an_internal_error_says_nothing_about_the_inside() {
        let query = "SELECT secret FROM tokens";
        let inside = StoreError::Database(DieselError::DeserializationError(query.into()));
        let response = error_response(inside.into());
        assert_eq!(response.status(), 500);
        let text = text(response).await;
        assert!(text.contains("\"internal\""), "{text}");
        assert!(
            !text.contains("SELECT") && !text.contains("database"),
            "{text}"
        );
    }

    #[tokio::test]
    async fn errors_are_problem_documents_with_their_headers() {
        let response = error_response(Error::problem(ProblemCode::Unauthorized, "no token"));
        assert_eq!(response.status(), 401);
        assert_eq!(response.headers()["content-type"], PROBLEM_MEDIA_TYPE);
        assert!(response.headers().contains_key("www-authenticate"));
        assert!(text(response).await.contains("no token"));

        let response = error_response(Error::problem(ProblemCode::TooManyRequests, ""));
        assert_eq!(response.headers()["retry-after"], "5");
    }
}
