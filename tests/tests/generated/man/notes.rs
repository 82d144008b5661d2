//! What pages say beside their command line: files, other pages.

/// A term, and what it means.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Note {
    pub(crate) term: String,
    pub(crate) text: String,
}

impl Note {
    pub(super) fn new(term: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            term: term.into(),
            text: text.into(),
        }
    }
}

/// A file that people come across, what it is, and the pages that it is of use to; all pages of
/// the program, where none is named.
pub(super) struct FileNote {
    pub(super) path: &'static str,
    pub(super) text: &'static str,
    pub(super) pages: &'static [&'static str],
}

/// Pages of commands that look at what is ignored.
const IGNORING: &[&str] = &[
    "muse-check-ignore",
    "muse-clean",
    "muse-commit",
    "muse-grep",
    "muse-stash",
    "muse-stash-push",
    "muse-status",
];

/// Pages of commands that read or store tokens.
const WITH_TOKENS: &[&str] = &[
    "muse-auth",
    "muse-auth-key",
    "muse-auth-key-add",
    "muse-auth-key-list",
    "muse-auth-key-remove",
    "muse-auth-login",
    "muse-auth-logout",
    "muse-auth-status",
    "muse-clone",
    "muse-fetch",
    "muse-job-status",
    "muse-job-wait",
    "muse-pull",
    "muse-push",
];

/// The files of `muse`.
pub(super) const CLIENT_FILES: &[FileNote] = &[
    FileNote {
        path: ".muse",
        text: "The repository, in the root of the work tree.",
        pages: &[],
    },
    FileNote {
        path: ".muse/config.toml",
        text: "The settings of the repository.",
        pages: &[],
    },
    FileNote {
        path: "~/.config/muse/config.toml",
        text: "The user's settings.",
        pages: &[],
    },
    FileNote {
        path: "~/.config/muse/credentials.toml",
        text: "The tokens that `muse auth login` stored.",
        pages: WITH_TOKENS,
    },
    FileNote {
        path: "~/.config/muse/ignore",
        text: "Patterns of files that are not recorded in any of the user's repositories.",
        pages: IGNORING,
    },
    FileNote {
        path: ".museignore",
        text: "Patterns of files that are not recorded, in gitignore syntax, in any directory for \
               what is below it. Wildcards match bytes that are not UTF-8, too.",
        pages: IGNORING,
    },
    FileNote {
        path: ".muse/left-out`, `.muse/withheld",
        text: "What the last checkout left out of the work tree, and what servers withheld.",
        pages: &["muse-status", "muse-switch"],
    },
];

/// The files of `musehub`.
pub(super) const SERVER_FILES: &[FileNote] = &[
    FileNote {
        path: "DIR/musehub.sqlite",
        text: "The embedded database, in the directory that `--data` names, unless `--database` \
               names another one.",
        pages: &[],
    },
    FileNote {
        path: "DIR/blobs",
        text: "The blob store, unless `--blobs` names another one.",
        pages: &[],
    },
    FileNote {
        path: "DIR/secret",
        text: "The key that signs blob URLs, unless `--secret` gives another one.",
        pages: &[
            "musehub-serve",
            "musehub-worker",
            "musehub-backup",
            "musehub-restore",
        ],
    },
];

/// The files of `git-remote-muse`.
pub(super) const GIT_HELPER_FILES: &[FileNote] = &[
    FileNote {
        path: "GIT_DIR/muse/remotes",
        text: "Muse repositories with what the remotes have, one for each address.",
        pages: &[],
    },
    FileNote {
        path: "GIT_DIR/muse/commits",
        text: "Which of git's commits is which of muse's.",
        pages: &[],
    },
    FileNote {
        path: "~/.config/muse/credentials.toml",
        text: "The tokens that `muse auth login` stored.",
        pages: &[],
    },
];

/// Pages that a page has to do with, beside those above and below it.
const RELATED: &[(&str, &[&str])] = &[
    ("muse-auth", &["muse-config", "muse-push"]),
    ("muse-auth-key", &["muse-commit", "muse-verify-commit"]),
    ("muse-branch", &["muse-switch"]),
    ("muse-clone", &["muse-auth", "muse-fetch", "muse-remote"]),
    ("muse-commit", &["muse-diff", "muse-log", "muse-status"]),
    ("muse-config", &["muse-auth", "muse-remote"]),
    ("muse-diff", &["muse-show", "muse-status"]),
    ("muse-fetch", &["muse-pull", "muse-remote"]),
    ("git-remote-muse", &["muse-export-git", "muse-import-git"]),
    ("muse-export-git", &["git-remote-muse", "muse-import-git"]),
    ("muse-import-git", &["git-remote-muse", "muse-export-git"]),
    ("muse-init", &["muse-clone", "muse-import-git"]),
    ("muse-job", &["muse-push"]),
    ("muse-job-wait", &["muse-push"]),
    ("muse-log", &["muse-diff", "muse-show"]),
    ("muse-pull", &["muse-fetch", "muse-push"]),
    ("muse-push", &["muse-auth", "muse-job", "muse-pull"]),
    ("muse-remote", &["muse-clone", "muse-fetch", "muse-push"]),
    ("muse-show", &["muse-diff", "muse-log"]),
    ("muse-status", &["muse-commit", "muse-diff", "muse-switch"]),
    ("muse-switch", &["muse-branch", "muse-status"]),
    ("musehub-backup", &["musehub-restore"]),
    ("musehub-block", &["musehub-takedown"]),
    ("musehub-doctor", &["musehub-gc"]),
    ("musehub-gc", &["musehub-doctor"]),
    ("musehub-key", &["musehub-repo-protect"]),
    ("musehub-repo-protect", &["musehub-key", "musehub-member"]),
    ("musehub-restore", &["musehub-backup"]),
    ("musehub-restore-object", &["musehub-takedown"]),
    ("musehub-serve", &["musehub-worker"]),
    (
        "musehub-takedown",
        &["musehub-block", "musehub-restore-object"],
    ),
    ("musehub-worker", &["musehub-serve"]),
];

/// The pages that `page` has to do with.
pub(super) fn related(page: &str) -> &'static [&'static str] {
    let found = RELATED.iter().find(|(name, _)| *name == page);
    found.map_or(&[], |(_, pages)| *pages)
}

/// All pages that are named here.
pub(crate) fn named_pages() -> impl Iterator<Item = &'static str> {
    let files = CLIENT_FILES.iter().chain(SERVER_FILES);
    let related = RELATED.iter().flat_map(|(page, pages)| {
        let pages = pages.iter().copied();
        pages.chain([*page])
    });
    files
        .flat_map(|note| note.pages.iter().copied())
        .chain(related)
}
