//! The loop that claims jobs and runs them.

use crate::app::AppState;

/// Running workers; they stop when told to.
#[derive(Debug)]
pub struct Workers {}

/// Starts `count` workers.
pub fn spawn(state: AppState, count: usize) -> Workers {
    unimplemented!("{state:?} {count}")
}

impl Workers {
    /// Claims nothing more, and waits until the running jobs have ended. Dropping the future leaves the
    /// rest to whoever takes the jobs over.
    pub async fn shutdown(self) {
        unimplemented!("{self:?}")
    }
}
