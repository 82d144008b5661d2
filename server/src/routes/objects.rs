//! One object's bytes.

use crate::http::{Call, CallError, Response};

/// `GET /{owner}/{slug}/objects/{object_id}`
pub(crate) async fn get(_call: &mut Call) -> Result<Response, CallError> {
    unimplemented!()
}

/// `HEAD /{owner}/{slug}/objects/{object_id}`
pub(crate) async fn head(_call: &mut Call) -> Result<Response, CallError> {
    unimplemented!()
}
