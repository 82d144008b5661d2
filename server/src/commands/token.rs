//! `musehub token`.

use musehub::admin;
use musehub::config::arguments::TokenCommand;
use musehub::store::accounts::Token;

use super::{CommandError, open, print_line};

/// Runs the command.
pub(crate) async fn run(command: TokenCommand) -> Result<(), CommandError> {
    match command {
        TokenCommand::Create {
            user,
            scope,
            label,
            data,
        } => {
            let store = open(data).await?;
            let secret = admin::create_token(&store, &user, scope, &label).await?;
            print_line(secret.expose())
        }
        TokenCommand::List { user, data } => {
            let tokens = admin::list_tokens(&open(data).await?, user.as_deref()).await?;
            tokens
                .iter()
                .map(describe)
                .try_for_each(|line| print_line(&line))
        }
        TokenCommand::Revoke { id, data } => Ok(admin::revoke_token(&open(data).await?, id).await?),
    }
}

fn describe(token: &Token) -> String {
    let state = match token.revoked_at_ms {
        Some(_) => "revoked",
        None => "valid",
    };
    let (id, user, scope, label) = (token.id.0, &token.user, token.scope.as_str(), &token.label);
    format!("{id}\t{user}\t{scope}\t{state}\t{label}")
}
