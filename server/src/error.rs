//! Why the server does not do what it was asked to do: one error for requests and for jobs.

use std::error::Error as StdError;
use std::io::{self, ErrorKind};
use std::iter;
use std::result::Result as StdResult;

use muse_wire::problem::{Problem, ProblemCode};

use crate::blobs::BlobError;
use crate::store::StoreError;

/// What requests and jobs return.
pub(crate) type Result<T, E = Error> = StdResult<T, E>;

/// Why a request or a job fails: because of what was asked, or because of the server.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// What was asked or sent breaks a rule. The client is told, and asking again does not help.
    #[error(transparent)]
    Problem(Box<Problem>),
    /// The database failed; trying again later may help.
    #[error("the database failed")]
    Store(#[from] StoreError),
    /// The blob store failed; trying again later may help.
    #[error("the blob store failed")]
    Blobs(#[from] BlobError),
    /// Another worker has taken the job over, or may have.
    #[error("another worker has taken the job over")]
    LeaseLost,
    /// This process is stopping; the job is for another one.
    #[error("the server is stopping")]
    ShuttingDown,
    /// The request that waited for the work was dropped; nobody hears of this.
    #[error("the client has gone")]
    ClientGone,
    /// A local file, a thread or stored data is not what it must be.
    #[error("{what} failed")]
    Internal {
        /// What was being done.
        what: &'static str,
        /// What went wrong.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
}

impl Error {
    /// The client's error, with this code.
    pub(crate) fn problem(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self::Problem(Box::new(Problem::new(code, detail)))
    }

    /// Whether the database, a store, a disk or a network failed, so that the same work may succeed
    /// later. What was asked for or read cannot cause such an error.
    pub(crate) fn is_outage(&self) -> bool {
        match self {
            Self::Problem(_) | Self::LeaseLost | Self::ShuttingDown | Self::ClientGone => false,
            Self::Store(_) | Self::Blobs(_) | Self::Internal { .. } => {
                iter::successors(self.source(), |error| (*error).source()).any(is_outage)
            }
        }
    }

    /// The server's error, while it was doing `what`.
    pub(crate) fn internal(
        what: &'static str,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self::Internal {
            what,
            source: source.into(),
        }
    }
}

fn is_outage(error: &(dyn StdError + 'static)) -> bool {
    if let Some(error) = error.downcast_ref::<StoreError>() {
        error.is_outage()
    } else if let Some(error) = error.downcast_ref::<io::Error>() {
        !matches!(
            error.kind(),
            // The bytes are not what they must be.
            ErrorKind::NotFound
                | ErrorKind::UnexpectedEof
                | ErrorKind::InvalidData
                | ErrorKind::InvalidInput
        )
    } else {
        error.is::<object_store::Error>()
    }
}

/// An error's message and those of its causes, in one line. What a message already repeats of its
/// cause, as some libraries' do, is said once.
pub fn with_causes(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    // Where the last message begins.
    let mut last = 0;
    let mut cause = error.source();
    while let Some(error) = cause {
        let message = error.to_string();
        if message.starts_with(&text[last..]) {
            text.truncate(last);
            text.push_str(&message);
        } else if !text[last..].ends_with(&message) {
            text.push_str(": ");
            last = text.len();
            text.push_str(&message);
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use diesel::result::DatabaseErrorKind;
    use diesel::result::Error as DieselError;
    use muse_wire::id::MpackKey;
    use uuid::Uuid;

    use super::*;
    use crate::blobs::BlobKey;
    use crate::store::{Store, StoreOptions};

    fn blobs(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Error {
        BlobError::store("a blob", source).into()
    }

    fn database(kind: DatabaseErrorKind) -> Error {
        let error = DieselError::DatabaseError(kind, Box::new("no".to_owned()));
        StoreError::from(error).into()
    }

    #[derive(Debug, thiserror::Error)]
    #[error("{message}")]
    struct Link {
        message: &'static str,
        source: Option<Box<Link>>,
    }

    fn chain(messages: &[&'static str]) -> Option<Box<Link>> {
        let (message, rest) = messages.split_first()?;
        let source = chain(rest);
        Some(Box::new(Link { message, source }))
    }

    #[test]
    fn a_message_that_repeats_its_cause_is_said_once() {
        for (messages, said) in [
            (
                &["cannot open", "no route", "timed out"][..],
                "cannot open: no route: timed out",
            ),
            (
                &["cannot open", "pool: no route", "no route"],
                "cannot open: pool: no route",
            ),
            (
                &["cannot open", "no route", "no route"],
                "cannot open: no route",
            ),
            (&["pool", "pool: no route", "no route"], "pool: no route"),
            (&["pool: db: gone", "db: gone", "gone"], "pool: db: gone"),
        ] {
            let error = chain(messages).expect("not empty");
            assert_eq!(with_causes(&*error), said);
        }
    }

    #[tokio::test]
    async fn a_database_that_cannot_be_reached_is_explained_once() {
        let options = StoreOptions::default();
        for url in [
            "postgres://ada@127.0.0.1:1/x",
            "sqlite:/no/such/directory/x",
        ] {
            let error = Store::connect(url, &options).await.expect_err("no server");
            let text = with_causes(&error);
            let mut parts: Vec<_> = text.split(": ").collect();
            parts.sort_unstable();
            assert!(parts.windows(2).all(|pair| pair[0] != pair[1]), "{text}");
        }
    }

    #[test]
    fn only_what_the_work_did_not_cause_is_an_outage() {
        let refused = io::Error::from(ErrorKind::ConnectionRefused);
        let full = io::Error::from(ErrorKind::StorageFull);
        let not_there = object_store::Error::Generic {
            store: "S3",
            source: "no route".into(),
        };
        for outage in [
            blobs(refused),
            blobs(not_there),
            Error::internal("writing a file", full),
            Error::internal("bundling", StoreError::Unavailable("no".into())),
            database(DatabaseErrorKind::ClosedConnection),
            database(DatabaseErrorKind::Unknown),
        ] {
            assert!(outage.is_outage(), "{outage:?}");
        }
        let key = BlobKey::mpack(Uuid::nil(), MpackKey::from_bytes([0; 32]));
        for fault in [
            blobs("the range lies outside the blob"),
            BlobError::NotFound(key).into(),
            Error::internal("opening", io::Error::from(ErrorKind::UnexpectedEof)),
            database(DatabaseErrorKind::CheckViolation),
            StoreError::Corrupt("job").into(),
            Error::problem(ProblemCode::Unavailable, "as a client was told"),
            Error::LeaseLost,
        ] {
            assert!(!fault.is_outage(), "{fault:?}");
        }
    }
}
