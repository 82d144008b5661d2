//! What happens around every request: an id, a log line, and a guard against panics.

use std::any::Any;
use std::convert::Infallible;
use std::ops::RangeInclusive;
use std::time::Duration;

use hyper::body::{Body, Incoming};
use hyper::header::HeaderValue;
use hyper::http::{Request, Response};
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use tower::{BoxError, ServiceBuilder};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::propagate_header::PropagateHeaderLayer;
use tower_http::set_header::SetRequestHeaderLayer;
use tower_http::trace::TraceLayer;
use tracing::Span;
use uuid::Uuid;

use super::body::BodyOptions;
use super::forwarded::Client;
use super::problem::error_response;
use super::request::REQUEST_ID;
use super::response;
use super::router::{RouteTable, Router};
use crate::error::Error;

/// How long an id may be that a proxy gave a request.
const REQUEST_ID_BYTES: RangeInclusive<usize> = 8..=64;

/// Answers requests by these routes.
pub(super) fn service(
    routes: RouteTable,
    body_options: BodyOptions,
) -> impl Service<
    Request<Incoming>,
    Response = Response<impl Body<Data: Send, Error: Into<BoxError>> + Send + 'static>,
    Error = Infallible,
    Future: Send + 'static,
> + Clone
+ Send
+ 'static {
    let router = Router::new(routes, body_options);
    let trace = TraceLayer::new_for_http()
        .make_span_with(request_span)
        .on_request(())
        .on_response(log_response)
        .on_body_chunk(())
        .on_eos(())
        .on_failure(());
    let stack = ServiceBuilder::new()
        .layer(SetRequestHeaderLayer::overriding(REQUEST_ID, request_id))
        .layer(PropagateHeaderLayer::new(REQUEST_ID))
        .layer(trace)
        .layer(CatchPanicLayer::custom(panic_response))
        .service_fn(move |request| {
            let router = router.clone();
            async move { Ok::<_, Infallible>(router.respond(request).await) }
        });
    TowerToHyperService::new(stack)
}

/// The id that a trusted proxy gave the request, or else the server's own: nothing that a client
/// made up is logged as one.
fn request_id(request: &Request<Incoming>) -> Option<HeaderValue> {
    let client = request.extensions().get::<Client>();
    let given = request.headers().get(REQUEST_ID);
    given
        .filter(|id| client.is_some_and(|client| client.is_forwarded) && is_request_id(id))
        .cloned()
        .or_else(new_request_id)
}

/// Whether it can stand in a log: as long as ids are, and of characters that need no quoting.
fn is_request_id(id: &HeaderValue) -> bool {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    REQUEST_ID_BYTES.contains(&id.len()) && id.as_bytes().iter().all(is_plain)
}

fn new_request_id() -> Option<HeaderValue> {
    let id = Uuid::new_v4().simple().to_string();
    Some(HeaderValue::from_str(&id).expect("hexadecimal digits are a header value"))
}

/// Only the path is logged: a query may hold a signature.
fn request_span(request: &Request<Incoming>) -> Span {
    let id = request.headers().get(REQUEST_ID);
    let client = request.extensions().get::<Client>();
    tracing::info_span!(
        "request",
        id = id.and_then(|id| id.to_str().ok()).map(display),
        method = %request.method(),
        path = request.uri().path(),
        client = client.map(|client| display(client.address)),
    )
}

fn log_response<B>(response: &Response<B>, latency: Duration, _: &Span) {
    let ms = u64::try_from(latency.as_millis()).unwrap_or(u64::MAX);
    tracing::info!(status = response.status().as_u16(), ms, "answered");
}

/// The panic's own message has already been printed by the panic hook.
fn panic_response(_: Box<dyn Any + Send>) -> response::Response {
    error_response(Error::internal(
        "answering a request",
        "the handler panicked",
    ))
}
