//! The certificate of a server that runs: loaded at the start, and again when its files change.

use std::time::Duration;

use tokio::time::sleep;

use super::error::StartError;
use crate::blocking::run_blocking;
use crate::config::Config;
use crate::error::with_causes;
use crate::http::Certificate;

/// How often the files are looked at.
const LOOK_INTERVAL: Duration = Duration::from_secs(30);

/// The certificate that the settings name, if they do.
///
/// # Errors
/// [`StartError::TlsPair`] or [`StartError::Tls`].
pub(super) fn certificate(config: &Config) -> Result<Option<Certificate>, StartError> {
    match (&config.tls_certificate, &config.tls_key) {
        (Some(certificate), Some(key)) => Ok(Some(Certificate::load(certificate, key)?)),
        (None, None) => Ok(None),
        _ => Err(StartError::TlsPair),
    }
}

/// Reloads the certificate whenever its files have changed, for as long as the future is polled.
pub(super) async fn renew(certificate: Certificate) {
    loop {
        sleep(LOOK_INTERVAL).await;
        reload(&certificate).await;
    }
}

/// Reloads the certificate if its files have changed, and logs how that went.
pub(super) async fn reload(certificate: &Certificate) {
    let certificate = certificate.clone();
    match run_blocking(move || certificate.reload()).await {
        Ok(true) => tracing::info!("the certificate was read again"),
        Ok(false) => {}
        Err(error) => {
            let error = with_causes(&error);
            tracing::error!(
                error,
                "cannot read the certificate again; the old one stays"
            );
        }
    }
}
