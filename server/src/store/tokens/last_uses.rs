//! Which tokens' uses are being recorded, so that a busy writer does not collect one write for
//! every request.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::model::TokenId;

/// The tokens whose use is being recorded. Clones share the list.
#[derive(Debug, Clone, Default)]
pub(in crate::store) struct LastUses(Arc<Mutex<HashSet<TokenId>>>);

impl LastUses {
    /// Notes that the use of a token is being recorded, until the value is dropped; `None` where it
    /// is already.
    pub(in crate::store) fn begin(&self, token: TokenId) -> Option<Recording> {
        let is_new = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(token);
        is_new.then(|| Recording {
            list: self.clone(),
            token,
        })
    }
}

/// The use of one token that is being recorded.
#[derive(Debug)]
pub(in crate::store) struct Recording {
    list: LastUses,
    token: TokenId,
}

impl Drop for Recording {
    fn drop(&mut self) {
        self.list
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.token);
    }
}
