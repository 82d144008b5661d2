//! The `musehub` binary: reads the command line, calls the library, prints what is asked for.

mod commands;
mod log;

use std::env;
use std::io::ErrorKind;
use std::process::ExitCode;

use musehub::config::arguments::{
    Arguments, ArgumentsError, Command, EXIT_FAILURE, EXIT_PENDING, EXIT_USAGE,
};
use musehub::{Config, Server, with_causes};
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};

use commands::{CommandError, print_error, print_line};
use log::Log;

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
    let log = Log::start(arguments.log_format, arguments.otlp_endpoint.as_ref());
    let _log = match log {
        Ok(log) => log,
        Err(error) => {
            print_error(&with_causes(&error));
            return ExitCode::from(EXIT_USAGE);
        }
    };
    match block_on(run(arguments.command)) {
        Ok(()) => ExitCode::SUCCESS,
        // The reader of the output has closed it, which is no error.
        Err(CommandError::Print(error)) if error.kind() == ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(error) => {
            print_error(&with_causes(&error));
            match error {
                CommandError::Pending(_) => ExitCode::from(EXIT_PENDING),
                _ => ExitCode::from(EXIT_FAILURE),
            }
        }
    }
}

/// Runs a command to its end, and leaves behind whatever blocks longer, as on a file system that
/// hangs: to the work it is as if the process were killed.
fn block_on(command: impl Future<Output = Result<(), CommandError>>) -> Result<(), CommandError> {
    let runtime = Runtime::new().map_err(CommandError::Process)?;
    let result = runtime.block_on(command);
    runtime.shutdown_background();
    result
}

async fn run(command: Command) -> Result<(), CommandError> {
    match command {
        Command::Serve(arguments) => run_server(arguments.config()).await,
        Command::Worker(arguments) => run_server(arguments.config()).await,
        Command::Migrate(arguments) => commands::migrate(arguments).await,
        Command::User(command) => commands::user(command).await,
        Command::Token(command) => commands::token(command).await,
        Command::Key(command) => commands::key(command).await,
        Command::Member(command) => commands::member(command).await,
        Command::Repo(command) => commands::repo(command).await,
        Command::Audit(arguments) => commands::audit(arguments).await,
        Command::Block(command) => commands::block(command).await,
        Command::Takedown(arguments) => commands::take_down(arguments).await,
        Command::RestoreObject(arguments) => commands::restore_object(arguments).await,
        Command::Gc(arguments) => commands::gc(arguments).await,
        Command::Doctor(arguments) => commands::doctor(arguments).await,
        Command::Quarantine(command) => commands::quarantine(command).await,
        Command::Backup(arguments) => commands::backup(arguments).await,
        Command::Restore(arguments) => commands::restore_from(arguments).await,
    }
}

/// Runs a server until it is asked to stop.
async fn run_server(config: Config) -> Result<(), CommandError> {
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

/// The signals that ask a server to stop, or to read its certificate again.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    /// From now on the signals no longer kill the process.
    fn listen() -> Result<Self, CommandError> {
        let listen = |kind| signal(kind).map_err(CommandError::Process);
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
