//! Programs that keep secrets for others, in the protocol of git's credential helpers: whatever
//! keyring the system has, there is one for it.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::process::{Child, Command, ExitStatus, Stdio};

use crate::secret::Secret;
use crate::transport::ServerUrl;

/// Most bytes of an answer that are read.
const MAX_ANSWER_BYTES: u64 = 64 * 1024;

/// Why a helper has not done what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum HelperError {
    /// It cannot be started, or spoken to.
    #[error("cannot use the credential helper {helper:?}")]
    Io {
        /// The setting.
        helper: String,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// It failed.
    #[error("the credential helper {helper:?} failed ({status})")]
    Failed {
        /// The setting.
        helper: String,
        /// How it ended.
        status: ExitStatus,
    },
}

/// A credential helper, as the setting `auth.helper` names it.
#[derive(Debug, Clone)]
pub struct CredentialHelper {
    setting: String,
}

impl CredentialHelper {
    /// The helper that a setting names, as git takes it: `NAME` is the program
    /// `git-credential-NAME`, an absolute path is a program of its own, and what is behind a `!` is
    /// for the shell. Arguments may follow.
    pub fn new(setting: &str) -> Self {
        Self {
            setting: setting.to_owned(),
        }
    }

    /// The token that it keeps for a server.
    ///
    /// # Errors
    /// [`HelperError`].
    pub fn token(&self, server: &ServerUrl) -> Result<Option<Secret>, HelperError> {
        let answer = self.run("get", &describe(server))?;
        // As git takes it, the last line counts.
        let mut lines = answer.lines().rev();
        let token = lines.find_map(|line| line.strip_prefix("password="));
        Ok(token.filter(|token| !token.is_empty()).map(Secret::new))
    }

    /// Has it keep a user's token for a server.
    ///
    /// # Errors
    /// [`HelperError`].
    pub fn store(&self, server: &ServerUrl, user: &str, token: &Secret) -> Result<(), HelperError> {
        let description = describe(server);
        let input = format!(
            "{description}username={user}\npassword={}\n",
            token.reveal()
        );
        self.run("store", &input).map(drop)
    }

    /// Has it forget the token for a server.
    ///
    /// # Errors
    /// [`HelperError`].
    pub fn erase(&self, server: &ServerUrl) -> Result<(), HelperError> {
        self.run("erase", &describe(server)).map(drop)
    }

    /// What the shell is to run.
    fn command_line(&self, action: &str) -> String {
        let setting = &self.setting;
        match setting.strip_prefix('!') {
            Some(command) => format!("{command} {action}"),
            None if setting.starts_with('/') => format!("{setting} {action}"),
            None => format!("git credential-{setting} {action}"),
        }
    }

    fn run(&self, action: &str, input: &str) -> Result<String, HelperError> {
        let (status, answer) = self.try_run(action, input).map_err(|source| {
            let helper = self.setting.clone();
            HelperError::Io { helper, source }
        })?;
        if status.success() {
            return Ok(answer);
        }
        Err(HelperError::Failed {
            helper: self.setting.clone(),
            status,
        })
    }

    fn try_run(&self, action: &str, input: &str) -> io::Result<(ExitStatus, String)> {
        let mut child = Command::new("sh")
            .arg("-c")
            .arg(self.command_line(action))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let answer = converse(&mut child, input);
        // Whatever it has said: nobody is left behind.
        let status = child.wait()?;
        Ok((status, answer?))
    }
}

fn converse(child: &mut Child, input: &str) -> io::Result<String> {
    if let Some(mut stdin) = child.stdin.take() {
        match stdin.write_all(format!("{input}\n").as_bytes()) {
            // It need not read what it is told.
            Err(error) if error.kind() != ErrorKind::BrokenPipe => return Err(error),
            _ => {}
        }
    }
    let mut answer = String::new();
    if let Some(stdout) = child.stdout.take() {
        stdout.take(MAX_ANSWER_BYTES).read_to_string(&mut answer)?;
    }
    Ok(answer)
}

fn describe(server: &ServerUrl) -> String {
    let origin = server.origin();
    let (protocol, host) = origin.split_once("://").unwrap_or(("https", &origin));
    format!("protocol={protocol}\nhost={host}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_taken_as_git_takes_it() {
        for (setting, command_line) in [
            (
                "cache --timeout=60",
                "git credential-cache --timeout=60 get",
            ),
            ("/usr/bin/keep", "/usr/bin/keep get"),
            ("!f() { cat key; }; f", "f() { cat key; }; f get"),
        ] {
            let helper = CredentialHelper::new(setting);
            assert_eq!(helper.command_line("get"), command_line);
        }
    }

    #[test]
    fn a_token_is_asked_for_kept_and_forgotten() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let kept = directory.path().join("kept");
        let script = format!(
            "!f() {{ test \"$1\" = get || cat > '{0}.'$1; \
             test \"$1\" != get || cat '{0}.store'; }}; f",
            kept.display()
        );
        let helper = CredentialHelper::new(&script);
        let server = ServerUrl::parse("https://hub.example:8443").expect("valid");
        let token = Secret::new("hunter2");
        helper.store(&server, "ada", &token).expect("stored");
        let read = |action: &str| {
            let path = format!("{}.{action}", kept.display());
            std::fs::read_to_string(path).expect("the helper wrote it")
        };
        let described = "protocol=https\nhost=hub.example:8443\n";
        let with_token = format!("{described}username=ada\npassword=hunter2\n\n");
        assert_eq!(read("store"), with_token);
        assert_eq!(helper.token(&server).expect("answered"), Some(token));
        helper.erase(&server).expect("forgotten");
        assert_eq!(read("erase"), format!("{described}\n"));
    }

    #[test]
    fn what_a_helper_does_not_know_or_cannot_do_is_told_apart() {
        let server = ServerUrl::parse("https://hub.example").expect("valid");
        let ask = |setting: &str| CredentialHelper::new(setting).token(&server);
        assert_eq!(ask("!true").expect("answered"), None);
        assert_eq!(ask("!echo password=; true").expect("answered"), None);
        let failed = ask("!false").expect_err("failed").to_string();
        assert_eq!(
            failed,
            "the credential helper \"!false\" failed (exit status: 1)"
        );
        // Somebody who has too much to say is not listened to for ever.
        assert!(ask("!yes password=x; true").is_ok());
    }
}
