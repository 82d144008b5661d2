//! Users and tokens.

use std::time::Duration;

use tokio::time::sleep;

use super::TwoProcesses;
use crate::store::StoreError;
use crate::store::accounts::{Scope, TokenSecret};

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

/// A token is valid from its creation to its revocation, and nothing else is.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn tokens_speak_for_their_user_until_revoked(TwoProcesses { store, .. }: &TwoProcesses) {
    let ada = store.create_user("ada").await.expect("made");
    let bob = store.create_user("bob").await.expect("made");
    let secret = store
        .create_token(ada, Scope::Write, "laptop")
        .await
        .expect("made");
    store
        .create_token(bob, Scope::Admin, "")
        .await
        .expect("made");

    let identity = store
        .authenticate(&secret)
        .await
        .expect("asked")
        .expect("known");
    assert_eq!(
        (identity.user_id, identity.user.as_str(), identity.scope),
        (ada, "ada", Scope::Write)
    );
    let guess = TokenSecret::new(format!("{}x", secret.expose()));
    assert_eq!(store.authenticate(&guess).await.expect("asked"), None);

    // The use is recorded beside the request.
    let tokens = loop {
        let tokens = store.tokens(Some(ada)).await.expect("listed");
        if tokens.iter().any(|token| token.last_used_at_ms.is_some()) {
            break tokens;
        }
        sleep(Duration::from_millis(5)).await;
    };
    let [token] = tokens.as_slice() else {
        panic!("one token of ada's: {tokens:?}");
    };
    assert_eq!(
        (token.user.as_str(), token.label.as_str()),
        ("ada", "laptop")
    );
    assert!(token.last_used_at_ms.is_some() && token.revoked_at_ms.is_none());
    assert_eq!(store.tokens(None).await.expect("listed").len(), 2);

    assert!(store.revoke_token(token.id).await.expect("revoked"));
    assert!(!store.revoke_token(token.id).await.expect("asked again"));
    assert_eq!(store.authenticate(&secret).await.expect("asked"), None);
    let tokens = store.tokens(Some(ada)).await.expect("listed");
    assert!(tokens[0].revoked_at_ms.is_some());
}
