//! Every environment variable that `muse` uses, read once and passed on as values.
//!
//! Nothing else looks at the environment, so a test (or a program that embeds the library) decides
//! what a command sees.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::secret::Secret;

/// Token for the server; wins over stored ones.
pub const MUSE_TOKEN: &str = "MUSE_TOKEN";
/// The only server that [`MUSE_TOKEN`] goes to, as `HOST` or `HOST:PORT`.
pub const MUSE_HOST: &str = "MUSE_HOST";
/// Author's name for new commits; wins over the configuration.
pub const MUSE_AUTHOR_NAME: &str = "MUSE_AUTHOR_NAME";
/// Author's e-mail address for new commits; wins over the configuration.
pub const MUSE_AUTHOR_EMAIL: &str = "MUSE_AUTHOR_EMAIL";
/// Time of new commits: RFC 3339, `SECONDS OFFSET` or `@SECONDS`.
pub const MUSE_COMMIT_DATE: &str = "MUSE_COMMIT_DATE";
/// Program that shows long output; wins over `PAGER`. Empty or `cat` turns paging off.
pub const MUSE_PAGER: &str = "MUSE_PAGER";
/// Directory of the user's own configuration and credentials.
pub const MUSE_CONFIG_HOME: &str = "MUSE_CONFIG_HOME";
/// Editor for commit messages; wins over `VISUAL` and `EDITOR`.
pub const MUSE_EDITOR: &str = "MUSE_EDITOR";
/// The shell that asks what can complete a command line, as the script of `muse completions` sets
/// it.
pub const MUSE_COMPLETE: &str = "MUSE_COMPLETE";
/// Socket of the ssh-agent that signs commits, as OpenSSH has it.
pub const SSH_AUTH_SOCK: &str = "SSH_AUTH_SOCK";
/// Turns colour off if it is set and not empty; see <https://no-color.org>.
pub const NO_COLOR: &str = "NO_COLOR";

/// One variable, or several of which the first that is set counts or that belong together.
#[derive(Debug)]
pub struct Variable {
    /// What they are called.
    pub names: &'static [&'static str],
    /// What they do.
    pub text: &'static str,
    /// The commands that they are of use to; all, where none is named.
    pub commands: &'static [&'static str],
}

/// The commands that make commits.
const COMMITTING: &[&str] = &[
    "commit",
    "merge",
    "rebase",
    "cherry-pick",
    "revert",
    "pull",
    "stash",
    "stash-push",
    "tag",
];

/// The commands that sign commits.
const SIGNING: &[&str] = &["commit", "merge", "rebase", "cherry-pick", "revert", "pull"];

/// The commands that let people write a message.
const EDITING: &[&str] = &["commit", "tag"];

/// The commands that speak to servers.
const SPEAKING: &[&str] = &[
    "auth",
    "auth-key",
    "auth-key-add",
    "auth-key-list",
    "auth-key-remove",
    "auth-login",
    "auth-logout",
    "auth-status",
    "clone",
    "fetch",
    "fsck",
    "job",
    "job-list",
    "job-status",
    "job-wait",
    "pull",
    "push",
];

/// The commands that show long output.
const PAGED: &[&str] = &[
    "blame", "branch", "diff", "grep", "log", "reflog", "remote", "shortlog", "show", "tag",
];

/// All that is read of the environment, in the order of the manual, which is made of it.
pub const VARIABLES: &[Variable] = &[
    Variable {
        names: &[MUSE_TOKEN],
        text: "Token for a server; wins over those that `muse auth login` stored.",
        commands: SPEAKING,
    },
    Variable {
        names: &[MUSE_HOST],
        text: "The only server that `MUSE_TOKEN` goes to, as HOST or HOST:PORT. Without it, the \
               token goes to any server over https, and to this machine.",
        commands: SPEAKING,
    },
    Variable {
        names: &[MUSE_AUTHOR_NAME, MUSE_AUTHOR_EMAIL],
        text: "Author of new commits; win over the settings `user.name` and `user.email`.",
        commands: COMMITTING,
    },
    Variable {
        names: &[MUSE_COMMIT_DATE],
        text: "Time of new commits: RFC 3339, SECONDS OFFSET or @SECONDS. Now, unless it is set.",
        commands: COMMITTING,
    },
    Variable {
        names: &[SSH_AUTH_SOCK],
        text: "Socket of the ssh-agent that signs commits where the setting `user.signing-key` \
               names a public key, or a private one that a passphrase protects.",
        commands: SIGNING,
    },
    Variable {
        names: &[MUSE_EDITOR, "VISUAL", "EDITOR"],
        text: "Editor for messages; the first that is set counts.",
        commands: EDITING,
    },
    Variable {
        names: &[MUSE_PAGER, "PAGER"],
        text: "Program that shows long output; the first that is set counts. Empty or `cat` turns \
               paging off.",
        commands: PAGED,
    },
    Variable {
        names: &[MUSE_CONFIG_HOME, "XDG_CONFIG_HOME", "HOME"],
        text: "The user's settings and tokens are in `$MUSE_CONFIG_HOME`, else in \
               `$XDG_CONFIG_HOME/muse`, else in `$HOME/.config/muse`.",
        commands: &[],
    },
    Variable {
        names: &[MUSE_COMPLETE],
        text: "Set by the script of `muse completions` alone: the shell that asks what can \
               complete a command line.",
        commands: &["completions"],
    },
    Variable {
        names: &[NO_COLOR],
        text: "If it is set and not empty, there is no colour unless `--color` asks for it.",
        commands: &[],
    },
];

/// What the environment says.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// [`MUSE_TOKEN`].
    pub token: Option<Secret>,
    /// [`MUSE_HOST`].
    pub token_host: Option<String>,
    /// [`MUSE_AUTHOR_NAME`].
    pub author_name: Option<String>,
    /// [`MUSE_AUTHOR_EMAIL`].
    pub author_email: Option<String>,
    /// [`MUSE_COMMIT_DATE`].
    pub commit_date: Option<String>,
    /// [`MUSE_PAGER`], else `PAGER`.
    pub pager: Option<String>,
    /// [`MUSE_EDITOR`], else `VISUAL`, else `EDITOR`.
    pub editor: Option<String>,
    /// [`MUSE_CONFIG_HOME`], else `$XDG_CONFIG_HOME/muse`, else `~/.config/muse`.
    pub config_home: Option<PathBuf>,
    /// `HOME`.
    pub home: Option<PathBuf>,
    /// [`MUSE_COMPLETE`].
    pub completing_shell: Option<String>,
    /// [`SSH_AUTH_SOCK`].
    pub agent_socket: Option<PathBuf>,
    /// [`NO_COLOR`].
    pub no_color: bool,
}

impl Environment {
    /// Reads the process's environment.
    pub fn read() -> Self {
        Self::from_lookup(|name| std::env::var_os(name))
    }

    /// Reads through `lookup`, which answers for one variable.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<OsString>) -> Self {
        let filled = |name: &str| lookup(name).filter(|value| !value.is_empty());
        // Lossy, so that damaged text is refused where it is used and not silently ignored here.
        let text = |name: &str| filled(name).map(|value| value.to_string_lossy().into_owned());
        let home = filled("HOME").map(PathBuf::from);
        let shared_config_home = || {
            filled("XDG_CONFIG_HOME")
                .map(PathBuf::from)
                .or_else(|| home.as_ref().map(|home| home.join(".config")))
        };
        let config_home = filled(MUSE_CONFIG_HOME)
            .map(PathBuf::from)
            .or_else(|| shared_config_home().map(|home| home.join("muse")));
        Self {
            token: text(MUSE_TOKEN).map(Secret::new),
            token_host: text(MUSE_HOST),
            author_name: text(MUSE_AUTHOR_NAME),
            author_email: text(MUSE_AUTHOR_EMAIL),
            commit_date: text(MUSE_COMMIT_DATE),
            // An empty pager means "no pager", so emptiness is kept here.
            pager: lookup(MUSE_PAGER)
                .or_else(|| lookup("PAGER"))
                .map(|value| value.to_string_lossy().into_owned()),
            editor: text(MUSE_EDITOR)
                .or_else(|| text("VISUAL"))
                .or_else(|| text("EDITOR")),
            config_home,
            home,
            completing_shell: text(MUSE_COMPLETE),
            agent_socket: filled(SSH_AUTH_SOCK).map(PathBuf::from),
            no_color: filled(NO_COLOR).is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::BTreeSet;

    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Environment {
        Environment::from_lookup(|wanted| {
            pairs
                .iter()
                .find(|(name, _)| *name == wanted)
                .map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn every_variable_that_is_read_is_in_the_table() {
        let asked = RefCell::new(BTreeSet::new());
        Environment::from_lookup(|name| {
            asked.borrow_mut().insert(name.to_owned());
            None
        });
        let listed = VARIABLES.iter().flat_map(|variable| variable.names);
        let listed: BTreeSet<String> = listed.map(ToString::to_string).collect();
        assert_eq!(asked.into_inner(), listed);
    }

    #[test]
    fn own_variables_win_over_general_ones() {
        let environment = read(&[
            ("MUSE_PAGER", "mine"),
            ("PAGER", "general"),
            ("VISUAL", "vi"),
            ("EDITOR", "ed"),
            ("HOME", "/home/ada"),
        ]);
        assert_eq!(environment.pager.as_deref(), Some("mine"));
        assert_eq!(environment.editor.as_deref(), Some("vi"));
        assert_eq!(
            environment.config_home,
            Some(PathBuf::from("/home/ada/.config/muse"))
        );
    }

    #[test]
    fn empty_is_unset_but_for_the_pager() {
        let environment = read(&[("MUSE_TOKEN", ""), ("NO_COLOR", ""), ("MUSE_PAGER", "")]);
        assert_eq!(environment.token, None);
        assert!(!environment.no_color);
        assert_eq!(environment.pager.as_deref(), Some(""));
    }
}
