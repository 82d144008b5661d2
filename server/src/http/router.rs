//! The routing table, and what happens around every call: request id, panic guard, log line.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use hyper::body::Incoming;
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{Method, Request, StatusCode};
use muse_wire::problem::ProblemCode;
use tracing::Instrument as _;
use uuid::Uuid;

use super::body::RequestBody;
use super::{Call, CallError, Response, refused};
use crate::app::AppState;
use crate::routes::{blobs, fetch, health, jobs, objects, push, refs, repos};

/// What answers one method of one path.
type Handler = for<'a> fn(&'a mut Call) -> BoxFuture<'a, Result<Response, CallError>>;

macro_rules! routes {
    ($($path:literal { $($method:ident => $handler:path),+ $(,)? })+) => {
        &[$(($path, &[$((Method::$method, |call| Box::pin($handler(call)))),+])),+]
    };
}

/// Methods of one path.
type Methods = &'static [(Method, Handler)];

const ROUTES: &[(&str, Methods)] = routes! {
    "/healthz" { GET => health::live }
    "/readyz" { GET => health::ready }

    "/api/whoami" { GET => repos::whoami }
    "/api/repos" { GET => repos::list, POST => repos::create }
    "/api/repos/{owner}/{slug}" { GET => repos::show, PATCH => repos::update, DELETE => repos::delete }

    "/blobs/{*key}" { PUT => blobs::put, GET => blobs::get }

    "/{owner}/{slug}/refs" { GET => refs::list }
    "/{owner}/{slug}/negotiate" { POST => refs::negotiate }
    "/{owner}/{slug}/push/stream" { POST => push::stream }
    "/{owner}/{slug}/push/presign" { POST => push::presign }
    "/{owner}/{slug}/push/unpack-mpack" { POST => push::unpack }
    "/{owner}/{slug}/push/jobs/{job_id}" { GET => jobs::status }
    "/{owner}/{slug}/fetch/mpack" { POST => fetch::mpack }
    "/{owner}/{slug}/objects/{object_id}" { GET => objects::get, HEAD => objects::head }
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Finds and runs the routes. Clones share the table.
#[derive(Clone)]
pub(crate) struct Router {
    state: AppState,
    table: Arc<matchit::Router<Methods>>,
}

impl Router {
    /// All routes of a server.
    pub(crate) fn new(state: AppState) -> Self {
        let mut table = matchit::Router::new();
        for (path, methods) in ROUTES {
            table
                .insert(*path, *methods)
                .expect("the table has no two routes of one path");
        }
        Self {
            state,
            table: Arc::new(table),
        }
    }

    /// Answers one request, whatever happens.
    pub(crate) async fn serve(self, request: Request<Incoming>) -> Result<Response, Infallible> {
        let request_id = Uuid::new_v4().simple().to_string();
        // Only the path: a query may hold a signature.
        let span = tracing::info_span!(
            "request",
            id = %request_id,
            method = %request.method(),
            path = request.uri().path(),
        );
        let mut response = self.answer(request).instrument(span).await;
        let value = HeaderValue::from_str(&request_id).expect("hexadecimal digits");
        response.headers_mut().insert(REQUEST_ID, value);
        Ok(response)
    }

    async fn answer(self, request: Request<Incoming>) -> Response {
        let start = Instant::now();
        let guarded = AssertUnwindSafe(self.route(request)).catch_unwind();
        let response = guarded.await.unwrap_or_else(|_| {
            // The panic's own message is in the log already.
            CallError::Internal("a panic".into()).into_response()
        });
        let ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(status = response.status().as_u16(), ms, "answered");
        response
    }

    async fn route(&self, request: Request<Incoming>) -> Response {
        let (head, incoming) = request.into_parts();
        let mut call = Call {
            body: RequestBody::new(incoming, self.state.config.body_idle_timeout),
            state: self.state.clone(),
            head,
            parameters: Vec::new(),
        };
        let mut response = match self.dispatch(&mut call).await {
            Ok(response) => return response,
            Err(error) => error.into_response(),
        };
        call.discard_body().await;
        if response.status() == StatusCode::METHOD_NOT_ALLOWED
            && let Ok(found) = self.table.at(call.head.uri.path())
        {
            let allowed =
                HeaderValue::from_str(&names(found.value)).expect("method names are ASCII");
            response.headers_mut().insert(header::ALLOW, allowed);
        }
        response
    }

    async fn dispatch(&self, call: &mut Call) -> Result<Response, CallError> {
        let found = self
            .table
            .at(call.head.uri.path())
            .map_err(|_| refused(ProblemCode::NotFound, "there is no such path"))?;
        let parameters = found.params.iter();
        let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let parameters = parameters.collect();
        let handler = handler(found.value, &call.head.method).ok_or_else(|| {
            let detail = format!("this path takes {}", names(found.value));
            refused(ProblemCode::MethodNotAllowed, detail)
        })?;
        call.parameters = parameters;
        handler(call).await
    }
}

/// A path that takes GET takes HEAD as well: the connection leaves the body out.
fn handler(methods: Methods, method: &Method) -> Option<Handler> {
    let find = |method: &Method| {
        let mut methods = methods.iter();
        methods
            .find(|(known, _)| known == method)
            .map(|(_, handler)| *handler)
    };
    find(method).or_else(|| {
        if *method == Method::HEAD {
            find(&Method::GET)
        } else {
            None
        }
    })
}

fn names(methods: Methods) -> String {
    let names: Vec<_> = methods.iter().map(|(method, _)| method.as_str()).collect();
    names.join(", ")
}

impl std::fmt::Debug for Router {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Router").finish_non_exhaustive()
    }
}
