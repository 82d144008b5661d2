//! Whose certificates are trusted, for connections to PostgreSQL.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};

/// Who may answer as the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trust {
    /// Whoever does: what is sent is encrypted, but maybe for the wrong one.
    Anybody,
    /// Who has a certificate signed by one in this file, for whatever host.
    SignedBy(PathBuf),
    /// Who has a certificate for the host of the URL, signed by one in this file or, without one,
    /// by one that the system trusts.
    Named(Option<PathBuf>),
}

/// TLS for connections to a server that is trusted like this.
///
/// # Errors
/// Where the certificates to trust cannot be read.
pub(super) fn client_config(trust: &Trust) -> Result<ClientConfig, Box<dyn Error + Send + Sync>> {
    let provider = Arc::new(default_provider());
    let roots = match trust {
        Trust::Anybody => None,
        Trust::SignedBy(path) | Trust::Named(Some(path)) => Some(roots_in(path)?),
        Trust::Named(None) => Some(roots_of_the_system()?),
    };
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?;
    let Some(roots) = roots else {
        let verifier = Arc::new(LaxVerifier {
            provider,
            chain: None,
        });
        let config = config
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        return Ok(config.with_no_client_auth());
    };
    let config = match trust {
        Trust::SignedBy(_) => {
            let chain =
                WebPkiServerVerifier::builder_with_provider(roots.into(), Arc::clone(&provider));
            let verifier = Arc::new(LaxVerifier {
                provider,
                chain: Some(chain.build()?),
            });
            config
                .dangerous()
                .with_custom_certificate_verifier(verifier)
        }
        _ => config.with_root_certificates(roots),
    };
    Ok(config.with_no_client_auth())
}

fn roots_in(path: &Path) -> Result<RootCertStore, Box<dyn Error + Send + Sync>> {
    let cannot_read = |error: &dyn Error| format!("cannot read {}: {error}", path.display());
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| cannot_read(&error))? {
        roots.add(certificate.map_err(|error| cannot_read(&error))?)?;
    }
    if roots.is_empty() {
        return Err(format!("{} holds no certificate", path.display()).into());
    }
    Ok(roots)
}

fn roots_of_the_system() -> Result<RootCertStore, Box<dyn Error + Send + Sync>> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    match found.errors.into_iter().next() {
        Some(error) if roots.is_empty() => Err(error.into()),
        None if roots.is_empty() => Err("this system trusts no certificates".into()),
        _ => Ok(roots),
    }
}

/// Trusts a certificate for any host: one that a trusted one has signed, or any at all.
#[derive(Debug)]
struct LaxVerifier {
    provider: Arc<CryptoProvider>,
    /// Checks who signed it.
    chain: Option<Arc<WebPkiServerVerifier>>,
}

impl ServerCertVerifier for LaxVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(chain) = &self.chain else {
            return Ok(ServerCertVerified::assertion());
        };
        let verified =
            chain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        match verified {
            // The name is checked last, so everything else is as it must be.
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = &self.provider.signature_verification_algorithms;
        algorithms.supported_schemes()
    }
}
