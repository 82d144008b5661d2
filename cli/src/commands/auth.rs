//! `muse auth`.

mod key;

use std::io::Read as _;
use std::path::PathBuf;

use muse_wire::api::repo::WhoamiResponse;
use muse_wire::commit::Timestamp;
use muse_wire::quote::quote_path;

use crate::credentials::Credentials;
use crate::secret::Secret;
use crate::signing::SigningKey;
use crate::sync;
use crate::transport::ServerUrl;
use crate::ui::authorship::new_key_path;
use crate::ui::completion::Completes;
use crate::ui::connect::{
    chosen_server, credential_helper, plain_http_allowed, required_token, token_for,
};
use crate::ui::context::Context;
use crate::ui::error::{CliError, ErrorKind};
use crate::ui::explain::{Explain as _, Login, plain_http_setting};
use crate::ui::passphrase::ask_new_passphrase;
use crate::ui::prompt::ask_secret;
use crate::ui::time::format_short;

/// Most bytes of a token that are read.
const MAX_TOKEN_BYTES: u64 = 4096;

/// Arguments of `muse auth`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  muse auth login https://hub.example
    Store a token for a server.
  muse auth status
    Show as whom the server knows it.")]
pub struct AuthArgs {
    #[command(subcommand)]
    action: AuthAction,
}

#[derive(Debug, clap::Subcommand)]
enum AuthAction {
    /// Store a token for a server, after checking it with the server.
    #[command(after_help = "Examples:
  muse auth login https://hub.example
    Ask for a token, check it and store it.
  muse auth login --with-token https://hub.example
    Read the token from standard input.")]
    Login {
        /// The server, or a repository on it; the remote's server unless given.
        #[arg(add = Completes::Server)]
        url: Option<String>,
        /// Read the token from standard input instead of asking for it.
        #[arg(long)]
        with_token: bool,
    },
    /// Remove the token for a server.
    #[command(after_help = "Examples:
  muse auth logout https://hub.example
    Forget the token for a server.")]
    Logout {
        /// The server, or a repository on it; the remote's server unless given.
        #[arg(add = Completes::Server)]
        url: Option<String>,
    },
    /// Make a key that signs your commits, and print its public half.
    ///
    /// It is an Ed25519 key in a file that only you can read. `muse commit -S` signs with it, and
    /// the setting `commit.sign` has every commit signed.
    #[command(after_help = "Examples:
  muse auth keygen
    Make the key that `muse commit -S` signs with.
  muse auth keygen --passphrase
    Make one that is of no use to others who get at its file.")]
    Keygen {
        /// Protect the key by a passphrase, which is asked for twice.
        #[arg(long)]
        passphrase: bool,
    },
    /// Register the keys that sign your commits with a server.
    ///
    /// A branch can be protected there so that it takes only commits that are signed by registered
    /// keys of those who may push to it.
    #[command(after_help = "Examples:
  muse auth key add
    Register the key that `muse commit -S` signs with.
  muse auth key list
    Show which keys sign as you there.")]
    Key {
        #[command(subcommand)]
        action: key::KeyAction,
    },
    /// Show the servers that there are tokens for, and whose they are.
    #[command(after_help = "Examples:
  muse auth status https://hub.example
    Show as whom the server knows the token.")]
    Status {
        /// Only this server.
        #[arg(add = Completes::Server)]
        url: Option<String>,
    },
}

/// Runs `muse auth`.
///
/// # Errors
/// If a server does not accept the token or cannot be asked, or a key cannot be used.
pub fn run(context: &Context, args: AuthArgs) -> Result<(), CliError> {
    match args.action {
        AuthAction::Login { url, with_token } => login(context, url.as_deref(), with_token),
        AuthAction::Logout { url } => logout(context, url.as_deref()),
        AuthAction::Keygen { passphrase } => keygen(context, passphrase),
        AuthAction::Key { action } => key::run(context, action),
        AuthAction::Status { url } => status(context, url.as_deref()),
    }
}

fn login(context: &Context, url: Option<&str>, with_token: bool) -> Result<(), CliError> {
    let server = chosen_server(context, url, "URL")?;
    let config = context.user_config()?;
    if !server.is_private() && !plain_http_allowed(&config, &server) {
        let (host, setting) = (server.host(), plain_http_setting(&server));
        return Err(CliError::new(
            ErrorKind::Denied,
            format!("a token for {host} could be read on the way: http is not encrypted"),
        )
        .with_hint(format!(
            "use https, or to send it nevertheless: `muse config --global set {setting} true`"
        )));
    }
    let token = if with_token {
        read_token()?
    } else {
        ask_token(&server)?
    };
    let who = whoami(context, &server, token.clone())?;
    let mut credentials = Credentials::load(&config_home(context)?)?;
    match credential_helper(&config) {
        Some(helper) => {
            helper.store(&server, &who.user, &token)?;
            // What is in the file would win.
            credentials.remove(&server.origin())?;
        }
        None => credentials.store(&server.origin(), &token)?,
    }
    context.printer.note(format_args!(
        "logged in to {} as {}",
        server.origin(),
        describe(&who)
    ));
    if token_for(context, &server)?.token.as_ref() != Some(&token) {
        context
            .printer
            .warn("MUSE_TOKEN is set and wins over the stored token");
    }
    Ok(())
}

fn keygen(context: &Context, with_passphrase: bool) -> Result<(), CliError> {
    let config = context.user_config()?;
    let path = new_key_path(context, &config)?;
    let passphrase = with_passphrase.then(ask_new_passphrase).transpose()?;
    let key = SigningKey::generate()?;
    key.write_new(&path, passphrase.as_ref())?;
    if context.json() {
        return context.printer.json(&serde_json::json!({
            "file": path,
            "public_key": key.public_key().to_string(),
        }));
    }
    context
        .printer
        .note(format_args!("Wrote {}", quote_path(&path)));
    context.printer.line(key.public_key())?;
    context
        .printer
        .note("`muse commit -S` signs with it; `muse config --global set commit.sign true` always");
    context
        .printer
        .note("`muse auth key add` registers it with a server, where branches can ask for that");
    Ok(())
}

fn logout(context: &Context, url: Option<&str>) -> Result<(), CliError> {
    let server = chosen_server(context, url, "URL")?;
    let mut credentials = Credentials::load(&config_home(context)?)?;
    let helper = credential_helper(&context.user_config()?);
    if let Some(helper) = &helper {
        helper.erase(&server)?;
    }
    if !credentials.remove(&server.origin())? && helper.is_none() {
        return Err(CliError::not_found(format!(
            "there is no stored token for {}",
            server.origin()
        )));
    }
    context.printer.note(format_args!(
        "removed the token for {}; the server still accepts it until it is revoked there",
        server.origin()
    ));
    Ok(())
}

fn status(context: &Context, url: Option<&str>) -> Result<(), CliError> {
    let mut servers = match url {
        Some(_) => vec![chosen_server(context, url, "URL")?],
        None => match config_home(context) {
            Ok(home) => Credentials::load(&home)?
                .origins()
                .filter_map(|origin| ServerUrl::parse(origin).ok())
                .collect(),
            Err(_) => Vec::new(),
        },
    };
    // MUSE_TOKEN goes to the remote's server, which may have no stored token, and a helper does not
    // say which servers it has tokens for.
    if url.is_none()
        && (context.environment.token.is_some()
            || credential_helper(&context.user_config()?).is_some())
        && let Ok(server) = chosen_server(context, None, "URL")
        && !servers.contains(&server)
    {
        servers.push(server);
    }
    if servers.is_empty() {
        return Err(
            CliError::new(ErrorKind::Denied, "you are not logged in to any server")
                .with_hint("`muse auth login URL`, or set MUSE_TOKEN"),
        );
    }
    let mut answers = Vec::new();
    let mut failures = Vec::new();
    for server in servers {
        match status_of(context, &server) {
            Ok(who) => answers.push((server.origin(), who)),
            Err(error) => failures.push((server.origin(), error)),
        }
    }
    if context.json() {
        let answers: Vec<_> = answers
            .iter()
            .map(|(origin, who)| {
                serde_json::json!({
                    "server": origin,
                    "user": who.user,
                    "scope": who.scope,
                    "repo": who.repo,
                    "expires_at": who.expires_at,
                })
            })
            .collect();
        context.printer.json(&answers)?;
    } else {
        for (origin, who) in answers {
            context
                .printer
                .line(format_args!("{origin}: {}", describe(&who)))?;
        }
    }
    // The last one ends the command, with its hints; it says which server is meant.
    let last = failures.pop();
    for (origin, error) in failures {
        context.printer.warn(format_args!("{origin}: {error}"));
    }
    match last {
        Some((origin, mut error)) => {
            error.message = format!("{origin}: {}", error.message);
            Err(error)
        }
        None => Ok(()),
    }
}

/// Whose token it is, and what it is good for.
fn describe(who: &WhoamiResponse) -> String {
    let mut good_for = format!("scope {}", who.scope);
    if let Some(repo) = &who.repo {
        good_for += &format!(", for {repo} alone");
    }
    if let Some(seconds) = who.expires_at {
        let end = Timestamp {
            seconds,
            offset_minutes: 0,
        };
        good_for += &format!(", until {}", format_short(end));
    }
    format!("{} ({good_for})", who.user)
}

/// Whose token goes to this server.
fn status_of(context: &Context, server: &ServerUrl) -> Result<WhoamiResponse, CliError> {
    whoami(context, server, required_token(context, server)?)
}

fn whoami(
    context: &Context,
    server: &ServerUrl,
    token: Secret,
) -> Result<WhoamiResponse, CliError> {
    let login = Login {
        server,
        has_token: true,
        withheld: None,
    };
    sync::whoami(server.clone(), token, context).map_err(|error| error.explain(Some(login)))
}

fn config_home(context: &Context) -> Result<PathBuf, CliError> {
    context.environment.config_home.clone().ok_or_else(|| {
        CliError::failed("there is no directory for your configuration")
            .with_hint("set HOME or MUSE_CONFIG_HOME")
    })
}

fn read_token() -> Result<Secret, CliError> {
    let mut text = String::new();
    std::io::stdin()
        .take(MAX_TOKEN_BYTES)
        .read_to_string(&mut text)
        .map_err(|error| CliError::io("cannot read the token from standard input", error))?;
    checked_token(&text)
}

fn ask_token(server: &ServerUrl) -> Result<Secret, CliError> {
    let prompt = format!("Token for {}: ", server.origin());
    match ask_secret(&prompt).map_err(|error| CliError::io("cannot ask for the token", error))? {
        Some(text) => checked_token(text.reveal()),
        None => Err(
            CliError::usage("there is no terminal to ask for the token on").with_hint(format!(
                "pipe it in: `muse auth login {} --with-token < FILE`",
                server.origin()
            )),
        ),
    }
}

fn checked_token(text: &str) -> Result<Secret, CliError> {
    let token = text.trim();
    if token.is_empty() || !token.chars().all(|c| c.is_ascii_graphic()) {
        return Err(CliError::usage("that is not a token").with_hint(
            "a token is one word, as `musehub token create` prints it; standard input had none",
        ));
    }
    Ok(Secret::new(token))
}
