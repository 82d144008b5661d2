//! Keys that users sign commits with: `/api/keys…`. Everybody sees and changes their own alone.

use hyper::StatusCode;
use muse_wire::api::key::{KeyListResponse, KeyResponse, RegisterKeyRequest};
use muse_wire::commit::PublicKey;
use muse_wire::problem::ProblemCode;

use super::auth::Auth;
use crate::error::{Error, Result};
use crate::http::response::empty;
use crate::http::{Request, Response};
use crate::store::signing_keys::RegisteredKey;
use crate::store::tokens::Scope;
use crate::store::{Actor, Store};

pub(super) struct KeyRoutes {
    pub(super) auth: Auth,
    pub(super) store: Store,
}

impl KeyRoutes {
    /// `GET /api/keys`
    pub(super) async fn list(&self, request: &mut Request) -> Result<Response> {
        let identity = self.auth.required_identity(request).await?;
        let keys = self.store.registered_keys(identity.user_id).await?;
        let keys = keys.into_iter().map(describe).collect();
        Ok(request.answer(StatusCode::OK, &KeyListResponse { keys }))
    }

    /// `POST /api/keys`
    pub(super) async fn register(&self, request: &mut Request) -> Result<Response> {
        let identity = self.auth.identity_with(request, Scope::Write).await?;
        let asked: RegisterKeyRequest = request.decode().await?;
        asked
            .check()
            .map_err(|error| Error::problem(ProblemCode::BadRequest, error.to_string()))?;
        let by = Actor::User(&identity.user);
        let registered = self
            .store
            .register_key(identity.user_id, &asked, by)
            .await?;
        let status = match registered.is_new {
            true => StatusCode::CREATED,
            false => StatusCode::OK,
        };
        Ok(request.answer(status, &describe(registered.key)))
    }

    /// `DELETE /api/keys/{key}`
    pub(super) async fn remove(&self, request: &mut Request) -> Result<Response> {
        let identity = self.auth.identity_with(request, Scope::Write).await?;
        let unknown = || {
            let detail = format!("{} has registered no such key", identity.user);
            Error::problem(ProblemCode::NotFound, detail)
        };
        let key = PublicKey::from_hex(request.parameter("key")).map_err(|_| unknown())?;
        let by = Actor::User(&identity.user);
        match self.store.remove_key(identity.user_id, &key, by).await? {
            true => Ok(empty(StatusCode::NO_CONTENT)),
            false => Err(unknown()),
        }
    }
}

fn describe(key: RegisteredKey) -> KeyResponse {
    KeyResponse {
        public_key: key.public_key,
        name: key.name,
        created_at: key.created_at_ms.div_euclid(1000),
    }
}
