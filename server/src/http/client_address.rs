//! Where a request comes from.

use std::net::IpAddr;

/// The address of a request's sender, among the request's extensions.
#[derive(Debug, Clone, Copy)]
pub(super) struct ClientAddress(pub(super) IpAddr);
