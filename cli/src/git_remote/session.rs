//! The answers to git's questions.

use std::fs;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};

use muse_wire::api::push::Force;
use muse_wire::id::{CommitId, ObjectId};
use muse_wire::name::RefName;

use super::request::{self, PushSpec, Request};
use crate::export::export_objects;
use crate::git::{git_ref_name, own_directory, ref_name_of_git};
use crate::import::import_commits;
use crate::repository::{LayoutKind, Repository};
use crate::sync::{
    self, DEFAULT_REMOTE, Mirrored, PushOptions, RefSelection, RefSpec, RemoteAddress, add_remote,
};
use crate::ui::connect::{login_at, open_address};
use crate::ui::context::Context;
use crate::ui::error::{CliError, ErrorKind};
use crate::ui::escape::one_line;
use crate::ui::explain::Explain as _;

/// Directory of the muse repositories, one for each address, in what muse has of a git repository.
const REMOTES: &str = "remotes";

/// The branch of such a repository; nobody sees it.
const DEFAULT_BRANCH: &str = "main";

/// What git may ask for, in its own words.
const CAPABILITIES: &str = "option\nfetch\npush\n\n";

/// A conversation with git about one remote.
pub(super) struct Session {
    context: Context,
    git: PathBuf,
    address: RemoteAddress,
    dry_run: bool,
}

impl Session {
    /// Will answer for the remote at `address` to the git repository `git`.
    pub(super) fn new(context: Context, git: &Path, address: &str) -> Result<Self, CliError> {
        let address = RemoteAddress::parse(address, &context.directory)
            .map_err(|error| CliError::usage(error.to_string()))?;
        Ok(Self {
            context,
            git: git.to_owned(),
            address,
            dry_run: false,
        })
    }

    /// Answers until git has no more questions.
    ///
    /// # Errors
    /// Whatever keeps a question from being answered; what is about a single ref that is pushed is
    /// an answer.
    pub(super) fn answer(
        mut self,
        mut questions: impl BufRead,
        mut answers: impl Write,
    ) -> Result<(), CliError> {
        let failed = |error| CliError::io("cannot talk with git", error);
        while let Some(request) = request::read(&mut questions).map_err(failed)? {
            let answer = match request {
                Request::Capabilities => CAPABILITIES.to_owned(),
                Request::Option { name, value } => self.set_option(&name, &value).to_owned(),
                Request::List => self.list()?,
                Request::Fetch => "\n".to_owned(),
                Request::Push(specs) => self.push(&specs)?,
            };
            answers
                .write_all(answer.as_bytes())
                .and_then(|()| answers.flush())
                .map_err(failed)?;
        }
        Ok(())
    }

    fn set_option(&mut self, name: &str, value: &str) -> &'static str {
        match (name, value) {
            ("progress", "true" | "false") => self.context.progress_allowed &= value == "true",
            ("verbosity", _) => self.context.progress_allowed &= value != "0",
            ("dry-run", "true" | "false") => self.dry_run = value == "true",
            _ => return "unsupported\n",
        }
        "ok\n"
    }

    /// Brings what is new on the remote, and lists its refs as they are in git.
    fn list(&self) -> Result<String, CliError> {
        let repository = self.repository()?;
        let remote = open_address(&self.context, self.address.clone())?;
        let Mirrored {
            default_branch,
            refs,
        } = sync::mirror(&repository, &remote, DEFAULT_REMOTE)
            .map_err(|error| error.explain(login_at(&self.context, &remote)))?;
        let ids = export_objects(&repository, &self.git, &refs, &self.context)?;
        let mut listing = String::new();
        for ((name, _), id) in refs.iter().zip(&ids) {
            listing.push_str(&format!("{id} {}\n", git_ref_name(name)));
        }
        if refs.iter().any(|(name, _)| *name == default_branch) {
            let branch = git_ref_name(&default_branch);
            listing.push_str(&format!("@{branch} HEAD\n"));
        }
        listing.push('\n');
        Ok(listing)
    }

    /// Pushes, all refs at once if the remote takes them all. Says of each how it went.
    fn push(&self, specs: &[PushSpec]) -> Result<String, CliError> {
        let repository = self.repository()?;
        let mut answer = String::new();
        let mut say = |spec: &PushSpec, outcome: &Result<(), CliError>| match outcome {
            Ok(()) => answer.push_str(&format!("ok {}\n", spec.target)),
            Err(error) => {
                let why = one_line(&error.message).into_owned();
                answer.push_str(&format!("error {} {why}\n", spec.target));
            }
        };
        let together = self.push_at_once(&repository, specs);
        // It may be one of the refs that the remote does not let move.
        let is_refused = |error: &CliError| {
            use ErrorKind::{Denied, PushFailed, Rejected};
            matches!(error.kind, Rejected | Denied | PushFailed)
        };
        if specs.len() > 1 && together.as_ref().is_err_and(is_refused) {
            for spec in specs {
                let alone = self.push_at_once(&repository, std::slice::from_ref(spec));
                say(spec, &alone);
            }
        } else {
            specs.iter().for_each(|spec| say(spec, &together));
        }
        answer.push('\n');
        Ok(answer)
    }

    fn push_at_once(&self, repository: &Repository, specs: &[PushSpec]) -> Result<(), CliError> {
        let mut names = Vec::with_capacity(specs.len());
        let mut revisions = Vec::new();
        for spec in specs {
            let name = ref_name_of_git(&spec.target).and_then(|name| match name.is_shared() {
                true => Ok(name),
                false => Err("it is neither a branch nor a tag"),
            });
            let name = name.map_err(|reason| {
                CliError::usage(format!("{} cannot be pushed: {reason}", spec.target))
            })?;
            if let Some(source) = &spec.source {
                revisions.push((name.clone(), source.clone()));
            }
            names.push(name);
        }
        let commits = import_commits(repository, &self.git, &revisions, &self.context)?;
        let mut commits = commits.into_iter();
        let refs = specs.iter().zip(&names).map(|(spec, name)| {
            let commit = spec.source.as_ref().and_then(|_| commits.next());
            ref_spec(spec, name, commit)
        });
        let options = PushOptions {
            refs: refs.collect(),
            dry_run: self.dry_run,
            delete_default_branch: true,
            ..PushOptions::default()
        };
        let remote = open_address(&self.context, self.address.clone())?;
        sync::push(repository, &remote, DEFAULT_REMOTE, &options)
            .map(drop)
            .map_err(|error| error.explain(login_at(&self.context, &remote)))
    }

    /// The muse repository that holds what the remote has; it is made where there is none yet.
    fn repository(&self) -> Result<Repository, CliError> {
        let own = own_directory(&self.git)
            .map_err(|error| CliError::failed("cannot open git's repository").with_source(error))?;
        let address = self.address.to_string();
        let name = ObjectId::of(address.as_bytes()).to_hex();
        let path = own.join(REMOTES).join(name);
        if path.exists() {
            return Ok(self.context.equip(Repository::open(&path)?));
        }
        fs::create_dir_all(&path)
            .map_err(|error| CliError::io(format!("cannot make {}", path.display()), error))?;
        let made = Repository::init_as(LayoutKind::Bare, &path, DEFAULT_BRANCH)?;
        add_remote(&made, DEFAULT_REMOTE, &address, &self.context.directory)?;
        Ok(self.context.equip(made))
    }
}

/// What moves a ref of the remote to `commit`, or deletes it. A ref that is forced must be where it
/// was listed.
fn ref_spec(spec: &PushSpec, target: &RefName, commit: Option<CommitId>) -> RefSpec {
    RefSpec {
        refs: match commit {
            Some(commit) => RefSelection::Named(format!("{}:{target}", commit.to_hex())),
            None => RefSelection::Deleted(target.to_string()),
        },
        force: match spec.force {
            true => Force::WithLease,
            false => Force::No,
        },
    }
}
