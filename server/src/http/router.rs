//! The route table, and how a request finds its handler. `matchit` finds the path. The rest stays
//! by hand: every refusal, of an unknown path or method, too, is a problem document, and a web
//! framework would be needed for little else.

use std::sync::Arc;

use futures::future::BoxFuture;
use headers::{Allow, HeaderMapExt as _};
use hyper::body::Incoming;
use hyper::{Method, http};
use muse_wire::problem::ProblemCode;

use super::body::{BodyOptions, RequestBody};
use super::problem::error_response;
use super::request::Request;
use super::response::Response;
use crate::error::{Error, Result};

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

/// Which handler answers which method of which path.
#[derive(Default)]
pub(crate) struct RouteTable(matchit::Router<Methods>);

impl RouteTable {
    /// Adds the handlers of a path. Placeholders are written `{name}`.
    ///
    /// # Panics
    /// Where the table already has a path that matches the same requests.
    pub(crate) fn add(&mut self, path: &str, methods: Methods) {
        self.0
            .insert(path, methods)
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

    /// Answers one request.
    pub(super) async fn respond(self, request: http::Request<Incoming>) -> Response {
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
        let methods = matched.value;
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
