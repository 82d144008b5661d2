//! HTTP: connections in, requests to the route table that the server is given. This module knows no
//! route.
//!
//! * `listener`: accepts connections, bounded, and drains them; `client_address`: whose they are.
//! * `service`: what happens around every request: id, log line, panic guard.
//! * `router`: the route table, and how a request finds its handler.
//! * `request`, `body`, `spool`: one request, as its handler sees it.
//! * `response`, `content`, `file`: answers, and content with ranges and caching.
//! * `format`: the two formats of control bodies.
//! * `problem`: the one place where errors become answers.

mod body;
mod client_address;
pub(crate) mod content;
pub(crate) mod file;
mod format;
mod listener;
mod problem;
mod request;
pub(crate) mod response;
mod router;
mod service;
mod spool;
#[cfg(test)]
mod tests;

pub(crate) use body::RequestBody;
pub(crate) use format::Format;
pub(crate) use listener::{HttpOptions, serve};
pub(crate) use request::Request;
pub(crate) use response::Response;
pub(crate) use router::{RouteTable, handler};
pub(crate) use spool::Spool;
