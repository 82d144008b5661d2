//! `musehub token`.

use std::time::Duration;

use musehub::admin::{self, TokenOptions};
use musehub::config::arguments::TokenCommand;
use musehub::store::tokens::{Token, TokenRefusal};

use super::output::{NONE, print_table};
use super::time::format_time;
use super::{CommandError, open, print_line};

const DAY_SECONDS: u64 = 24 * 60 * 60;

/// Runs the command.
pub(crate) async fn run(command: TokenCommand) -> Result<(), CommandError> {
    match command {
        TokenCommand::Create {
            user,
            scope,
            repo,
            expires,
            label,
            data,
        } => {
            let store = open(data).await?;
            let options = TokenOptions {
                label: &label,
                repo: repo.as_ref(),
                lifetime: expires.map(|days| Duration::from_secs(u64::from(days) * DAY_SECONDS)),
            };
            let secret = admin::create_token(&store, &user, scope, &options).await?;
            print_line(secret.expose())
        }
        TokenCommand::List { user, data } => {
            let tokens = admin::list_tokens(&open(data).await?, user.as_deref()).await?;
            let headings = [
                "id",
                "user",
                "scope",
                "state",
                "repository",
                "end",
                "last use",
                "label",
            ];
            print_table(&headings, tokens.iter().map(describe))
        }
        TokenCommand::Revoke { id, data } => Ok(admin::revoke_token(&open(data).await?, id).await?),
    }
}

fn describe(token: &Token) -> String {
    let state = match token.refusal {
        Some(TokenRefusal::Revoked) => "revoked",
        Some(TokenRefusal::Expired) => "expired",
        Some(TokenRefusal::Disabled) => "disabled",
        _ => "valid",
    };
    let time = |ms: Option<i64>| ms.map_or_else(|| NONE.to_owned(), format_time);
    let repo = token.repo.as_ref().map(ToString::to_string);
    [
        &token.id.0.to_string(),
        &token.user,
        token.scope.as_str(),
        state,
        repo.as_deref().unwrap_or(NONE),
        &time(token.expires_at_ms),
        &time(token.last_used_at_ms),
        Some(token.label.as_str())
            .filter(|label| !label.is_empty())
            .unwrap_or(NONE),
    ]
    .join("\t")
}
