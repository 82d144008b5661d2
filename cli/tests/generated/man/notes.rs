//! What pages say beside their command line: environment variables, files, other pages.

/// A term, what it means, and the pages that it is of use to.
pub(crate) struct Note {
    pub(crate) term: &'static str,
    pub(crate) text: &'static str,
    pub(crate) pages: &'static [&'static str],
}

/// Pages of commands that speak to a server, and of the whole.
const SERVER: &[&str] = &[
    "muse",
    "muse-auth",
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

/// Pages of commands that show long output.
const PAGED: &[&str] = &["muse", "muse-diff", "muse-log", "muse-show"];

/// The variables that have an effect.
pub(crate) const ENVIRONMENT: &[Note] = &[
    Note {
        term: "`MUSE_TOKEN`",
        text: "Token for a server; wins over those that `muse auth login` stored.",
        pages: SERVER,
    },
    Note {
        term: "`MUSE_HOST`",
        text: "The only server that `MUSE_TOKEN` goes to, as HOST or HOST:PORT. Without it, the \
               token goes to any server over https, and to this machine.",
        pages: SERVER,
    },
    Note {
        term: "`MUSE_AUTHOR_NAME`, `MUSE_AUTHOR_EMAIL`",
        text: "Author of new commits; win over the settings `user.name` and `user.email`.",
        pages: &["muse", "muse-commit"],
    },
    Note {
        term: "`MUSE_COMMIT_DATE`",
        text: "Time of new commits: RFC 3339, SECONDS OFFSET or @SECONDS. Now, unless it is set.",
        pages: &["muse", "muse-commit"],
    },
    Note {
        term: "`MUSE_EDITOR`, `VISUAL`, `EDITOR`",
        text: "Editor for commit messages; the first that is set counts.",
        pages: &["muse", "muse-commit"],
    },
    Note {
        term: "`MUSE_PAGER`, `PAGER`",
        text: "Program that shows long output; the first that is set counts. Empty or `cat` turns \
               paging off.",
        pages: PAGED,
    },
    Note {
        term: "`MUSE_CONFIG_HOME`, `XDG_CONFIG_HOME`, `HOME`",
        text: "The user's settings and tokens are in `$MUSE_CONFIG_HOME`, else in \
               `$XDG_CONFIG_HOME/muse`, else in `$HOME/.config/muse`.",
        pages: &["muse", "muse-auth", "muse-auth-login", "muse-config"],
    },
    Note {
        term: "`MUSE_COMPLETE`",
        text: "Set by the script of `muse completions` alone: the shell that asks what can \
               complete a command line.",
        pages: &["muse", "muse-completions"],
    },
    Note {
        term: "`NO_COLOR`",
        text: "If it is set and not empty, there is no colour unless `--color` asks for it.",
        pages: &["muse"],
    },
];

/// The files that people come across.
pub(super) const FILES: &[Note] = &[
    Note {
        term: "`.muse`",
        text: "The repository, in the root of the work tree.",
        pages: &["muse", "muse-init", "muse-clone"],
    },
    Note {
        term: "`.museignore`",
        text: "Patterns of files that are not recorded, in gitignore syntax, in any directory for \
               what is below it. Wildcards match bytes that are not UTF-8, too.",
        pages: &["muse", "muse-commit", "muse-status"],
    },
    Note {
        term: "`.muse/config.toml`",
        text: "The settings of the repository.",
        pages: &["muse", "muse-config", "muse-remote"],
    },
    Note {
        term: "`.muse/left-out`, `.muse/withheld`",
        text: "What the last checkout left out of the work tree, and what servers withheld.",
        pages: &["muse-status", "muse-switch"],
    },
    Note {
        term: "`~/.config/muse/config.toml`",
        text: "The user's settings.",
        pages: &["muse", "muse-config"],
    },
    Note {
        term: "`~/.config/muse/credentials.toml`",
        text: "The tokens that `muse auth login` stored.",
        pages: &["muse", "muse-auth", "muse-auth-login", "muse-auth-logout"],
    },
];

/// Pages that a page has to do with, beside those above and below it.
const RELATED: &[(&str, &[&str])] = &[
    ("muse-auth", &["muse-config", "muse-push"]),
    ("muse-branch", &["muse-switch"]),
    ("muse-clone", &["muse-auth", "muse-fetch", "muse-remote"]),
    ("muse-commit", &["muse-diff", "muse-log", "muse-status"]),
    ("muse-config", &["muse-auth", "muse-remote"]),
    ("muse-diff", &["muse-show", "muse-status"]),
    ("muse-fetch", &["muse-pull", "muse-remote"]),
    ("muse-import-git", &["muse-init"]),
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
];

/// The pages that `page` has to do with.
pub(super) fn related(page: &str) -> &'static [&'static str] {
    let found = RELATED.iter().find(|(name, _)| *name == page);
    found.map_or(&[], |(_, pages)| *pages)
}

/// All pages that are named here.
pub(crate) fn named_pages() -> impl Iterator<Item = &'static str> {
    let notes = ENVIRONMENT.iter().chain(FILES);
    let related = RELATED.iter().flat_map(|(page, pages)| {
        let pages = pages.iter().copied();
        pages.chain([*page])
    });
    notes
        .flat_map(|note| note.pages.iter().copied())
        .chain(related)
}
