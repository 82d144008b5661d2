//! `with_postgres COMMAND…`: runs a command with a throw-away PostgreSQL cluster that all tests in
//! it share, instead of one for every test process.

use std::process::{Command, ExitCode};

use muse_e2e::harness::{Cluster, POSTGRES_URL_VARIABLE};

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(reason) => {
            complain(&reason);
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode, String> {
    let mut arguments = std::env::args_os().skip(1);
    let program = arguments.next().ok_or("usage: with_postgres COMMAND…")?;
    let cluster = Cluster::start()?;
    let status = Command::new(&program)
        .args(arguments)
        .env(POSTGRES_URL_VARIABLE, cluster.url())
        .status()
        .map_err(|error| format!("{} cannot be started: {error}", program.display()))?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(
            status
                .code()
                .and_then(|code| code.try_into().ok())
                .unwrap_or(1),
        )
    })
}

#[expect(clippy::print_stderr, reason = "a test tool has no printer")]
fn complain(reason: &str) {
    eprintln!("with_postgres: {reason}");
}
