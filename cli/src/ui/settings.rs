//! The settings that have an effect, and which values they take. The manual is made of this table.

use super::error::CliError;

/// A setting, or several that differ in one part of the key.
#[derive(Debug)]
pub struct Setting {
    /// The part of the key before the first dot.
    section: &'static str,
    /// What people choose, between the first and the last dot: its name in capitals.
    chosen: Option<&'static str>,
    /// The part after the last dot.
    name: &'static str,
    /// The values that it takes, if not any text.
    values: &'static [&'static str],
    /// What it is for.
    pub text: &'static str,
    /// The commands that it is of use to, beside `config`.
    pub commands: &'static [&'static str],
}

/// What `muse pull` does where both sides have new commits.
pub const PULL_MODE: &str = "pull.mode";

/// The key that signs commits, or where it is.
pub const SIGNING_KEY: &str = "user.signing-key";
/// Whether every commit is signed.
pub const SIGN_COMMITS: &str = "commit.sign";

/// The program that keeps tokens.
pub const AUTH_HELPER: &str = "auth.helper";

/// All of them.
pub const SETTINGS: &[Setting] = &[
    Setting {
        section: "user",
        chosen: None,
        name: "name",
        values: &[],
        text: "Author of new commits.",
        commands: &["commit"],
    },
    Setting {
        section: "user",
        chosen: None,
        name: "email",
        values: &[],
        text: "The author's e-mail address.",
        commands: &["commit"],
    },
    Setting {
        section: "user",
        chosen: None,
        name: "signing-key",
        values: &[],
        text: "The Ed25519 key that signs commits: the file of a private key, as OpenSSH keeps it, \
               the file of a public one, or a public key itself, `ssh-ed25519 AAAA…`, with or \
               without `key::` before it. Of a public key, the ssh-agent has to hold the private \
               half. A private key with a passphrase is left to the agent if that holds it; \
               otherwise the passphrase is asked for. The key of `muse auth keygen` unless given.",
        commands: &["commit", "auth-keygen", "auth-key-add"],
    },
    Setting {
        section: "commit",
        chosen: None,
        name: "sign",
        values: &["true", "false"],
        text: "`true` signs every commit, those of merges and rebases, too.",
        commands: &["commit"],
    },
    Setting {
        section: "pull",
        chosen: None,
        name: "mode",
        values: &["merge", "rebase", "ff-only"],
        text: "What `muse pull` does where both sides have new commits, unless an option says it: \
               `merge`, the rule, `rebase` or `ff-only`.",
        commands: &["pull"],
    },
    Setting {
        section: "remote",
        chosen: Some("NAME"),
        name: "url",
        values: &[],
        text: "Address of a remote, as `muse remote` sets it.",
        commands: &[],
    },
    Setting {
        section: "remote",
        chosen: Some("NAME"),
        name: "branch",
        values: &[],
        text: "The only branch that is fetched of a remote, as `muse clone --single-branch` sets \
               it.",
        commands: &["fetch"],
    },
    Setting {
        section: "remote",
        chosen: Some("NAME"),
        name: "mirror",
        values: &["true", "false"],
        text: "`true` has `muse fetch` make the branches and tags of a repository without a work \
               tree those of the remote, as `muse clone --mirror` sets it.",
        commands: &["fetch"],
    },
    Setting {
        section: "branch",
        chosen: Some("NAME"),
        name: "remote",
        values: &[],
        text: "The remote that a branch follows, as `muse push -u` sets it.",
        commands: &[],
    },
    Setting {
        section: "branch",
        chosen: Some("NAME"),
        name: "merge",
        values: &[],
        text: "The branch there, by its full name.",
        commands: &[],
    },
    Setting {
        section: "auth",
        chosen: None,
        name: "helper",
        values: &[],
        text: "Program that keeps tokens, as one does for git: `NAME` is `git-credential-NAME`, an \
               absolute path another program, and what is behind a `!` is for the shell. `muse \
               auth login` gives it the token. Only the user's settings count.",
        commands: &["auth", "auth-login", "auth-logout"],
    },
    Setting {
        section: "auth",
        chosen: Some("HOST"),
        name: "plain-http",
        values: &["true", "false"],
        text: "`true` lets tokens go to this server over plain http, where they can be read on the \
               way. HOST is HOST:PORT where the address has a port. Only the user's settings \
               count.",
        commands: &["auth", "auth-login"],
    },
];

impl Setting {
    fn find(key: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| setting.fits(key))
    }

    fn fits(&self, key: &str) -> bool {
        let rest = key.strip_prefix(self.section);
        let Some(rest) = rest.and_then(|rest| rest.strip_prefix('.')) else {
            return false;
        };
        match self.chosen {
            None => rest == self.name,
            Some(_) => rest
                .rsplit_once('.')
                .is_some_and(|(chosen, name)| !chosen.is_empty() && name == self.name),
        }
    }

    /// The part of the key before the first dot.
    pub const fn section(&self) -> &'static str {
        self.section
    }

    /// Its key, such as `remote.NAME.url`.
    pub fn key(&self) -> String {
        self.key_with(|chosen| format!(".{chosen}."))
    }

    /// Its key, where the part that people choose, with the dots beside it, is written in a way of
    /// the caller's.
    pub fn key_with(&self, chosen: impl Fn(&str) -> String) -> String {
        let middle = self.chosen.map_or_else(|| ".".to_owned(), chosen);
        format!("{}{middle}{}", self.section, self.name)
    }
}

/// Whether there is a setting of this key.
pub fn is_known(key: &str) -> bool {
    Setting::find(key).is_some()
}

/// The values that the setting of this key takes, where it does not take any text; `None` if there
/// is none of this key.
pub fn allowed_values(key: &str) -> Option<&'static [&'static str]> {
    Setting::find(key).map(|setting| setting.values)
}

/// What is wrong with a setting, in words; `None` if it has an effect.
pub fn problem(key: &str, value: &str) -> Option<String> {
    let Some(setting) = Setting::find(key) else {
        return Some(format!("there is no setting {key}"));
    };
    let is_allowed = setting.values.is_empty() || setting.values.contains(&value);
    (!is_allowed).then(|| {
        let values = setting.values.join(", ");
        format!("the setting {key} is {value:?}, which is none of {values}")
    })
}

/// Refuses a setting without an effect.
///
/// # Errors
/// If there is none of this key, or it does not take the value.
pub fn check(key: &str, value: &str) -> Result<(), CliError> {
    match problem(key, value) {
        Some(problem) => Err(CliError::usage(problem).with_hint(known_settings())),
        None => Ok(()),
    }
}

/// The keys of all settings, in words.
pub fn known_settings() -> String {
    let keys: Vec<String> = SETTINGS.iter().map(Setting::key).collect();
    format!("the settings are {}", keys.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_told_from_what_has_no_effect() {
        for (key, value) in [
            ("user.name", ""),
            ("remote.my.host.url", "http://hub/a/b"),
            ("branch.a/b.merge", "refs/heads/main"),
            ("auth.hub.example:8765.plain-http", "false"),
            (PULL_MODE, "rebase"),
        ] {
            assert_eq!(problem(key, value), None, "{key}");
        }
        for (key, value) in [
            ("user.nam", "Ada"),
            ("username", "Ada"),
            ("user.my.name", "Ada"),
            ("remote.url", "x"),
            ("remote..url", "x"),
            (PULL_MODE, "Rebase"),
            ("auth.hub.plain-http", "yes"),
        ] {
            assert!(problem(key, value).is_some(), "{key}");
        }
    }
}
