//! Errors as answers: every error of a call becomes a problem document here, and nowhere else.
//!
//! What the client did wrong is told in full. What went wrong in the server is logged, once, and
//! answered without a word about its inside.

use std::error::Error;

use hyper::StatusCode;
use hyper::header::{self, HeaderValue};
use muse_wire::problem::{PROBLEM_MEDIA_TYPE, Problem, ProblemCode};

use super::answer::{Response, with_type};
use crate::admin::AdminError;
use crate::blobs::BlobError;
use crate::failure::{Failure, with_causes};
use crate::store::StoreError;

/// How long a client is asked to wait before it tries again.
const RETRY_AFTER_SECONDS: &str = "5";

/// Why a call is not answered with what was asked for.
#[derive(Debug)]
pub(crate) enum CallError {
    /// The client's doing, or a state that it should know of.
    Refused(Box<Problem>),
    /// The server's doing.
    Internal(Box<dyn Error + Send + Sync>),
}

/// A refusal with this code.
pub(crate) fn refused(code: ProblemCode, detail: impl Into<String>) -> CallError {
    CallError::Refused(Box::new(Problem::new(code, detail)))
}

impl CallError {
    /// The answer; what the client must not see goes to the log.
    pub(crate) fn into_response(self) -> Response {
        let problem = match self {
            Self::Refused(problem) => *problem,
            Self::Internal(error) => {
                tracing::error!(error = %with_causes(&*error), "a call failed");
                Problem::new(ProblemCode::Internal, "")
            }
        };
        let status =
            StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&problem).expect("problems always encode into memory");
        let mut response = with_type(status, PROBLEM_MEDIA_TYPE, body);
        let extra = match status {
            StatusCode::UNAUTHORIZED => {
                Some((header::WWW_AUTHENTICATE, "Bearer realm=\"musehub\""))
            }
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                Some((header::RETRY_AFTER, RETRY_AFTER_SECONDS))
            }
            _ => None,
        };
        if let Some((name, value)) = extra {
            response
                .headers_mut()
                .insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

impl From<StoreError> for CallError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::AlreadyExists { .. } => {
                refused(ProblemCode::AlreadyExists, error.to_string())
            }
            StoreError::UnknownUser(_) => refused(ProblemCode::NotFound, error.to_string()),
            StoreError::QueueFull { .. } => {
                refused(ProblemCode::TooManyRequests, error.to_string())
            }
            StoreError::Unavailable(_) => {
                tracing::error!(error = %with_causes(&error), "the database is not available");
                refused(ProblemCode::Unavailable, "try again in a moment")
            }
            _ => Self::Internal(Box::new(error)),
        }
    }
}

impl From<BlobError> for CallError {
    fn from(error: BlobError) -> Self {
        Self::Internal(Box::new(error))
    }
}

impl From<AdminError> for CallError {
    fn from(error: AdminError) -> Self {
        match error {
            AdminError::Name(error) => refused(ProblemCode::InvalidName, error.to_string()),
            AdminError::UnknownRepo(_) | AdminError::UnknownToken(_) => {
                refused(ProblemCode::NotFound, error.to_string())
            }
            AdminError::Store(error) => error.into(),
        }
    }
}

impl From<Failure> for CallError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(problem) => Self::Refused(problem),
            Failure::Store(error) => error.into(),
            Failure::Blobs(error) => error.into(),
            other => Self::Internal(Box::new(other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    async fn text(response: Response) -> String {
        let body = response.into_body().collect().await.expect("in memory");
        String::from_utf8(body.to_bytes().to_vec()).expect("JSON is UTF-8")
    }

    #[tokio::test]
    async fn an_internal_error_says_nothing_of_its_inside() {
        let inside = StoreError::Database(diesel::result::Error::DeserializationError(
            "SELECT secret FROM tokens".into(),
        ));
        let response = CallError::from(inside).into_response();
        assert_eq!(response.status(), 500);
        let text = text(response).await;
        assert!(text.contains("\"internal\""), "{text}");
        assert!(
            !text.contains("SELECT") && !text.contains("database"),
            "{text}"
        );
    }

    #[tokio::test]
    async fn refusals_are_problem_documents_with_their_headers() {
        let response = refused(ProblemCode::Unauthorized, "no token").into_response();
        assert_eq!(response.status(), 401);
        assert_eq!(response.headers()["content-type"], PROBLEM_MEDIA_TYPE);
        assert!(response.headers().contains_key("www-authenticate"));
        assert!(text(response).await.contains("no token"));

        let response = refused(ProblemCode::TooManyRequests, "").into_response();
        assert_eq!(response.headers()["retry-after"], RETRY_AFTER_SECONDS);
    }
}
