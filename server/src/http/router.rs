//! The route table, and how a request finds its handler. `matchit` finds the path. The rest stays
//! by hand: every refusal, of an unknown path or method, too, is a problem document, and a web
//! framework would be needed for little else.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use futures::future::BoxFuture;
use headers::{Allow, HeaderMapExt as _};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::{Method, http};
use muse_wire::problem::ProblemCode;

use super::body::{BodyOptions, RequestBody};
use super::problem::error_response;
use super::request::{REQUEST_ID, Request};
use super::response::{Body, Response};
use crate::error::{Error, Result};
use crate::metrics;
use crate::request_id::with_request_id;

/// The route of requests that no path of the table matches.
const NO_ROUTE: &str = "none";

/// Answers one method of one path.
pub(crate) type Handler =
    Box<dyn Fn(&mut Request) -> BoxFuture<'_, Result<Response>> + Send + Sync>;

/// A handler from a closure.
pub(crate) fn handler<H>(handler: H) -> Handler
where
    H: Fn(&mut Request) -> BoxFuture<'_, Result<Response>> + Send + Sync + 'static,
{
    Box::new(handler)
}

/// The methods of one path.
type Methods = Vec<(Method, Handler)>;

/// A path of the table.
struct Route {
    path: &'static str,
    methods: Methods,
}

/// Which handler answers which method of which path.
#[derive(Default)]
pub(crate) struct RouteTable(matchit::Router<Route>);

impl RouteTable {
    /// Adds the handlers of a path. Placeholders are written `{name}`.
    ///
    /// # Panics
    /// Where the table already has a path that matches the same requests.
    pub(crate) fn add(&mut self, path: &'static str, methods: Methods) {
        self.0
            .insert(path, Route { path, methods })
            .expect("no two paths of the table match the same requests");
    }
}

/// Finds and runs handlers. Clones share the table.
#[derive(Clone)]
pub(super) struct Router {
    table: Arc<RouteTable>,
    body_options: Arc<BodyOptions>,
}

impl Router {
    /// A router for these routes.
    pub(super) fn new(table: RouteTable, body_options: BodyOptions) -> Self {
        Self {
            table: Arc::new(table),
            body_options: Arc::new(body_options),
        }
    }

    /// Answers one request, and measures it.
    pub(super) async fn respond(self, request: http::Request<Incoming>) -> Response {
        let started = Instant::now();
        let matched = self.table.0.at(request.uri().path());
        let route = matched.map_or(NO_ROUTE, |matched| matched.value.path);
        let method = method_label(request.method());
        let id = request.headers().get(REQUEST_ID).cloned();
        let id = id.as_ref().and_then(|id| id.to_str().ok());
        let response = with_request_id(id, self.answer(request)).await;
        let status = response.status().as_u16();
        metrics::request_answered(route, method, status, started.elapsed());
        response.map(counted)
    }

    async fn answer(self, request: http::Request<Incoming>) -> Response {
        let (head, incoming) = request.into_parts();
        let mut request = Request {
            head,
            body: RequestBody::new(incoming, self.body_options),
            parameters: Vec::new(),
        };
        let Ok(matched) = self.table.0.at(request.head.uri.path()) else {
            let error = Error::problem(ProblemCode::NotFound, "there is no such path");
            return refuse(request, error).await;
        };
        let methods = &matched.value.methods;
        let parameters = matched.params.iter();
        let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
        request.parameters = parameters.collect();
        let Some(handler) = find_handler(methods, &request.head.method) else {
            let allowed: Vec<_> = methods.iter().map(|(method, _)| method.clone()).collect();
            let names: Vec<_> = allowed.iter().map(Method::as_str).collect();
            let detail = format!("this path takes {}", names.join(", "));
            let error = Error::problem(ProblemCode::MethodNotAllowed, detail);
            let mut response = refuse(request, error).await;
            let allow: Allow = allowed.into_iter().collect();
            response.headers_mut().typed_insert(allow);
            return response;
        };
        match handler(&mut request).await {
            Ok(response) => response,
            Err(error) => refuse(request, error).await,
        }
    }
}

/// A method as a label, of which there must not be as many as clients can make up.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}

/// A body whose bytes count as sent once they are taken from it.
fn counted(body: Body) -> Body {
    body.inspect_frame(|frame| {
        metrics::bytes_sent(frame.data_ref().map_or(0, Bytes::len));
    })
    .boxed_unsync()
}

async fn refuse(mut request: Request, error: Error) -> Response {
    let response = error_response(error);
    request.discard_body().await;
    response
}

/// The handler of a method. A path that takes GET takes HEAD, too: the connection leaves the body
/// out.
fn find_handler<'a>(methods: &'a Methods, method: &Method) -> Option<&'a Handler> {
    let find = |method: &Method| {
        let mut methods = methods.iter();
        methods
            .find(|(known, _)| known == method)
            .map(|(_, handler)| handler)
    };
    find(method).or_else(|| {
        if *method == Method::HEAD {
            find(&Method::GET)
        } else {
            None
        }
    })
}
