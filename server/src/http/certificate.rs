//! TLS by certificate files, which are read again when they change.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// Protocols above TLS, the preferred one first.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// Why certificate files cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file is not what it must be.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: rustls::pki_types::pem::Error,
    },
    /// Certificate and key do not belong together, or are of a kind that is not supported.
    #[error("cannot use the certificate {}", path.display())]
    Certificate {
        /// The certificate's file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: rustls::Error,
    },
}

/// The certificate that a server shows; clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Certificate(Arc<Files>);

#[derive(Debug)]
struct Files {
    certificate: PathBuf,
    key: PathBuf,
    loaded: RwLock<Loaded>,
}

#[derive(Debug, Clone)]
struct Loaded {
    config: Arc<ServerConfig>,
    /// What tells whether the files have changed.
    stamps: [Option<Stamp>; 2],
}

/// When a file was modified, and its size.
type Stamp = (SystemTime, u64);

impl Certificate {
    /// Reads a chain of certificates and its key, both PEM.
    ///
    /// # Errors
    /// [`TlsError`].
    pub(crate) fn load(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let loaded = load(certificate, key)?;
        Ok(Self(Arc::new(Files {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            loaded: RwLock::new(loaded),
        })))
    }

    /// For the next connection.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        self.loaded().config.into()
    }

    /// Reads the files again where they have changed; says whether they had. While they cannot be
    /// used, the certificate stays as it is.
    ///
    /// # Errors
    /// [`TlsError`].
    pub(crate) fn reload(&self) -> Result<bool, TlsError> {
        let files = &*self.0;
        if self.loaded().stamps == stamps(&files.certificate, &files.key) {
            return Ok(false);
        }
        let loaded = load(&files.certificate, &files.key)?;
        let mut current = files.loaded.write().unwrap_or_else(PoisonError::into_inner);
        *current = loaded;
        Ok(true)
    }

    fn loaded(&self) -> Loaded {
        let loaded = self.0.loaded.read();
        loaded.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn load(certificate: &Path, key: &Path) -> Result<Loaded, TlsError> {
    let cannot_read = |path: &Path| {
        let path = path.to_owned();
        move |source| TlsError::Read { path, source }
    };
    // Before the files are read: what changes after that is read the next time.
    let stamps = stamps(certificate, key);
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(cannot_read(certificate))?;
    let private_key = PrivateKeyDer::from_pem_file(key).map_err(cannot_read(key))?;
    let unusable = |source| TlsError::Certificate {
        path: certificate.to_owned(),
        source,
    };
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .with_no_client_auth()
        .with_single_cert(chain, private_key)
        .map_err(unusable)?;
    config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).into();
    Ok(Loaded {
        config: Arc::new(config),
        stamps,
    })
}

fn stamps(certificate: &Path, key: &Path) -> [Option<Stamp>; 2] {
    [certificate, key].map(|path| stamp(path).ok())
}

fn stamp(path: &Path) -> io::Result<Stamp> {
    let metadata = fs::metadata(path)?;
    Ok((metadata.modified()?, metadata.len()))
}
