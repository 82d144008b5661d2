//! muse, and a `musehub` process of its own.

use std::cell::Cell;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

use muse_e2e::harness::{Backend, Sandbox, Scenario, ServerOptions, USER};

use super::contender::{Contender, Verb, folder_bytes, must, settle};
use super::growth::Growth;
use super::source::Source;

/// muse, its server, and where its repositories lie.
pub(crate) struct Muse<'source> {
    source: &'source Source,
    scenario: Scenario,
    folder: PathBuf,
    transfer: String,
    runs: Cell<u32>,
}

impl<'source> Muse<'source> {
    /// Starts a server.
    pub(crate) fn new(
        root: &Path,
        source: &'source Source,
        backend: Backend,
        transfer: &str,
    ) -> Result<Self, Box<dyn Error>> {
        let folder = root.join(format!("{}-muse-{transfer}", source.name));
        std::fs::create_dir_all(&folder)?;
        let options = ServerOptions {
            arguments: Vec::new(),
            // A history of any size is one push here.
            environment: vec![
                ("MUSEHUB_MAX_PUSH_OBJECTS".into(), "100000000".into()),
                ("MUSEHUB_MAX_PUSH_COMMITS".into(), "100000000".into()),
                ("MUSEHUB_MAX_QUEUED_JOBS".into(), "100000".into()),
            ],
        };
        Ok(Self {
            source,
            scenario: Scenario::in_sandbox(Sandbox::below(&folder), backend, &options),
            folder,
            transfer: transfer.to_owned(),
            runs: Cell::new(0),
        })
    }

    /// The server and its user.
    pub(crate) fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// The repository with what is there before it grows.
    pub(crate) fn before(&self, growth: Growth) -> Result<PathBuf, Box<dyn Error>> {
        self.imported(&[self.source.before(growth)?])
    }

    /// The repository that has grown: the second import adds to the first.
    fn after(&self, growth: Growth) -> Result<PathBuf, Box<dyn Error>> {
        self.imported(&[self.source.before(growth)?, self.source.after(growth)?])
    }

    /// The repository into which these git repositories, each more than the one before, were
    /// imported one after the other. The last of them gives it its name.
    fn imported(&self, histories: &[PathBuf]) -> Result<PathBuf, Box<dyn Error>> {
        let name = histories.last().and_then(|last| last.file_stem());
        let repository = self.folder.join(name.unwrap_or_default());
        if !repository.exists() {
            must(self.muse(&self.folder).arg("init").arg(&repository))?;
            for history in histories {
                let mut import = self.muse(&repository);
                must(import.args(["import", "git", "--no-checkout"]).arg(history))?;
            }
        }
        Ok(repository)
    }

    /// Bytes of the local repository that holds the imported history.
    pub(crate) fn local_bytes(&self) -> Result<u64, Box<dyn Error>> {
        Ok(folder_bytes(&self.before(Growth::Tenth)?.join(".muse"))?)
    }

    /// What the server said about the steps of its last ingest.
    pub(crate) fn last_ingest(&self) -> Option<String> {
        let log = self.scenario.server().log();
        let line = log.lines().rfind(|line| line.contains("steps="))?;
        let (_, facts) = line.split_once("outcome=")?;
        Some(facts.to_owned())
    }

    fn muse(&self, directory: &Path) -> Command {
        self.scenario.muse(directory).into_command()
    }

    fn url(&self, base_url: &str, repo: &str) -> String {
        format!("{base_url}/{USER}/{repo}")
    }

    fn hub_repo(&self) -> String {
        let run = self.runs.get();
        self.runs.set(run + 1);
        let name = format!("run{run}");
        self.scenario.create_repo(&name);
        name
    }

    /// A directory that no run has used.
    fn fresh(&self, name: &str) -> PathBuf {
        self.runs.set(self.runs.get() + 1);
        self.directory(name)
    }

    fn directory(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}-{}", self.runs.get()))
    }

    /// A push through a remote of its own, so that no run profits from what an earlier one learned.
    pub(crate) fn push(
        &self,
        from: &Path,
        remote: &str,
        url: &str,
        branch: &str,
    ) -> Result<Command, Box<dyn Error>> {
        must(self.muse(from).args(["remote", "add", remote, url]))?;
        let mut command = self.muse(from);
        command.args(["-q", "push", remote, branch, "--transfer", &self.transfer]);
        Ok(command)
    }
}

impl Contender for Muse<'_> {
    fn prepare(&self, verb: Verb, base_url: &str) -> Result<Command, Box<dyn Error>> {
        let growth = verb.growth();
        if verb == Verb::Import {
            let local = self.fresh("import");
            must(self.muse(&self.folder).arg("init").arg(&local))?;
            let mut command = self.muse(&local);
            command
                .args(["-q", "import", "git", "--no-checkout"])
                .arg(self.source.before(growth)?);
            return Ok(command);
        }
        let repo = self.hub_repo();
        let direct = self.url(&self.base_url(), &repo);
        let url = self.url(base_url, &repo);
        let push_start = |url: &str| self.push(&self.before(growth)?, &repo, url, "main");
        let push_rest = |url: &str| self.push(&self.after(growth)?, &repo, url, growth.branch());
        if verb != Verb::Push {
            must(&mut push_start(&direct)?)?;
        }
        Ok(match verb {
            Verb::Push => push_start(&url)?,
            Verb::PushMore | Verb::PushHundredth | Verb::PushBranch => push_rest(&url)?,
            Verb::Clone => {
                let mut command = self.muse(&self.folder);
                command
                    .args(["-q", "clone", &url])
                    .arg(self.directory("clone"));
                command
            }
            Verb::Fetch => {
                let local = self.directory("fetch");
                must(self.muse(&self.folder).arg("init").arg(&local))?;
                must(self.muse(&local).args(["remote", "add", "origin", &url]))?;
                let mut command = self.muse(&local);
                command.args(["-q", "fetch", "origin"]);
                command
            }
            Verb::Pull | Verb::PullHundredth => {
                let local = self.directory("pull");
                must(self.muse(&self.folder).args(["clone", &direct]).arg(&local))?;
                must(
                    self.muse(&local)
                        .args(["remote", "set-url", "origin", &url]),
                )?;
                must(&mut push_rest(&direct)?)?;
                let mut command = self.muse(&local);
                command.args(["-q", "pull"]);
                command
            }
            Verb::Status => {
                let local = self.directory("status");
                must(self.muse(&self.folder).args(["clone", &direct]).arg(&local))?;
                let status = || {
                    let mut command = self.muse(&local);
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
        self.scenario.server().base_url().to_owned()
    }

    fn server_process_id(&self) -> u32 {
        self.scenario.server().process_id()
    }
}
