//! The `musehub` binary: reads the command line, calls the library, prints what is asked for.

use std::env;
use std::io::{self, ErrorKind, IsTerminal as _, Write as _};
use std::process::ExitCode;

use muse_wire::name::RepoName;
use musehub::admin::{self, AdminError};
use musehub::config::arguments::{
    Arguments, ArgumentsError, Command, DataArguments, LogFormat, RepoCommand, TokenCommand,
    UserCommand,
};
use musehub::store::Store;
use musehub::{
    Config, Server, StartError, open_existing_store, open_store, pending_migrations, with_causes,
};
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Which log lines are written; `tracing-subscriber`'s filter syntax.
const LOG_VARIABLE: &str = "MUSEHUB_LOG";

/// Exit code of a command line, or a file of settings, that is wrong.
const EXIT_USAGE: u8 = 2;

/// Exit code of `migrate --check` where migrations are pending.
const EXIT_PENDING: u8 = 3;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
enum MainError {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Admin(#[from] AdminError),
    #[error("{0} would be deleted with all its history: add --yes if you mean it")]
    Unconfirmed(RepoName),
    #[error("{0} was not deleted: that is not its name")]
    Misspelt(RepoName),
    #[error("migrations that are pending: {0}")]
    Pending(usize),
    #[error("cannot read the answer")]
    Answer(#[source] io::Error),
    #[error("cannot print the result")]
    Print(#[source] io::Error),
    #[error("cannot set up the process")]
    Process(#[source] io::Error),
}

fn main() -> ExitCode {
    musehub::limit_memory_pools();
    let arguments = match Arguments::read(env::args_os()) {
        Ok(arguments) => arguments,
        Err(ArgumentsError::Usage(error)) => error.exit(),
        Err(ArgumentsError::File(error)) => {
            print_error(&with_causes(&error));
            return ExitCode::from(EXIT_USAGE);
        }
    };
    start_log(arguments.log_format);
    match block_on(run(arguments.command)) {
        Ok(()) => ExitCode::SUCCESS,
        // The reader of the output has closed it, which is no error.
        Err(MainError::Print(error)) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            print_error(&with_causes(&error));
            match error {
                MainError::Pending(_) => ExitCode::from(EXIT_PENDING),
                _ => ExitCode::FAILURE,
            }
        }
    }
}

/// Runs a command to its end, and leaves behind whatever blocks longer, as on a file system that
/// hangs: to the work it is as if the process were killed.
fn block_on(command: impl Future<Output = Result<(), MainError>>) -> Result<(), MainError> {
    let runtime = Runtime::new().map_err(MainError::Process)?;
    let result = runtime.block_on(command);
    runtime.shutdown_background();
    result
}

async fn run(command: Command) -> Result<(), MainError> {
    match command {
        Command::Serve(arguments) => run_server(arguments.config()).await,
        Command::Worker(arguments) => run_server(arguments.config()).await,
        Command::Migrate(arguments) if arguments.check => check_migrations(arguments.data).await,
        Command::Migrate(arguments) => create(arguments.data).await.map(drop),
        Command::User(UserCommand::Create { name, data }) => {
            Ok(admin::create_user(&create(data).await?, &name).await?)
        }
        Command::Token(command) => token(command).await,
        Command::Repo(command) => repo(command).await,
    }
}

/// Runs a server until it is asked to stop.
async fn run_server(config: Config) -> Result<(), MainError> {
    tokio::spawn(musehub::give_back_memory());
    let mut signals = Signals::listen()?;
    let workers = config.workers;
    let server = Server::start(config).await?;
    match server.base_url() {
        Some(url) => print_line(&format!("listening on {url}"))?,
        None => tracing::info!(workers, "running jobs"),
    }
    signals
        .stop_received(async || server.reload_certificate().await)
        .await;
    tracing::info!("stopping");
    tokio::select! {
        () = server.stop() => {}
        () = signals.stop_received(async || {}) => tracing::warn!("stopping at once"),
    }
    Ok(())
}

/// Prints the migrations that a start of a server would apply.
async fn check_migrations(data: DataArguments) -> Result<(), MainError> {
    let pending = pending_migrations(&data.config()).await?;
    pending.iter().try_for_each(|name| print_line(name))?;
    if pending.is_empty() {
        Ok(())
    } else {
        Err(MainError::Pending(pending.len()))
    }
}

async fn token(command: TokenCommand) -> Result<(), MainError> {
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
            tokens.iter().try_for_each(|token| {
                let state = match token.revoked_at_ms {
                    Some(_) => "revoked",
                    None => "valid",
                };
                let (id, user, scope, label) =
                    (token.id.0, &token.user, token.scope.as_str(), &token.label);
                print_line(&format!("{id}\t{user}\t{scope}\t{state}\t{label}"))
            })
        }
        TokenCommand::Revoke { id, data } => Ok(admin::revoke_token(&open(data).await?, id).await?),
    }
}

async fn repo(command: RepoCommand) -> Result<(), MainError> {
    match command {
        RepoCommand::Create {
            name,
            private,
            data,
        } => {
            admin::create_repo(&open(data).await?, name, private).await?;
            Ok(())
        }
        RepoCommand::List { data } => {
            let repos = admin::list_repos(&open(data).await?).await?;
            repos.iter().try_for_each(|repo| {
                let visibility = if repo.private { "private" } else { "public" };
                print_line(&format!("{}\t{visibility}\t{}", repo.name, repo.uuid))
            })
        }
        RepoCommand::Delete { name, yes, data } => {
            let store = open(data).await?;
            if !yes {
                confirm_deletion(&name)?;
            }
            Ok(admin::delete_repo(&store, name).await?)
        }
    }
}

/// The database, for the commands that come first: it is created where it is missing.
async fn create(data: DataArguments) -> Result<Store, MainError> {
    Ok(open_store(&data.config()).await?)
}

/// The database, for all other commands.
async fn open(data: DataArguments) -> Result<Store, MainError> {
    Ok(open_existing_store(&data.config()).await?)
}

/// The signals that ask a server to stop, or to read its certificate again.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    /// From now on the signals no longer kill the process.
    fn listen() -> Result<Self, MainError> {
        let listen = |kind| signal(kind).map_err(MainError::Process);
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
            hangup: listen(SignalKind::hangup())?,
        })
    }

    /// Returns when the process shall stop; until then, does `on_hangup` at each hang-up.
    async fn stop_received(&mut self, on_hangup: impl AsyncFn()) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
                _ = self.hangup.recv() => on_hangup().await,
            }
        }
    }
}

fn start_log(format: LogFormat) {
    let filter = EnvFilter::builder()
        .with_env_var(LOG_VARIABLE)
        .try_from_env()
        .unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr);
    match format {
        LogFormat::Text => log.with_ansi(false).init(),
        LogFormat::Json => log.json().init(),
    }
}

/// Has the name of the repository typed that is to be deleted.
fn confirm_deletion(name: &RepoName) -> Result<(), MainError> {
    if !io::stdin().is_terminal() {
        return Err(MainError::Unconfirmed(name.clone()));
    }
    print_error(&format!(
        "{name} will be deleted with all its history; type its name to confirm"
    ));
    let mut answer = String::new();
    io::stdin()
        .read_line(&mut answer)
        .map_err(MainError::Answer)?;
    if answer.trim() == name.to_string() {
        Ok(())
    } else {
        Err(MainError::Misspelt(name.clone()))
    }
}

/// Prints one line of a command's result.
fn print_line(line: &str) -> Result<(), MainError> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")
        .and_then(|()| out.flush())
        .map_err(MainError::Print)
}

/// Prints on stderr why a command failed, or what it asks.
fn print_error(message: &str) {
    // Where stderr is closed, the exit code still tells.
    let _ = writeln!(io::stderr(), "musehub: {message}");
}
