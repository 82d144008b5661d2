//! HTTP: connections in, calls out. What a call does is for `routes`.
//!
//! * [`listener`]: accepts connections, bounded, and drains them.
//! * [`router`]: finds the route of a request, runs it, logs it.
//! * [`call`]: one request, as its route sees it.
//! * [`body`]: request bodies, checked against their limits before they cost memory.
//! * [`answer`]: answers in the form that the client reads.
//! * [`content`]: bytes that their name pins, with ranges and caching.
//! * [`problem`]: the one place where errors become answers.

pub(crate) mod answer;
pub(crate) mod body;
pub(crate) mod call;
pub(crate) mod content;
pub(crate) mod listener;
pub(crate) mod problem;
pub(crate) mod router;

pub(crate) use answer::{Media, Response};
pub(crate) use call::Call;
pub(crate) use problem::{CallError, refused};
