//! Signed requests for blobs that this server keeps itself: HMAC-SHA256 over method, key, size and
//! expiry.
//!
//! The key ends in the digest that the bytes must have, so a leaked URL can only upload the bytes
//! that it names. This is no library's format: S3's own needs the whole of AWS's request signing,
//! for URLs that nobody but this server reads.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hmac::{KeyInit, Mac, SimpleHmac};
use muse_wire::id::{hex, parse_hex};
use sha2::Sha256;
use url::Url;
use url::form_urlencoded;

use super::key::BlobKey;

/// Path below which signed blob requests are answered.
pub const BLOBS_PATH: &str = "/blobs/";

/// Signs and checks blob requests; all servers of one blob directory share the secret.
#[derive(Clone)]
pub struct UrlSigner {
    secret: Box<[u8]>,
    public_url: Option<Url>,
}

/// What a signature allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grant {
    /// Upload exactly so many bytes.
    Put {
        /// How many.
        size_bytes: u64,
    },
    /// Download.
    Get,
}

/// Why a signed request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SignatureError {
    /// This server never signed it, or it was altered.
    #[error("the URL's signature is not valid for this request")]
    Invalid,
    /// It has expired.
    #[error("the URL has expired; ask for a new one")]
    Expired,
}

impl UrlSigner {
    /// A signer with this secret. URLs are paths on this server, below `public_url` where that is
    /// set.
    pub fn new(secret: &[u8], public_url: Option<Url>) -> Self {
        Self {
            secret: secret.into(),
            public_url,
        }
    }

    /// The URL that grants this for `lifetime`, and when it expires (seconds since 1970).
    pub(crate) fn sign(&self, key: &BlobKey, grant: Grant, lifetime: Duration) -> (String, i64) {
        let expires_at = now_seconds().saturating_add(lifetime.as_secs().cast_signed());
        let signature = hex(&self.mac(key, grant, expires_at).finalize().into_bytes());
        let size = match grant {
            Grant::Put { size_bytes } => format!("size={size_bytes}&"),
            Grant::Get => String::new(),
        };
        let prefix = match &self.public_url {
            Some(url) => url.as_str().trim_end_matches('/'),
            None => "",
        };
        let url =
            format!("{prefix}{BLOBS_PATH}{key}?{size}expires={expires_at}&signature={signature}");
        (url, expires_at)
    }

    /// Checks the query of a PUT; returns the size in bytes that its body must have.
    pub(crate) fn check_put(&self, key: &BlobKey, query: &str) -> Result<u64, SignatureError> {
        let size_bytes = parameter(query, "size").ok_or(SignatureError::Invalid)?;
        self.check(key, Grant::Put { size_bytes }, query)?;
        Ok(size_bytes)
    }

    /// Checks the query of a GET.
    pub(crate) fn check_get(&self, key: &BlobKey, query: &str) -> Result<(), SignatureError> {
        self.check(key, Grant::Get, query)
    }

    fn check(&self, key: &BlobKey, grant: Grant, query: &str) -> Result<(), SignatureError> {
        let expires_at = parameter(query, "expires").ok_or(SignatureError::Invalid)?;
        let signature: String = parameter(query, "signature").ok_or(SignatureError::Invalid)?;
        let signature = parse_hex::<32>(&signature).ok_or(SignatureError::Invalid)?;
        // `verify_slice` compares in constant time.
        self.mac(key, grant, expires_at)
            .verify_slice(&signature)
            .map_err(|_| SignatureError::Invalid)?;
        if now_seconds() < expires_at {
            Ok(())
        } else {
            Err(SignatureError::Expired)
        }
    }

    fn mac(&self, key: &BlobKey, grant: Grant, expires_at: i64) -> SimpleHmac<Sha256> {
        let mut mac =
            SimpleHmac::new_from_slice(&self.secret).expect("HMAC takes keys of any length");
        let grant = match grant {
            Grant::Put { size_bytes } => format!("PUT {size_bytes}"),
            Grant::Get => "GET".to_owned(),
        };
        mac.update(format!("musehub blob 1\n{grant}\n{key}\n{expires_at}").as_bytes());
        mac
    }
}

impl fmt::Debug for UrlSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UrlSigner")
            .field("public_url", &self.public_url)
            .finish_non_exhaustive()
    }
}

/// The parameter's value; `None` where it is missing, comes twice or does not parse.
fn parameter<T: FromStr>(query: &str, name: &str) -> Option<T> {
    let mut values = form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key == name);
    let (_, value) = values.next()?;
    if values.next().is_some() {
        return None;
    }
    value.parse().ok()
}

fn now_seconds() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs().cast_signed())
}

#[cfg(test)]
mod tests {
    use muse_wire::id::MpackKey;
    use proptest::prelude::*;
    use proptest::sample::select;
    use proptest::test_runner::RngSeed;
    use uuid::Uuid;

    use super::*;

    const LIFETIME: Duration = Duration::from_secs(60);

    fn key(byte: u8) -> BlobKey {
        BlobKey::upload(Uuid::from_u128(1), MpackKey::from_bytes([byte; 32]))
    }

    fn query(url: &str) -> &str {
        url.split_once('?').expect("signed URLs have a query").1
    }

    #[test]
    fn a_signature_allows_what_it_names_and_nothing_else() {
        let signer = UrlSigner::new(b"secret", None);
        let (url, _) = signer.sign(&key(1), Grant::Put { size_bytes: 10 }, LIFETIME);
        let query = query(&url);
        assert_eq!(signer.check_put(&key(1), query), Ok(10));

        assert!(signer.check_put(&key(2), query).is_err());
        assert!(signer.check_get(&key(1), query).is_err());
        let larger = query.replace("size=10", "size=11");
        assert!(signer.check_put(&key(1), &larger).is_err());
        let twice = format!("{query}&size=11");
        assert!(signer.check_put(&key(1), &twice).is_err());
        let other_server = UrlSigner::new(b"other", None);
        assert!(other_server.check_put(&key(1), query).is_err());
        for wrong in [
            "",
            "expires=1",
            "signature=00",
            "size=10&expires=x&signature=y",
        ] {
            assert_eq!(
                signer.check_put(&key(1), wrong),
                Err(SignatureError::Invalid)
            );
        }
    }

    #[test]
    fn an_expired_signature_is_refused_and_cannot_be_extended() {
        let signer = UrlSigner::new(b"secret", None);
        let (url, expires_at) = signer.sign(&key(1), Grant::Get, Duration::ZERO);
        assert_eq!(
            signer.check_get(&key(1), query(&url)),
            Err(SignatureError::Expired)
        );
        let later = query(&url).replace(&expires_at.to_string(), &(expires_at + 60).to_string());
        assert_eq!(
            signer.check_get(&key(1), &later),
            Err(SignatureError::Invalid)
        );
    }

    #[test]
    fn a_public_url_stands_before_the_path() {
        let public = Url::parse("https://hub.example/muse/").expect("valid");
        let signer = UrlSigner::new(b"secret", Some(public));
        let (url, _) = signer.sign(&key(1), Grant::Get, LIFETIME);
        assert!(url.starts_with("https://hub.example/muse/blobs/uploads/"));
    }

    #[test]
    fn the_secret_is_not_in_the_debug_text() {
        let text = format!("{:?}", UrlSigner::new(b"hunter2", None));
        assert!(!text.contains("hunter2") && !text.contains("104"));
    }

    /// A query of the parameters of `signed` and of others, in any number and order.
    fn queries(signed: &str) -> impl Strategy<Value = String> {
        let mut parts: Vec<String> = signed.split('&').map(str::to_owned).collect();
        for name in ["size", "expires", "signature", "%73ize", "Size", ""] {
            for value in [
                "10",
                "+10",
                "%31%30",
                "-1",
                "18446744073709551616",
                "",
                "0x0a",
            ] {
                parts.push(format!("{name}={value}"));
            }
        }
        parts.extend(["&", "=", "%", "size", "size=10;expires=1"].map(str::to_owned));
        let chosen = prop::collection::vec(select(parts), 0..6);
        prop_oneof![
            chosen.prop_map(|parts| parts.join("&")),
            prop::collection::vec(any::<char>(), 0..40).prop_map(String::from_iter),
        ]
    }

    fn signed_put() -> (UrlSigner, String) {
        let signer = UrlSigner::new(b"secret", None);
        let (url, _) = signer.sign(&key(1), Grant::Put { size_bytes: 10 }, LIFETIME);
        let query = query(&url).to_owned();
        (signer, query)
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            rng_seed: RngSeed::Fixed(0),
            ..ProptestConfig::default()
        })]

        #[test]
        fn no_other_query_allows_more(query in queries(&signed_put().1)) {
            let (signer, signed) = signed_put();
            if let Ok(size_bytes) = signer.check_put(&key(1), &query) {
                prop_assert_eq!(size_bytes, 10);
                for name in ["expires", "signature"] {
                    let value: Option<String> = parameter(&query, name);
                    prop_assert_eq!(value, parameter(&signed, name));
                }
            }
            prop_assert!(signer.check_put(&key(2), &query).is_err());
            prop_assert!(signer.check_get(&key(1), &query).is_err());
        }
    }
}
