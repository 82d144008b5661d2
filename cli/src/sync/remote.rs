//! What is cloned, fetched from and pushed to: a server, a repository on this machine, or a bundle.

use std::fmt::{self, Display};

use muse_wire::id::CommitId;

use super::bundle::Bundle;
use super::local::LocalRepository;
use super::receive::{self, Download};
use super::{Connection, Depth, FetchError};
use crate::report::Reporter;
use crate::repository::Repository;
use crate::transport::RemoteRefs;

/// The other side of a clone, a fetch or a push.
#[expect(clippy::large_enum_variant, reason = "a command opens one")]
pub enum Remote<'a> {
    /// A repository on a server.
    Server(Connection<'a>),
    /// Another repository on this machine.
    Repository(LocalRepository<'a>),
    /// A bundle.
    Bundle(Bundle<'a>),
}

impl<'a> From<Connection<'a>> for Remote<'a> {
    fn from(connection: Connection<'a>) -> Self {
        Self::Server(connection)
    }
}

impl<'a> Remote<'a> {
    /// The connection, where it is a server.
    pub const fn connection(&self) -> Option<&Connection<'a>> {
        match self {
            Self::Server(connection) => Some(connection),
            Self::Repository(_) | Self::Bundle(_) => None,
        }
    }

    /// Who is told what happens.
    pub(super) const fn reporter(&self) -> &'a dyn Reporter {
        match self {
            Self::Server(connection) => connection.reporter(),
            Self::Repository(local) => local.reporter(),
            Self::Bundle(bundle) => bundle.reporter(),
        }
    }

    /// Its branches and tags.
    pub(super) fn refs(&self) -> Result<RemoteRefs, FetchError> {
        match self {
            Self::Server(connection) => Ok(connection.wait(connection.client().refs())?),
            Self::Repository(local) => Ok(local.refs()?),
            Self::Bundle(bundle) => Ok(bundle.refs()),
        }
    }

    /// Brings the mpacks that `repository` lacks of what `want` reaches, as far down as `depth`
    /// says, given that it has all of `have`; thin ones if they may be `thin`. Gives them to
    /// `take`, which reads large ones while they come, and may be called again.
    pub(super) fn download<T>(
        &self,
        repository: &Repository,
        want: &[CommitId],
        have: &[CommitId],
        depth: Depth,
        thin: bool,
        mut take: impl FnMut(&Download) -> Result<T, FetchError>,
    ) -> Result<T, FetchError> {
        match self {
            Self::Server(connection) => {
                receive::download(repository, connection, want, have, depth, thin, take)
            }
            Self::Repository(local) => take(&local.download(repository, want, have, depth)?),
            Self::Bundle(bundle) if depth == Depth::Whole => take(&bundle.download(repository)?),
            Self::Bundle(_) => Err(FetchError::BundleIsWhole),
        }
    }
}

/// Its address.
impl Display for Remote<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server(connection) => connection.url().fmt(f),
            Self::Repository(local) => local.path().display().fmt(f),
            Self::Bundle(bundle) => bundle.path().display().fmt(f),
        }
    }
}
