//! Users.

use super::TwoProcesses;
use crate::store::StoreError;

/// Only one user has a name.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn user_names_are_taken_once(TwoProcesses { store, other }: &TwoProcesses) {
    let ada = store.create_user("ada").await.expect("made");
    let again = other.create_user("ada").await;
    assert!(
        matches!(&again, Err(StoreError::AlreadyExists { what: "user", name }) if name == "ada"),
        "{again:?}"
    );
    assert_eq!(other.user("ada").await.expect("looked up"), Some(ada));
    assert_eq!(other.user("Ada").await.expect("looked up"), None);
}
