//! `cargo demo -- [DIR]`: the whole path on real files, with one command.
//!
//! Starts an embedded server on a free port, commits a copy of DIR, pushes it, makes a few more
//! commits and a second branch, pushes those, clones everything into a fresh directory and compares
//! every byte and mode. Everything happens below one temporary directory.
//!
//! The program plays both parts: it embeds the server as a library, and it starts itself again,
//! with [`AS_MUSE`] as the first argument, to be the `muse` client in a process of its own.

mod client;
mod edits;
mod server;
mod source;
mod table;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use muse_e2e::harness::listing;

use client::{Client, say};
use server::DemoServer;
use table::{Row, Table};

/// First argument of the process that is to be `muse`.
const AS_MUSE: &str = "--as-muse";

/// Commits DIR, pushes it to a server of its own, clones it back and compares every byte.
#[derive(Debug, Parser)]
#[command(name = "demo")]
struct Arguments {
    /// The files to use; the sources of this project's dependencies, in Cargo's registry folder,
    /// unless given.
    dir: Option<PathBuf>,
    /// Keep the work tree, the clone and the server's data, and say where they are.
    #[arg(long)]
    keep: bool,
}

fn main() -> ExitCode {
    let mut arguments = std::env::args_os();
    if arguments.nth(1).is_some_and(|first| first == AS_MUSE) {
        return muse::app::run(std::iter::once("muse".into()).chain(arguments));
    }
    match demonstrate(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("The demo failed: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn demonstrate(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let folders = match &arguments.dir {
        Some(folder) => vec![
            folder
                .canonicalize()
                .map_err(|error| format!("{} cannot be read: {error}", folder.display()))?,
        ],
        None => source::own_dependencies()?,
    };
    let root = tempfile::Builder::new().prefix("muse-demo-").tempdir()?;
    let work = root.path().join("work");
    let copied = source::copy(&folders, &work)?;
    say(&format!(
        "Copied {} files, {:.1} MB, to {}.",
        copied.files,
        copied.bytes as f64 / 1e6,
        work.display()
    ));
    for note in &copied.notes {
        say(&format!("  ({note})"));
    }

    let server = DemoServer::start(&root.path().join("server"))?;
    let client = Client::new(root.path(), &server);
    let url = server.repo_url();
    let mut table = Table::default();

    say("\nA first commit, and a push of everything:\n");
    client.run(root.path(), &["init", "work"])?;
    client.run(&work, &["remote", "add", "origin", &url])?;
    let seconds = client.run(&work, &["commit", "-m", "Everything"])?;
    let contents = edits::distinct_objects(&work);
    table.add(Row::local("commit", copied.files, contents, seconds));
    let row = client.measure(&server, "push", &work, &["push", "origin", "main"])?;
    table.add(row.counting(copied.files, contents));

    say("\nThree more commits, and a second branch:\n");
    let changed = edits::edit(&work, 3, |message| {
        client
            .run(&work, &["commit", "-q", "-m", message])
            .map(drop)
    })?;
    let row = client.measure(&server, "push again", &work, &["push", "origin", "main"])?;
    table.add(row.counting(changed, changed));
    client.run(&work, &["switch", "-c", "topic"])?;
    let changed = edits::edit(&work, 2, |message| {
        client
            .run(&work, &["commit", "-q", "-m", message])
            .map(drop)
    })?;
    let row = client.measure(&server, "push branch", &work, &["push", "origin", "topic"])?;
    table.add(row.counting(changed, changed));

    say("\nA clone into a fresh directory:\n");
    let clone = root.path().join("clone");
    let into = clone.to_string_lossy().into_owned();
    let row = client.measure(
        &server,
        "clone",
        root.path(),
        &["clone", "-b", "topic", &url, &into],
    )?;
    let identical = compare(&work, &clone)?;
    table.add(row.counting(identical, edits::distinct_objects(&clone)));
    say(&format!(
        "\nEvery byte and mode of {identical} files is the same.\n"
    ));
    say(&table.to_string());

    server.stop();
    if arguments.keep {
        let kept = root.keep();
        say(&going_on(&format!(
            "--data {}",
            kept.join("server").display()
        )));
        say(&format!(
            "The work tree and the clone are in {}.",
            kept.display()
        ));
    } else {
        say(&going_on("--data ./hub"));
        say("(`cargo demo -- --keep` leaves this demo's data to try them on.)");
    }
    Ok(())
}

/// Compares two work trees and returns the number of files.
fn compare(work: &Path, clone: &Path) -> Result<u64, Box<dyn Error>> {
    let (here, there) = (listing(work), listing(clone));
    for (path, item) in &here {
        if there.get(path) != Some(item) {
            return Err(format!("{} differs in the clone", path.display()).into());
        }
    }
    if let Some(path) = there.keys().find(|path| !here.contains_key(*path)) {
        return Err(format!("{} is only in the clone", path.display()).into());
    }
    Ok(here.len() as u64)
}

fn going_on(data: &str) -> String {
    format!(
        "To go on by hand:

  cargo build --release -p muse -p musehub && export PATH=\"$PWD/target/release:$PATH\"
  musehub user create you {data}
  musehub repo create you/first {data}
  export MUSE_TOKEN=$(musehub token create --user you {data})
  musehub serve {data} --listen 127.0.0.1:8765 &
  muse init project && cd project
  muse remote add origin http://127.0.0.1:8765/you/first
  muse commit -m 'First' && muse push origin main
"
    )
}
