//! muse, and a `musehub` process of its own.

use std::cell::Cell;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

use muse_e2e::harness::{Backend, Sandbox, Scenario, ServerOptions, USER};

use super::contender::{Contender, Verb, must};
use super::source::Source;

/// muse, its server, and where its repositories lie.
pub(crate) struct Muse {
    scenario: Scenario,
    folder: PathBuf,
    base: PathBuf,
    longer: PathBuf,
    transfer: String,
    runs: Cell<u32>,
}

impl Muse {
    /// Starts a server and imports the histories.
    pub(crate) fn new(
        root: &Path,
        source: &Source,
        backend: Backend,
        transfer: &str,
    ) -> Result<Self, Box<dyn Error>> {
        let folder = root.join(format!("{}-muse-{transfer}", source.name));
        std::fs::create_dir_all(&folder)?;
        let options = ServerOptions {
            // A history of any size is one push here.
            arguments: Vec::new(),
            environment: vec![
                ("MUSEHUB_MAX_PUSH_OBJECTS".into(), "100000000".into()),
                ("MUSEHUB_MAX_PUSH_COMMITS".into(), "100000000".into()),
            ],
            s3_endpoint: None,
        };
        let muse = Self {
            scenario: Scenario::in_sandbox(Sandbox::below(&folder), backend, &options),
            base: folder.join("base"),
            longer: folder.join("longer"),
            folder,
            transfer: transfer.to_owned(),
            runs: Cell::new(0),
        };
        for (repository, histories) in [
            (&muse.base, &[&source.base][..]),
            // In two steps, as a history grows: the second import adds to the first.
            (&muse.longer, &[&source.base, &source.longer]),
        ] {
            must(muse.muse(&muse.folder).arg("init").arg(repository))?;
            for history in histories {
                let mut import = muse.muse(repository);
                must(import.args(["import", "git", "--no-checkout"]).arg(history))?;
            }
        }
        Ok(muse)
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

    fn directory(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}-{}", self.runs.get()))
    }

    /// A push through a remote of its own, so that no run profits from what an earlier one learned.
    fn push(&self, from: &Path, remote: &str, url: &str) -> Result<Command, Box<dyn Error>> {
        must(self.muse(from).args(["remote", "add", remote, url]))?;
        let mut command = self.muse(from);
        command.args(["-q", "push", remote, "main", "--transfer", &self.transfer]);
        Ok(command)
    }
}

impl Contender for Muse {
    fn prepare(&self, verb: Verb, base_url: &str) -> Result<Command, Box<dyn Error>> {
        let repo = self.hub_repo();
        let direct = self.url(&self.base_url(), &repo);
        let url = self.url(base_url, &repo);
        if verb != Verb::Push {
            must(&mut self.push(&self.base, &repo, &direct)?)?;
        }
        Ok(match verb {
            Verb::Push => self.push(&self.base, &repo, &url)?,
            Verb::PushMore => self.push(&self.longer, &repo, &url)?,
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
            Verb::Pull => {
                let local = self.directory("pull");
                must(self.muse(&self.folder).args(["clone", &direct]).arg(&local))?;
                must(
                    self.muse(&local)
                        .args(["remote", "set-url", "origin", &url]),
                )?;
                must(&mut self.push(&self.longer, &repo, &direct)?)?;
                let mut command = self.muse(&local);
                command.args(["-q", "pull"]);
                command
            }
        })
    }

    fn base_url(&self) -> String {
        self.scenario.server().base_url().to_owned()
    }

    fn server_process_id(&self) -> u32 {
        self.scenario.server().process_id()
    }
}
