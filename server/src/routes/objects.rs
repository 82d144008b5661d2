//! One object's bytes.

use std::sync::Arc;

use futures::stream;
use muse_wire::id::ObjectId;
use muse_wire::problem::ProblemCode;

use super::auth::Auth;
use crate::blobs::Blobs;
use crate::error::{Error, Result};
use crate::history::VisibleObjects;
use crate::http::content::Content;
use crate::http::response::streamed;
use crate::http::{Request, Response};
use crate::mpacks::StoredObject;
use crate::store::{Repo, Store};

pub(super) struct ObjectRoutes {
    pub(super) auth: Auth,
    pub(super) store: Store,
    pub(super) blobs: Blobs,
    pub(super) visible: Arc<VisibleObjects>,
}

impl ObjectRoutes {
    /// `GET /{owner}/{slug}/objects/{object_id}`, whole or one range of it.
    pub(super) async fn get(&self, request: &mut Request) -> Result<Response> {
        let (repo, id, object) = self.find(request).await?;
        let read = async |range| {
            let bytes = object.read(&self.store, &self.blobs, &repo, range).await?;
            Ok(streamed(bytes))
        };
        content(&id.to_hex(), &repo, &object)
            .answer(&request.head, read)
            .await
    }

    /// `HEAD /{owner}/{slug}/objects/{object_id}`: the same headers, without reading the mpack.
    pub(super) async fn head(&self, request: &mut Request) -> Result<Response> {
        let (repo, id, object) = self.find(request).await?;
        content(&id.to_hex(), &repo, &object)
            .answer(&request.head, async |_| Ok(streamed(stream::empty())))
            .await
    }

    async fn find(&self, request: &Request) -> Result<(Repo, ObjectId, StoredObject)> {
        let repo = self.auth.readable_repo(request).await?;
        let id: ObjectId = request.parsed("object_id")?;
        let object = match StoredObject::find(&self.store, &repo, &id).await? {
            Some(object) if self.visible.contains(repo.id, &id, object.mpack()).await? => object,
            _ => {
                let detail = format!("{} has no object {id} that a ref reaches", repo.name);
                return Err(Error::problem(ProblemCode::NotFound, detail));
            }
        };
        if let Some(reason) = self.store.block_reason(repo.id, &id).await? {
            let detail = format!("object {id} is blocked: {reason}");
            return Err(Error::problem(ProblemCode::Blocked, detail));
        }
        Ok((repo, id, object))
    }
}

const fn content<'a>(name: &'a str, repo: &Repo, object: &StoredObject) -> Content<'a> {
    Content {
        name,
        media_type: "application/octet-stream",
        size_bytes: object.length(),
        public: !repo.private,
    }
}
