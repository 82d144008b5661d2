//! How a single connection to PostgreSQL is made, as the URL says it.
//!
//! `tokio-postgres` reads the URL, but for what it does not know of TLS: the modes `verify-ca` and
//! `verify-full`, and `sslrootcert`. They mean what they mean to `libpq`.

use std::error::Error;
use std::iter;
use std::sync::Arc;

use diesel::{ConnectionError, ConnectionResult};
use diesel_async::AsyncPgConnection;
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;
use tokio_postgres::tls::NoTls;
use tokio_postgres_rustls::MakeRustlsConnect;
use url::form_urlencoded;

use super::tls::{Trust, client_config};
use crate::store::error::{Result, StoreError};

/// Makes connections; clones share the certificates that they trust.
#[derive(Clone)]
pub(super) struct Connector {
    config: Arc<Config>,
    /// None where TLS is not wanted.
    tls: Option<MakeRustlsConnect>,
}

impl Connector {
    /// Reads a URL.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] says what is wrong with it, or with the certificates to trust.
    pub(super) fn of_url(url: &str) -> Result<Self> {
        let (url, tls) = split_tls_parameters(url);
        let mut config: Config = url.parse().map_err(unavailable)?;
        let (mode, trust) = tls.resolve().map_err(StoreError::Unavailable)?;
        config.ssl_mode(mode);
        let tls = match mode {
            SslMode::Disable => None,
            _ => {
                let config = client_config(&trust).map_err(StoreError::Unavailable)?;
                Some(MakeRustlsConnect::new(config))
            }
        };
        Ok(Self {
            config: Arc::new(config),
            tls,
        })
    }

    /// Makes a connection.
    ///
    /// # Errors
    /// Where there is none to be had.
    pub(super) async fn connect(&self) -> ConnectionResult<AsyncPgConnection> {
        match &self.tls {
            Some(tls) => {
                let connected = self.config.connect(tls.clone()).await;
                let (client, connection) = connected.map_err(|error| bad(&error))?;
                AsyncPgConnection::try_from_client_and_connection(client, connection).await
            }
            None => {
                let connected = self.config.connect(NoTls).await;
                let (client, connection) = connected.map_err(|error| bad(&error))?;
                AsyncPgConnection::try_from_client_and_connection(client, connection).await
            }
        }
    }
}

/// What a URL says of TLS.
#[derive(Debug, Default, PartialEq, Eq)]
struct TlsParameters {
    mode: Option<String>,
    root_certificate: Option<String>,
}

impl TlsParameters {
    /// The mode for the protocol, and whose certificates are trusted.
    fn resolve(self) -> Result<(SslMode, Trust), Box<dyn Error + Send + Sync>> {
        let roots = self.root_certificate;
        match (self.mode.as_deref(), roots) {
            (Some("disable"), _) => Ok((SslMode::Disable, Trust::Anybody)),
            (None | Some("prefer"), _) => Ok((SslMode::Prefer, Trust::Anybody)),
            (Some("require"), None) => Ok((SslMode::Require, Trust::Anybody)),
            (Some("require" | "verify-ca"), Some(path)) => {
                Ok((SslMode::Require, Trust::SignedBy(path.into())))
            }
            (Some("verify-ca"), None) => Err("sslmode=verify-ca needs sslrootcert=FILE".into()),
            (Some("verify-full"), None) => Ok((SslMode::Require, Trust::Named(None))),
            (Some("verify-full"), Some(path)) => {
                Ok((SslMode::Require, Trust::Named(Some(path.into()))))
            }
            (Some(other), _) => Err(format!(
                "sslmode is disable, prefer, require, verify-ca or verify-full, not `{other}`"
            )
            .into()),
        }
    }
}

/// The URL without the parameters that are read here.
fn split_tls_parameters(url: &str) -> (String, TlsParameters) {
    let mut tls = TlsParameters::default();
    let Some((base, query)) = url.split_once('?') else {
        return (url.to_owned(), tls);
    };
    let mut rest = Vec::new();
    for pair in query.split('&') {
        match form_urlencoded::parse(pair.as_bytes()).next() {
            Some((name, value)) if name == "sslmode" => tls.mode = Some(value.into()),
            Some((name, value)) if name == "sslrootcert" => {
                tls.root_certificate = Some(value.into());
            }
            _ => rest.push(pair),
        }
    }
    let rest = rest.join("&");
    let separator = if rest.is_empty() { "" } else { "?" };
    (format!("{base}{separator}{rest}"), tls)
}

fn unavailable(error: impl Error + Send + Sync + 'static) -> StoreError {
    StoreError::Unavailable(Box::new(error))
}

/// An error that has a place for one message only, so that the causes go into it.
fn bad(error: &tokio_postgres::Error) -> ConnectionError {
    let first: &dyn Error = error;
    let causes = iter::successors(Some(first), |error| (*error).source());
    let messages: Vec<_> = causes.map(ToString::to_string).collect();
    ConnectionError::BadConnection(messages.join(": "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(query: &str) -> Result<(SslMode, Trust), String> {
        let (_, tls) = split_tls_parameters(&format!("postgres://ada@db/hub?{query}"));
        tls.resolve().map_err(|error| error.to_string())
    }

    #[test]
    fn modes_mean_what_they_mean_to_libpq() {
        let root = || "/ca.pem".into();
        for (query, expected) in [
            ("", (SslMode::Prefer, Trust::Anybody)),
            ("sslmode=disable", (SslMode::Disable, Trust::Anybody)),
            ("sslmode=require", (SslMode::Require, Trust::Anybody)),
            (
                "sslmode=require&sslrootcert=%2Fca.pem",
                (SslMode::Require, Trust::SignedBy(root())),
            ),
            (
                "sslrootcert=/ca.pem&sslmode=verify-ca",
                (SslMode::Require, Trust::SignedBy(root())),
            ),
            (
                "sslmode=verify-full",
                (SslMode::Require, Trust::Named(None)),
            ),
            (
                "sslmode=verify-full&sslrootcert=/ca.pem",
                (SslMode::Require, Trust::Named(Some(root()))),
            ),
        ] {
            assert_eq!(resolved(query), Ok(expected), "{query}");
        }
        for wrong in ["sslmode=verify-ca", "sslmode=allow", "sslmode="] {
            resolved(wrong).expect_err(wrong);
        }
    }

    #[test]
    fn everything_else_is_left_in_the_url() {
        let url = "postgres://ada:a%26b@%2Frun/hub?connect_timeout=3&sslmode=disable&user=x";
        let (rest, _) = split_tls_parameters(url);
        assert_eq!(
            rest,
            "postgres://ada:a%26b@%2Frun/hub?connect_timeout=3&user=x"
        );
        let (rest, _) = split_tls_parameters("postgres:///hub?sslmode=disable");
        assert_eq!(rest, "postgres:///hub");
    }
}
