//! Which hosts a server may send its clients to: none that is less safe than the server itself.
//!
//! A storage URL comes from the server. Without these rules a server on the internet could make a
//! client send requests to machines that only the client's own network reaches.

use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::net::lookup_host;
use url::{Host, Url};

use super::internal_address::{InternalAddress, is_internal};
use super::url::host_of;
use super::{ServerUrl, TransportError};

/// Checks storage URLs, and as the resolver of names also what their hosts resolve to when a
/// connection is made.
#[derive(Clone)]
pub(super) struct AddressGuard {
    server: ServerUrl,
    /// Storage hosts whose addresses are checked. Others are the server's own and those of proxies,
    /// which the user has chosen.
    storage_hosts: Arc<Mutex<HashSet<String>>>,
}

impl AddressGuard {
    pub(super) fn new(server: ServerUrl) -> Self {
        Self {
            server,
            storage_hosts: Arc::default(),
        }
    }

    /// Checks a storage URL, and has the addresses of its host checked when it is connected to.
    ///
    /// # Errors
    /// [`TransportError::UnsafeStorage`].
    pub(super) async fn check(&self, url: &Url) -> Result<(), TransportError> {
        let unsafe_storage = |reason: String| TransportError::UnsafeStorage {
            host: host_of(url),
            reason,
        };
        if self.server.is_https() && url.scheme() != "https" {
            let reason = "http is not encrypted, and the server's own address is https";
            return Err(unsafe_storage(reason.to_owned()));
        }
        let address = match url.host() {
            host if host == self.server.url_host() => return Ok(()),
            Some(Host::Ipv4(address)) => IpAddr::V4(address),
            Some(Host::Ipv6(address)) => IpAddr::V6(address),
            Some(Host::Domain(name)) => {
                let hosts = self.storage_hosts.lock();
                let mut hosts = hosts.unwrap_or_else(PoisonError::into_inner);
                hosts.insert(name.to_owned());
                return Ok(());
            }
            None => return Ok(()),
        };
        if is_internal(address) && !is_server_internal(&self.server).await {
            return Err(unsafe_storage(InternalAddress.to_string()));
        }
        Ok(())
    }

    fn is_checked(&self, name: &str) -> bool {
        let hosts = self.storage_hosts.lock();
        hosts.unwrap_or_else(PoisonError::into_inner).contains(name)
    }
}

impl Resolve for AddressGuard {
    fn resolve(&self, name: Name) -> Resolving {
        let is_checked = self.is_checked(name.as_str());
        let server = self.server.clone();
        Box::pin(async move {
            let found: Vec<SocketAddr> = lookup_host((name.as_str(), 0)).await?.collect();
            if is_checked
                && found.iter().any(|address| is_internal(address.ip()))
                && !is_server_internal(&server).await
            {
                return Err(InternalAddress.into());
            }
            let found: Addrs = Box::new(found.into_iter());
            Ok(found)
        })
    }
}

/// Whether the server is on this machine or a private network.
async fn is_server_internal(server: &ServerUrl) -> bool {
    match server.url_host() {
        Some(Host::Ipv4(address)) => is_internal(address.into()),
        Some(Host::Ipv6(address)) => is_internal(address.into()),
        Some(Host::Domain(name)) => match lookup_host((name, 0)).await {
            Ok(found) => {
                let found: Vec<_> = found.collect();
                !found.is_empty() && found.iter().all(|address| is_internal(address.ip()))
            }
            Err(_) => false,
        },
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_storage_host_is_as_safe_as_the_server() {
        let check = async |server: &str, url: &str| {
            let server = ServerUrl::parse(server).expect("valid");
            let url = Url::parse(url).expect("valid");
            AddressGuard::new(server).check(&url).await.is_ok()
        };
        let public = "https://203.0.113.7";
        assert!(check(public, "https://198.51.100.1/x").await);
        assert!(check(public, "https://203.0.113.7:9000/x").await);
        assert!(!check(public, "http://198.51.100.1/x").await);
        assert!(!check(public, "http://203.0.113.7/x").await);
        for host in [
            "10.0.0.1",
            "127.0.0.1:9000",
            "[::1]",
            "169.254.169.254",
            "2130706433",
        ] {
            assert!(!check(public, &format!("https://{host}/x")).await, "{host}");
        }
        // Who serves a private network sends its clients to hosts there.
        assert!(check("http://10.0.0.1", "http://192.168.0.1:9000/x").await);
        assert!(check("http://localhost:8765", "http://127.0.0.1:9000/x").await);
        assert!(!check("https://10.0.0.1", "http://10.0.0.1:9000/x").await);
    }

    #[tokio::test]
    async fn what_a_storage_hosts_name_resolves_to_is_checked() {
        let resolved = async |server: &str, url: &str| {
            let guard = AddressGuard::new(ServerUrl::parse(server).expect("valid"));
            guard
                .check(&Url::parse(url).expect("valid"))
                .await
                .expect("a name");
            let name = "localhost".parse().expect("a name");
            guard.resolve(name).await.is_ok()
        };
        assert!(!resolved("https://203.0.113.7", "https://localhost/x").await);
        assert!(resolved("https://127.0.0.1", "https://localhost/x").await);
        // A proxy's name, for example, is not the server's choice.
        assert!(resolved("https://203.0.113.7", "https://other.example/x").await);
    }
}
