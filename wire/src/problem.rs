//! RFC 9457 problem documents and the stable codes they carry.
//!
//! The table below is the one source of the codes: the server answers with them, a failed job
//! stores them, the client branches on them and `wire/PROTOCOL.md` lists them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! problem_codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $code:literal, $status:literal;)+) => {
        /// What went wrong, in a form that programs can branch on. Codes never change meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ProblemCode {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl ProblemCode {
            /// Every code, in the order in which they are documented.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The text that stands in the `code` member.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The HTTP status that goes with the code.
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)+ }
            }

            /// One sentence that says what the code means.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+).trim_ascii(),)+ }
            }
        }

        impl FromStr for ProblemCode {
            type Err = UnknownProblemCode;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text { $($code => Ok(Self::$variant),)+ _ => Err(UnknownProblemCode) }
            }
        }
    };
}

problem_codes! {
    /// The request is not well-formed.
    BadRequest = "bad_request", 400;
    /// A name of an owner, a repository or a ref breaks the rules.
    InvalidName = "invalid_name", 400;
    /// A token is needed, and none or an unknown one was sent.
    Unauthorized = "unauthorized", 401;
    /// The token does not allow this.
    Forbidden = "forbidden", 403;
    /// The branch is protected against this.
    ProtectedBranch = "protected_branch", 403;
    /// A presigned URL is expired, was altered or is for something else.
    InvalidSignature = "invalid_signature", 403;
    /// There is nothing here that you may see.
    NotFound = "not_found", 404;
    /// This path does not take this method.
    MethodNotAllowed = "method_not_allowed", 405;
    /// A repository or user of that name already exists.
    AlreadyExists = "already_exists", 409;
    /// The branch has commits that the pushed tip does not contain.
    NonFastForward = "non_fast_forward", 409;
    /// The ref is no longer where the client last saw it.
    StaleRef = "stale_ref", 409;
    /// The push would delete the default branch without saying that it may.
    DefaultBranch = "default_branch", 409;
    /// The user has registered as many keys as there may be.
    TooManyKeys = "too_many_keys", 409;
    /// The body is larger than the limit.
    BodyTooLarge = "body_too_large", 413;
    /// The mpack is larger than this server takes.
    MpackTooLarge = "mpack_too_large", 413;
    /// The push holds more objects, commits or bytes than this server takes.
    PushTooLarge = "push_too_large", 413;
    /// The body is in a form that this server does not read.
    UnsupportedMediaType = "unsupported_media_type", 415;
    /// The requested range lies outside the object.
    RangeNotSatisfiable = "range_not_satisfiable", 416;
    /// The mpack was never uploaded: upload it first.
    MpackNotUploaded = "mpack_not_uploaded", 422;
    /// The bytes do not hash to the key under which they were uploaded.
    MpackKeyMismatch = "mpack_key_mismatch", 422;
    /// The mpack breaks its format.
    MpackMalformed = "mpack_malformed", 422;
    /// The mpack is of a version that this server does not read.
    MpackVersion = "mpack_version", 422;
    /// An object's bytes do not hash to its id.
    ObjectIdMismatch = "object_id_mismatch", 422;
    /// A commit does not hash to its id, or breaks the rules of its record.
    CommitInvalid = "commit_invalid", 422;
    /// A signature does not verify, or that of a named signer is missing.
    SignatureInvalid = "signature_invalid", 422;
    /// The branch takes only signed commits.
    SignatureRequired = "signature_required", 422;
    /// A snapshot record breaks its rules, or does not give its id.
    SnapshotInvalid = "snapshot_invalid", 422;
    /// A parent, base or object is in neither mpack nor repository.
    MissingDependency = "missing_dependency", 422;
    /// The content is blocked on this server.
    Blocked = "blocked", 451;
    /// Too many requests or queued jobs; try again later.
    TooManyRequests = "too_many_requests", 429;
    /// What a day may bring is used up; try again after midnight UTC.
    QuotaExceeded = "quota_exceeded", 429;
    /// The server failed; the log has the cause.
    Internal = "internal", 500;
    /// The server is starting, stopping or without its database or store.
    Unavailable = "unavailable", 503;
}

/// The text is no code that this version knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown problem code")]
pub struct UnknownProblemCode;

impl fmt::Display for ProblemCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Media type of a problem document; its body is always JSON.
pub const PROBLEM_MEDIA_TYPE: &str = "application/problem+json";

/// An RFC 9457 problem document. `code` stays text so that an older client can show a newer code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Stable code; see [`ProblemCode`].
    pub code: String,
    /// One sentence on what the code means.
    #[serde(default)]
    pub title: String,
    /// HTTP status.
    #[serde(default)]
    pub status: u16,
    /// What happened this time.
    #[serde(default)]
    pub detail: String,
}

impl Problem {
    /// A problem of this kind, with what happened this time.
    pub fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self {
            code: code.as_str().to_owned(),
            title: code.title().to_owned(),
            status: code.status(),
            detail: detail.into(),
        }
    }

    /// The code, where this version knows it.
    pub fn known_code(&self) -> Option<ProblemCode> {
        self.code.parse().ok()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = if self.detail.is_empty() {
            &self.title
        } else {
            &self.detail
        };
        write!(f, "{text} ({})", self.code)
    }
}

impl std::error::Error for Problem {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_round_trips_and_has_a_title() {
        for &code in ProblemCode::ALL {
            assert_eq!(code.as_str().parse(), Ok(code));
            assert!(
                code.title().ends_with('.') && (400..600).contains(&code.status()),
                "{code}"
            );
        }
        assert_eq!(
            "no_such_code".parse::<ProblemCode>(),
            Err(UnknownProblemCode)
        );
    }

    #[test]
    fn a_problem_is_shown_with_what_happened_and_its_code() {
        let problem = Problem::new(ProblemCode::NotFound, "no repository ada/notes");
        assert_eq!(problem.known_code(), Some(ProblemCode::NotFound));
        assert_eq!(problem.to_string(), "no repository ada/notes (not_found)");
        let plain = Problem::new(ProblemCode::NotFound, "");
        assert_eq!(
            plain.to_string(),
            "There is nothing here that you may see. (not_found)"
        );
        let newer = Problem {
            code: "teapot".into(),
            ..problem
        };
        assert_eq!(newer.known_code(), None);
    }
}
