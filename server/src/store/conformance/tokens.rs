//! Tokens.

use std::time::Duration;

use tokio::time::sleep;

use super::TwoProcesses;
use super::sample;
use crate::store::Actor;
use crate::store::accounts::UserId;
use crate::store::tokens::{NewToken, Scope, TokenRefusal, TokenSecret};

/// A token of a user, good for everything and for ever.
fn token(user: UserId, scope: Scope) -> NewToken {
    NewToken {
        user,
        scope,
        label: "laptop".to_owned(),
        repo: None,
        expires_at_ms: None,
    }
}

/// A token is valid from its creation to its revocation, and nothing else is.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn tokens_speak_for_their_user_until_revoked(TwoProcesses { store, .. }: &TwoProcesses) {
    let ada = store
        .create_user("ada", Actor::Operator)
        .await
        .expect("made");
    let bob = store
        .create_user("bob", Actor::Operator)
        .await
        .expect("made");
    let secret = store
        .create_token(&token(ada, Scope::Write), Actor::Operator)
        .await;
    let secret = secret.expect("made");
    let bobs = store
        .create_token(&token(bob, Scope::Admin), Actor::Operator)
        .await;
    bobs.expect("made");

    let identity = store.authenticate(&secret).await.expect("asked");
    let identity = identity.expect("known");
    assert_eq!(
        (identity.user_id, identity.user.as_str(), identity.scope),
        (ada, "ada", Scope::Write)
    );
    assert_eq!((identity.repo, identity.expires_at_ms), (None, None));
    let guess = TokenSecret::new(format!("{}x", secret.expose()));
    let refused = store.authenticate(&guess).await.expect("asked");
    assert_eq!(refused, Err(TokenRefusal::Unknown));

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
    assert!(token.last_used_at_ms.is_some() && token.refusal.is_none());
    assert_eq!(store.tokens(None).await.expect("listed").len(), 2);

    assert!(
        store
            .revoke_token(token.id, Actor::Operator)
            .await
            .expect("revoked")
    );
    assert!(
        !store
            .revoke_token(token.id, Actor::Operator)
            .await
            .expect("asked again")
    );
    let refused = store.authenticate(&secret).await.expect("asked");
    assert_eq!(refused, Err(TokenRefusal::Revoked));
    let tokens = store.tokens(Some(ada)).await.expect("listed");
    assert_eq!(tokens[0].refusal, Some(TokenRefusal::Revoked));
}

/// A token can be good for one repository, and ends with it; and it can end by itself.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn tokens_end_with_their_time_or_repo(TwoProcesses { store, other }: &TwoProcesses) {
    let repo = sample::repo(store, "ada/notes").await;
    let bound = NewToken {
        repo: Some(repo.id),
        expires_at_ms: Some(i64::MAX),
        ..token(repo.owner_id, Scope::Write)
    };
    let expired = NewToken {
        expires_at_ms: Some(1_000),
        ..token(repo.owner_id, Scope::Read)
    };
    let bound = store
        .create_token(&bound, Actor::Operator)
        .await
        .expect("made");
    let expired = store
        .create_token(&expired, Actor::Operator)
        .await
        .expect("made");

    let identity = other.authenticate(&bound).await.expect("asked");
    let identity = identity.expect("valid");
    assert_eq!(identity.repo, Some(repo.id));
    assert_eq!(identity.expires_at_ms, Some(i64::MAX));
    let refused = other.authenticate(&expired).await.expect("asked");
    assert_eq!(refused, Err(TokenRefusal::Expired));
    let tokens = other.tokens(None).await.expect("listed");
    let repos: Vec<_> = tokens.iter().map(|token| token.repo.as_ref()).collect();
    assert_eq!(repos, [Some(&repo.name), None]);
    assert_eq!(tokens[0].refusal, None);
    assert_eq!(tokens[1].refusal, Some(TokenRefusal::Expired));

    assert!(
        store
            .delete_repo(repo.id, Actor::Operator)
            .await
            .expect("deleted")
    );
    let refused = other.authenticate(&bound).await.expect("asked");
    assert_eq!(refused, Err(TokenRefusal::Unknown));
}

/// Tokens of a disabled user are good for nothing, until the user is enabled again.
///
/// # Panics
/// Where the store breaks the rule.
pub async fn a_disabled_users_tokens_wait(TwoProcesses { store, other }: &TwoProcesses) {
    let ada = sample::user(store, "ada").await;
    let new = token(ada.id, Scope::Write);
    let secret = store.create_token(&new, Actor::Operator).await;
    let secret = secret.expect("made");
    let set_disabled = async |disabled| {
        let set = store.set_user_disabled(&ada, disabled, Actor::Operator);
        assert!(set.await.expect("changed"));
    };
    set_disabled(true).await;
    let refused = other.authenticate(&secret).await.expect("asked");
    assert_eq!(refused, Err(TokenRefusal::Disabled));
    let tokens = other.tokens(Some(ada.id)).await.expect("listed");
    assert_eq!(tokens[0].refusal, Some(TokenRefusal::Disabled));
    set_disabled(false).await;
    let accepted = other.authenticate(&secret).await.expect("asked");
    assert_eq!(accepted.expect("valid").user, "ada");
}
