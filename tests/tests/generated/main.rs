//! The completion scripts and man pages in the repository are exactly what the command trees of
//! `muse` and `musehub` give.
//!
//! `MUSE_UPDATE_GENERATED=1 cargo test -p muse-e2e --test generated` brings them up to date.

mod exit_codes;
mod man;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use muse::ui::completion::Shell;
use muse::ui::error::ErrorKind;

use self::man::Manual;

/// Set to rewrite the files instead of comparing them.
const UPDATE: &str = "MUSE_UPDATE_GENERATED";

/// Every generated file: its path from the root of the project, and what it must hold.
fn generated() -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for shell in Shell::ALL {
        let path = Path::new("completions").join(shell.file_name());
        files.insert(path, shell.script().as_bytes().to_vec());
    }
    for manual in Manual::ALL {
        add_pages(&manual, &manual.root(), &[], &mut files);
    }
    files
}

/// The man page of a command, which is below the commands `above`, and those of the commands below
/// it.
fn add_pages(
    manual: &Manual,
    command: &clap::Command,
    above: &[&clap::Command],
    files: &mut BTreeMap<PathBuf, Vec<u8>>,
) {
    let name = man::name_of(command);
    let page = man::page(manual, command, above);
    files.insert(Path::new("man").join(format!("{name}.1")), page);
    let above = [above, &[command]].concat();
    for below in man::below(command) {
        add_pages(manual, below, &above, files);
    }
}

/// The project's root.
fn project() -> &'static Path {
    let this_crate = Path::new(env!("CARGO_MANIFEST_DIR"));
    this_crate.parent().expect("the crate lies in the project")
}

#[test]
fn completions_and_man_pages_are_up_to_date() {
    let project = project();
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

/// Variables of the tests alone, which no manual has.
const OF_TESTS: &[&str] = &["MUSE_FAULT", "MUSE_FAULT_LOCK_WAIT", "MUSEHUB_FAULT"];

#[test]
fn every_variable_that_the_sources_name_is_in_the_manual() {
    let mut named = BTreeSet::new();
    for directory in ["cli/src", "server/src"] {
        collect_variables(&project().join(directory), &mut named);
    }
    assert!(named.contains("MUSE_TOKEN") && named.contains("MUSEHUB_DATA"));
    let documented: String = Manual::ALL
        .iter()
        .flat_map(|manual| manual.variables(&manual.root()))
        .map(|note| note.term)
        .collect();
    let is_missing = |name: &&String| {
        !documented.contains(&format!("`{name}`")) && !OF_TESTS.contains(&name.as_str())
    };
    let missing: Vec<&String> = named.iter().filter(is_missing).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// The names of our own variables that are strings in the sources below a directory.
fn collect_variables(directory: &Path, names: &mut BTreeSet<String>) {
    for entry in directory.read_dir().expect("a source directory") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            collect_variables(&path, names);
            continue;
        }
        let source = std::fs::read_to_string(&path).expect("a source");
        let strings = source.split('"').filter(|text| {
            let is_name = |byte| matches!(byte, b'A'..=b'Z' | b'_');
            let rest = text.strip_prefix("MUSEHUB_").or(text.strip_prefix("MUSE_"));
            rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(is_name))
        });
        names.extend(strings.map(str::to_owned));
    }
}

#[test]
fn every_command_has_examples_that_are_understood() {
    for manual in Manual::ALL {
        let root = manual.root();
        check_examples(&root, &root);
    }
}

fn check_examples(command: &clap::Command, root: &clap::Command) {
    let name = man::name_of(command);
    let examples = man::examples(command);
    assert!(
        !examples.is_empty(),
        "`{name} --help` ends without examples"
    );
    for man::Example { line, text } in examples {
        assert!(text.ends_with('.'), "{line}: {text:?}");
        // Whether git understands it is not for this test.
        if line.starts_with("git ") {
            continue;
        }
        let matches = root.clone().try_get_matches_from(split(&line));
        let matches = matches.unwrap_or_else(|error| panic!("{line}: {error}"));
        let mut called = root.get_name().to_owned();
        let mut below = matches.subcommand();
        while let Some((name, matches)) = below {
            called = format!("{called}-{name}");
            below = matches.subcommand();
        }
        // Of a group, the examples are of its commands.
        let is_about_it = match command.has_subcommands() {
            true => called.starts_with(name),
            false => called == name,
        };
        assert!(is_about_it, "of {name}: {line}");
    }
    for below in man::below(command) {
        check_examples(below, root);
    }
}

/// The words of a line as a shell splits it, of which some are in single quotation marks.
fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (number, piece) in line.split('\'').enumerate() {
        match number % 2 {
            0 => words.extend(piece.split_whitespace().map(str::to_owned)),
            // Behind an equals sign, it belongs to the word before.
            _ => match words.last_mut() {
                Some(option) if option.ends_with('=') => option.push_str(piece),
                _ => words.push(piece.to_owned()),
            },
        }
    }
    words
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
