//! Who may know whom, as `ARCHITECTURE.md` promises: checked in manifests and sources.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The names in a manifest's `[dependencies]`.
fn dependencies(house: &str) -> Vec<String> {
    let manifest = fs::read_to_string(root().join(house).join("Cargo.toml")).expect("it is there");
    manifest
        .lines()
        .skip_while(|line| *line != "[dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

/// All sources of a room: `ROOM.rs` and everything below `ROOM/`.
fn sources(room: &str) -> Vec<(PathBuf, String)> {
    let mut pending = vec![root().join(format!("{room}.rs")), root().join(room)];
    let mut found = Vec::new();
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            let entries = fs::read_dir(&path).expect("it can be listed");
            pending.extend(entries.map(|entry| entry.expect("it can be listed").path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") && path.is_file() {
            let text = fs::read_to_string(&path).expect("it can be read");
            found.push((path, text));
        }
    }
    assert!(!found.is_empty(), "there is no {room}");
    found
}

/// No source of `room` uses any of `strangers`.
fn never_uses(room: &str, strangers: &[&str]) {
    for (path, text) in sources(room) {
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            for stranger in strangers {
                assert!(
                    !code.contains(stranger),
                    "{}:{}: uses `{stranger}`",
                    path.display(),
                    number + 1
                );
            }
        }
    }
}

#[test]
fn client_and_server_meet_only_in_wire() {
    assert!(!dependencies("cli").contains(&"musehub".to_owned()));
    assert!(!dependencies("server").contains(&"muse".to_owned()));
    let wire = dependencies("wire");
    assert!(!wire.contains(&"muse".to_owned()) && !wire.contains(&"musehub".to_owned()));
}

#[test]
fn wire_knows_no_runtime_no_terminal_and_no_database() {
    let wire = dependencies("wire");
    for stranger in [
        "tokio",
        "hyper",
        "reqwest",
        "clap",
        "indicatif",
        "diesel",
        "object_store",
        "tracing",
    ] {
        assert!(
            !wire.contains(&stranger.to_owned()),
            "wire depends on {stranger}"
        );
    }
}

#[test]
fn the_clients_inner_rooms_know_no_command_line() {
    for room in ["repository", "worktree", "walk", "transport", "import"] {
        never_uses(
            &format!("cli/src/{room}"),
            &[
                "clap::",
                "crate::printer",
                "crate::commands",
                "indicatif::",
                "println!",
                "stdout()",
            ],
        );
    }
}

#[test]
fn routes_write_no_sql_and_the_store_sees_no_requests() {
    for room in ["routes", "http"] {
        never_uses(
            &format!("server/src/{room}"),
            &["diesel", "SELECT ", "INSERT ", "UPDATE "],
        );
    }
    for room in ["store", "ingest", "fetch", "jobs"] {
        never_uses(
            &format!("server/src/{room}"),
            &["hyper::", "hyper_util::", "crate::http", "crate::routes"],
        );
    }
}
