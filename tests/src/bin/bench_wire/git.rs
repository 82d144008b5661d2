//! git over smart HTTP.

use std::cell::Cell;
use std::error::Error;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::AS_GIT_SERVER;
use super::contender::{Contender, Verb, must, settle};
use super::source::{Source, git};

/// git, its server, and where its repositories lie.
pub(crate) struct Git<'source> {
    source: &'source Source,
    server: Child,
    base_url: String,
    folder: PathBuf,
    runs: Cell<u32>,
}

impl<'source> Git<'source> {
    /// Starts a server of bare repositories.
    pub(crate) fn new(root: &Path, source: &'source Source) -> Result<Self, Box<dyn Error>> {
        let folder = root.join(format!("{}-git", source.name));
        std::fs::create_dir_all(folder.join("hub"))?;
        let mut server = Command::new(std::env::current_exe()?)
            .arg(AS_GIT_SERVER)
            .arg(folder.join("hub"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = server.stdout.take().expect("stdout is piped");
        let mut base_url = String::new();
        BufReader::new(stdout).read_line(&mut base_url)?;
        Ok(Self {
            source,
            server,
            base_url: base_url.trim().to_owned(),
            folder,
            runs: Cell::new(0),
        })
    }

    /// An empty repository on the server; returns its path below the server's URL.
    fn hub_repo(&self) -> Result<String, Box<dyn Error>> {
        let run = self.runs.get();
        self.runs.set(run + 1);
        let name = format!("{run}.git");
        let path = self.folder.join("hub").join(&name);
        std::fs::create_dir_all(&path)?;
        must(git(&path).args(["init", "-q", "--bare", "-b", "main"]))?;
        must(git(&path).args(["config", "http.receivepack", "true"]))?;
        Ok(name)
    }

    /// A directory that no run has used.
    fn fresh(&self, name: &str) -> PathBuf {
        self.runs.set(self.runs.get() + 1);
        self.directory(name)
    }

    fn directory(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}-{}", self.runs.get()))
    }

    fn push(&self, from: &Path, url: &str, branch: &str) -> Command {
        let mut command = git(from);
        command.args(["push", "-q", url, branch]);
        command
    }
}

impl Contender for Git<'_> {
    fn prepare(&self, verb: Verb, base_url: &str) -> Result<Command, Box<dyn Error>> {
        let growth = verb.growth();
        let before = self.source.before(growth)?;
        let push_rest = |url: &str| -> Result<Command, Box<dyn Error>> {
            Ok(self.push(&self.source.after(growth)?, url, growth.branch()))
        };
        if verb == Verb::Import {
            let mut command = git(&self.folder);
            let into = self.fresh("import");
            command
                .args(["clone", "-q", "--mirror", "--no-local"])
                .arg(&before)
                .arg(into);
            return Ok(command);
        }
        let repo = self.hub_repo()?;
        let direct = format!("{}/{repo}", self.base_url);
        let url = format!("{base_url}/{repo}");
        if verb != Verb::Push {
            must(&mut self.push(&before, &direct, "main"))?;
        }
        Ok(match verb {
            Verb::Push => self.push(&before, &url, "main"),
            Verb::PushMore | Verb::PushHundredth | Verb::PushBranch => push_rest(&url)?,
            Verb::Clone => {
                let mut command = git(&self.folder);
                command
                    .args(["clone", "-q", &url])
                    .arg(self.directory("clone"));
                command
            }
            Verb::Fetch => {
                let local = self.directory("fetch");
                std::fs::create_dir_all(&local)?;
                must(git(&local).args(["init", "-q", "-b", "main"]))?;
                must(git(&local).args(["remote", "add", "origin", &url]))?;
                let mut command = git(&local);
                command.args(["fetch", "-q", "origin"]);
                command
            }
            Verb::Pull | Verb::PullHundredth => {
                let local = self.directory("pull");
                must(git(&self.folder).args(["clone", "-q", &direct]).arg(&local))?;
                must(git(&local).args(["remote", "set-url", "origin", &url]))?;
                must(&mut push_rest(&direct)?)?;
                let mut command = git(&local);
                command.args(["pull", "-q", "--ff-only"]);
                command
            }
            Verb::Status => {
                let local = self.directory("status");
                must(git(&self.folder).args(["clone", "-q", &direct]).arg(&local))?;
                let status = || {
                    let mut command = git(&local);
                    command.arg("status");
                    command
                };
                // The first one refreshes what the checkout left to be looked at again.
                settle();
                must(&mut status())?;
                status()
            }
            Verb::Import => unreachable!("it needs no server"),
        })
    }

    fn base_url(&self) -> String {
        self.base_url.clone()
    }

    fn server_process_id(&self) -> u32 {
        self.server.id()
    }
}

impl Drop for Git<'_> {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
