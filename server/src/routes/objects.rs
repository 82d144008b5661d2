//! One object's bytes.

use futures::stream;
use muse_wire::id::ObjectId;
use muse_wire::problem::ProblemCode;

use super::auth::Auth;
use crate::blobs::{BlobKey, Blobs};
use crate::error::{Error, Result};
use crate::history::VisibleObjects;
use crate::http::content::Content;
use crate::http::response::streamed;
use crate::http::{Request, Response};
use crate::mpacks::StoredObject;
use crate::store::objects::ObjectLocation;
use crate::store::{Repo, Store};

pub(super) struct ObjectRoutes {
    pub(super) auth: Auth,
    pub(super) store: Store,
    pub(super) blobs: Blobs,
    pub(super) visible: VisibleObjects,
}

impl ObjectRoutes {
    /// `GET /{owner}/{slug}/objects/{object_id}`, whole or one range of it.
    pub(super) async fn get(&self, request: &mut Request) -> Result<Response> {
        let (repo, id, location) = self.find(request).await?;
        let mpack = BlobKey::mpack(repo.uuid, location.mpack_key);
        let object = StoredObject::find(&self.blobs, mpack, &location).await?;
        Ok(content(&id.to_hex(), &repo, &location)
            .answer(&request.head, |range| streamed(object.read(range))))
    }

    /// `HEAD /{owner}/{slug}/objects/{object_id}`: the same headers, without reading the mpack.
    pub(super) async fn head(&self, request: &mut Request) -> Result<Response> {
        let (repo, id, location) = self.find(request).await?;
        Ok(content(&id.to_hex(), &repo, &location)
            .answer(&request.head, |_| streamed(stream::empty())))
    }

    async fn find(&self, request: &Request) -> Result<(Repo, ObjectId, ObjectLocation)> {
        let repo = self.auth.readable_repo(request).await?;
        let id: ObjectId = request.parsed("object_id")?;
        let mut found = self.store.object_locations(repo.id, &[id]).await?;
        let location = match found.remove(&id) {
            Some(location) if self.visible.contains(repo.id, &id, &location).await? => location,
            _ => {
                let detail = format!("{} has no object {id} that a ref reaches", repo.name);
                return Err(Error::problem(ProblemCode::NotFound, detail));
            }
        };
        if self.store.first_blocked(&[id]).await?.is_some() {
            let detail = format!("object {id} is blocked on this server");
            return Err(Error::problem(ProblemCode::Blocked, detail));
        }
        Ok((repo, id, location))
    }
}

const fn content<'a>(name: &'a str, repo: &Repo, location: &ObjectLocation) -> Content<'a> {
    Content {
        name,
        media_type: "application/octet-stream",
        size_bytes: location.length,
        public: !repo.private,
    }
}
