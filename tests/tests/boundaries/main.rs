//! The boundaries that ARCHITECTURE.md draws, checked against the sources: who may name what, and
//! no circle of modules that import each other. And no line is too long to read.

mod lines;
mod modules;

use std::fs;
use std::path::{Path, PathBuf};

use self::modules::ModuleGraph;

/// One boundary: no source below `inside` may name one of `forbidden`.
struct Boundary {
    inside: &'static [&'static str],
    forbidden: &'static [&'static str],
    reason: &'static str,
}

const BOUNDARIES: &[Boundary] = &[
    Boundary {
        inside: &["wire/src"],
        forbidden: &[
            "tokio::",
            "hyper::",
            "reqwest::",
            "diesel::",
            "clap::",
            "indicatif::",
            "musehub::",
            "muse::",
        ],
        reason: "the shared language knows no runtime, terminal, database or either side",
    },
    Boundary {
        inside: &["cli/src"],
        forbidden: &["musehub::", "diesel::", "object_store::"],
        reason: "the client never calls the server's crate",
    },
    Boundary {
        inside: &["server/src"],
        forbidden: &["use muse::", "indicatif::", "gix::"],
        reason: "the server never calls the client's crate",
    },
    Boundary {
        inside: &[
            "cli/src/bisect",
            "cli/src/branches",
            "cli/src/credentials",
            "cli/src/diff",
            "cli/src/fsck",
            "cli/src/gc",
            "cli/src/history",
            "cli/src/git",
            "cli/src/import",
            "cli/src/integrate",
            "cli/src/merge",
            "cli/src/message",
            "cli/src/report",
            "cli/src/repository",
            "cli/src/search",
            "cli/src/stash",
            "cli/src/secret",
            "cli/src/signing",
            "cli/src/status",
            "cli/src/sync",
            "cli/src/tags",
            "cli/src/undo",
            "cli/src/transport",
            "cli/src/walk",
            "cli/src/worktree",
        ],
        forbidden: &[
            "clap::",
            "indicatif::",
            "console::",
            "std::env",
            "std::io::stdin",
            "std::io::stdout",
            "std::io::stderr",
            "crate::ui",
            "crate::commands",
            "crate::app",
        ],
        reason: "the library knows neither the command line, the terminal nor the environment",
    },
    Boundary {
        inside: &["cli/src/commands"],
        forbidden: &["indicatif::", "console::", "std::env", "crate::app"],
        reason: "commands reach the terminal and the environment through ui",
    },
    Boundary {
        inside: &["cli/src/ui"],
        forbidden: &["crate::commands", "crate::app"],
        reason: "ui serves every command and knows none",
    },
    Boundary {
        inside: &["cli/src/sync"],
        forbidden: &[
            "crate::bisect",
            "crate::branches",
            "crate::credentials",
            "crate::diff",
            "crate::fsck",
            "crate::gc",
            "crate::history",
            "crate::export",
            "crate::import",
            "crate::integrate",
            "crate::merge",
            "crate::search",
            "crate::stash",
            "crate::status",
            "crate::tags",
            "crate::undo",
        ],
        reason: "what a repository does with a server stands beside what it does alone",
    },
    Boundary {
        inside: &[
            "cli/src/bisect",
            "cli/src/branches",
            "cli/src/diff",
            "cli/src/history",
            "cli/src/git",
            "cli/src/import",
            "cli/src/integrate",
            "cli/src/merge",
            "cli/src/search",
            "cli/src/stash",
            "cli/src/status",
            "cli/src/tags",
            "cli/src/undo",
            "cli/src/worktree",
        ],
        forbidden: &[
            "crate::credentials",
            "crate::sync",
            "crate::transport",
            "crate::walk",
        ],
        reason: "what a repository does alone needs no server",
    },
    Boundary {
        inside: &["cli/src/export", "cli/src/gc"],
        forbidden: &["crate::credentials", "crate::sync", "crate::transport"],
        reason: "what is packed and dropped is decided here alone",
    },
    Boundary {
        inside: &["cli/src/worktree", "cli/src/walk"],
        forbidden: &[
            "crate::bisect",
            "crate::branches",
            "crate::credentials",
            "crate::diff",
            "crate::history",
            "crate::export",
            "crate::import",
            "crate::integrate",
            "crate::merge",
            "crate::search",
            "crate::stash",
            "crate::status",
            "crate::sync",
            "crate::tags",
            "crate::undo",
            "crate::transport",
        ],
        reason: "files and packs stand on the repository alone",
    },
    Boundary {
        inside: &["cli/src/repository", "cli/src/transport"],
        forbidden: &[
            "crate::branches",
            "crate::diff",
            "crate::history",
            "crate::export",
            "crate::import",
            "crate::merge",
            "crate::search",
            "crate::status",
            "crate::sync",
            "crate::tags",
            "crate::walk",
            "crate::worktree",
        ],
        reason: "storage and network are the client's ground floor",
    },
    Boundary {
        inside: &["cli/src/repository"],
        forbidden: &["crate::transport", "tokio::", "reqwest::"],
        reason: "the repository is on this machine",
    },
    Boundary {
        inside: &["cli/src/transport"],
        forbidden: &["crate::repository"],
        reason: "a transfer knows files, not repositories",
    },
    Boundary {
        inside: &[
            "server/src/routes",
            "server/src/http",
            "server/src/ingest",
            "server/src/fetch",
            "server/src/jobs",
            "server/src/history",
            "server/src/mpacks",
            "server/src/blobs",
        ],
        forbidden: &["diesel::", "diesel_async::", "sql_query"],
        reason: "only the store writes SQL",
    },
    Boundary {
        inside: &[
            "server/src/jobs",
            "server/src/store/built_mpacks",
            "server/src/store/jobs",
            "server/src/store/queue",
        ],
        forbidden: &["SystemTime", "std::time::SystemTime", "now_ms", "jiff::"],
        reason: "leases and ages go by the database's clock, never by a process's own",
    },
    Boundary {
        inside: &["server/src/store", "server/src/blobs"],
        forbidden: &[
            "hyper::",
            "crate::error",
            "crate::history",
            "crate::mpacks",
            "crate::jobs",
            "crate::ingest",
            "crate::fetch",
            "crate::deletion",
            "crate::http",
            "crate::routes",
            "crate::server",
        ],
        reason: "the ground floor never sees HTTP, nor the work that uses it",
    },
    Boundary {
        inside: &["server/src/jobs", "server/src/history", "server/src/mpacks"],
        forbidden: &[
            "hyper::",
            "crate::ingest",
            "crate::fetch",
            "crate::deletion",
            "crate::http",
            "crate::routes",
            "crate::server",
        ],
        reason: "what ingest and fetch are built from knows neither of them",
    },
    Boundary {
        inside: &["server/src/ingest"],
        forbidden: &[
            "hyper::",
            "crate::fetch",
            "crate::deletion",
            "crate::http",
            "crate::routes",
            "crate::server",
        ],
        reason: "ingest knows neither fetch nor HTTP",
    },
    Boundary {
        inside: &["server/src/fetch"],
        forbidden: &[
            "hyper::",
            "crate::ingest",
            "crate::deletion",
            "crate::http",
            "crate::routes",
            "crate::server",
        ],
        reason: "fetch knows neither ingest nor HTTP",
    },
    Boundary {
        inside: &["server/src/deletion"],
        forbidden: &[
            "hyper::",
            "crate::ingest",
            "crate::fetch",
            "crate::http",
            "crate::routes",
            "crate::server",
        ],
        reason: "what remains after a repository knows neither pushes nor HTTP",
    },
    Boundary {
        inside: &["server/src/http"],
        forbidden: &[
            "crate::ingest",
            "crate::fetch",
            "crate::deletion",
            "crate::jobs",
            "crate::routes",
            "crate::server",
        ],
        reason: "the HTTP module is given its routes",
    },
];

#[test]
fn nobody_reaches_over_a_boundary() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the crate lies in the workspace");
    let mut breaches = Vec::new();
    for boundary in BOUNDARIES {
        let mut sources = Vec::new();
        for inside in boundary.inside {
            rust_sources(&root.join(inside), &mut sources);
            sources.extend(Some(root.join(format!("{inside}.rs"))).filter(|path| path.exists()));
        }
        assert!(
            !sources.is_empty(),
            "{:?} holds no sources",
            boundary.inside
        );
        for source in sources {
            let name = source
                .strip_prefix(root)
                .expect("found below the root")
                .display()
                .to_string();
            let text = fs::read_to_string(&source).expect("a source is readable UTF-8");
            // Unit tests, at the end of a file, may reach further.
            let shipped = text.lines().take_while(|line| *line != "#[cfg(test)]");
            for (number, line) in (1..)
                .zip(shipped)
                .filter(|(_, line)| !line.trim_start().starts_with("//"))
            {
                if let Some(forbidden) = boundary
                    .forbidden
                    .iter()
                    .find(|forbidden| names(line, forbidden))
                {
                    breaches.push(format!(
                        "{name}:{number} names `{forbidden}`: {}",
                        boundary.reason
                    ));
                }
            }
        }
    }
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

/// Whether `line` names `path`, and not a longer path that ends with it.
fn names(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        !line[..at]
            .ends_with(|before: char| before.is_alphanumeric() || before == '_' || before == ':')
    })
}

fn rust_sources(directory: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(directory) else {
        return;
    };
    for entry in entries {
        let path = entry.expect("a source directory can be listed").path();
        if path.is_dir() {
            rust_sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn no_modules_import_each_other_in_a_circle() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the crate lies in the workspace");
    let mut circles = String::new();
    for crate_root in [
        "wire/src/lib.rs",
        "cli/src/lib.rs",
        "server/src/lib.rs",
        "tests/src/lib.rs",
    ] {
        for circle in ModuleGraph::read(&root.join(crate_root)).circles() {
            circles += &format!("\na circle of imports in {crate_root}:\n");
            for import in circle {
                circles += &format!(
                    "  {}\n",
                    import.replace(&format!("{}/", root.display()), "")
                );
            }
        }
    }
    assert!(circles.is_empty(), "{circles}");
}

#[test]
fn no_line_is_too_long() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the crate lies in the workspace");
    let long = lines::too_long(root);
    assert!(long.is_empty(), "over 100 columns:\n{}", long.join("\n"));
}

#[test]
fn a_breach_is_recognised() {
    assert!(names("use clap::Args;", "clap::"));
    assert!(names("    let x: diesel::Queryable = y;", "diesel::"));
    assert!(!names("use my_clap::Args;", "clap::"));
}
