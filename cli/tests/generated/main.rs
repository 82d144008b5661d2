//! The completion scripts and man pages in the repository are exactly what the command tree gives.
//!
//! `MUSE_UPDATE_GENERATED=1 cargo test -p muse --test generated` brings them up to date.

mod exit_codes;
mod man;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::CommandFactory as _;
use muse::app::App;
use muse::ui::completion::Shell;
use muse::ui::environment::Environment;
use muse::ui::error::ErrorKind;

/// Set to rewrite the files instead of comparing them.
const UPDATE: &str = "MUSE_UPDATE_GENERATED";

/// Every generated file: its path from the root of the project, and what it must hold.
fn generated() -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for shell in Shell::ALL {
        let path = Path::new("completions").join(shell.file_name());
        files.insert(path, shell.script().as_bytes().to_vec());
    }
    let mut root = App::command();
    root.build();
    add_pages(&root, &[], &mut files);
    files
}

/// The man page of a command, which is below the commands `above`, and those of the commands below
/// it.
fn add_pages(
    command: &clap::Command,
    above: &[&clap::Command],
    files: &mut BTreeMap<PathBuf, Vec<u8>>,
) {
    let name = man::name_of(command);
    let page = man::page(command, above);
    files.insert(Path::new("man").join(format!("{name}.1")), page);
    let above = [above, &[command]].concat();
    for below in man::below(command) {
        add_pages(below, &above, files);
    }
}

#[test]
fn completions_and_man_pages_are_up_to_date() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the crate lies in the project");
    let generated = generated();
    if std::env::var_os(UPDATE).is_some() {
        for directory in ["completions", "man"] {
            let _ = std::fs::remove_dir_all(project.join(directory));
            std::fs::create_dir(project.join(directory)).expect("the project is writable");
        }
        for (path, contents) in &generated {
            std::fs::write(project.join(path), contents).expect("the project is writable");
        }
    }
    let stale: Vec<_> = generated
        .iter()
        .filter(|(path, contents)| {
            std::fs::read(project.join(path)).ok().as_ref() != Some(contents)
        })
        .map(|(path, _)| path)
        .collect();
    assert!(stale.is_empty(), "run this test with {UPDATE}=1: {stale:?}");
    let present = ["completions", "man"].into_iter().flat_map(|directory| {
        let entries = project.join(directory).read_dir().expect("committed");
        entries.map(move |entry| Path::new(directory).join(entry.expect("readable").file_name()))
    });
    let extra: Vec<_> = present
        .filter(|path| !generated.contains_key(path))
        .collect();
    assert!(extra.is_empty(), "of commands that are gone: {extra:?}");
}

#[test]
fn every_page_that_is_named_is_there() {
    let generated = generated();
    let pages = man::notes::named_pages().map(|page| Path::new("man").join(format!("{page}.1")));
    let missing: Vec<_> = pages.filter(|page| !generated.contains_key(page)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_environment_variable_is_documented() {
    let asked = RefCell::new(BTreeSet::new());
    Environment::from_lookup(|name| {
        asked.borrow_mut().insert(name.to_owned());
        None
    });
    let notes = man::notes::ENVIRONMENT.iter();
    let names = notes.flat_map(|note| note.term.split(", "));
    let documented: BTreeSet<_> = names
        .map(|name| name.trim_matches('`').to_owned())
        .collect();
    assert_eq!(documented, asked.into_inner());
}

#[test]
fn every_exit_code_is_documented() {
    let listed: Vec<u8> = exit_codes::exit_codes()
        .into_iter()
        .map(|(code, _)| code)
        .collect();
    let mut codes: Vec<u8> = ErrorKind::ALL.iter().map(|kind| kind.exit_code()).collect();
    codes.sort_unstable();
    assert_eq!(listed, codes);
}
