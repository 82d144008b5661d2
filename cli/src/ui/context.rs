//! What every command gets: global options, environment, printer, repository.

use std::fmt::Arguments;
use std::io::IsTerminal as _;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, OnceLock};

use ignore::gitignore::gitconfig_excludes_path;
use muse_wire::quote::quote_path;

use super::environment::Environment;
use super::error::CliError;
use super::escape::one_line;
use super::printer::Printer;
use super::progress::{Form, Progress};
use super::settings;
use crate::report::{Phase, Reporter, Unit};
use crate::repository::{Config, ConfigFile, Repository};

/// Name of the file of what is ignored everywhere, in the configuration directory.
const EXCLUDES: &str = "ignore";

/// One run of one command.
pub struct Context {
    /// Prints.
    pub printer: Arc<Printer>,
    /// The command as it was typed, without arguments: `muse commit`.
    pub activity: String,
    /// What the environment says.
    pub environment: Environment,
    /// The absolute directory that the command works in: the current one or `-C`.
    pub directory: PathBuf,
    /// Whether progress may be shown: neither `--no-progress` nor `-q`.
    pub progress_allowed: bool,
    repository: OnceLock<Arc<Repository>>,
    progress: OnceLock<Progress>,
    settings_checked: OnceLock<()>,
}

impl Context {
    /// A context that has not opened anything yet.
    pub fn new(
        printer: Printer,
        activity: String,
        environment: Environment,
        directory: PathBuf,
        progress_allowed: bool,
    ) -> Self {
        Self {
            printer: Arc::new(printer),
            activity,
            environment,
            directory,
            progress_allowed,
            repository: OnceLock::new(),
            progress: OnceLock::new(),
            settings_checked: OnceLock::new(),
        }
    }

    /// Whether the command's result is to be JSON.
    pub fn json(&self) -> bool {
        self.printer.options().json
    }

    /// A path from the command line, relative to where the command works.
    pub fn resolve(&self, path: &Path) -> PathBuf {
        self.directory.join(path)
    }

    /// The repository that the command works in.
    ///
    /// # Errors
    /// If there is none, or it cannot be read.
    pub fn repository(&self) -> Result<Arc<Repository>, CliError> {
        if let Some(repository) = self.repository.get() {
            return Ok(Arc::clone(repository));
        }
        let repository = self.equip(Repository::discover(&self.directory)?);
        let repository = self.repository.get_or_init(|| Arc::new(repository));
        Ok(Arc::clone(repository))
    }

    /// Has the repository say what this command does, print a line when it waits for another,
    /// ignore what the user has excluded everywhere, and keep the directory that they are in.
    pub fn equip(&self, repository: Repository) -> Repository {
        let printer = Arc::clone(&self.printer);
        let environment = &self.environment;
        let own_home = environment.config_home.as_ref();
        let own_excludes = own_home.map(|home| home.join(EXCLUDES));
        let excludes = own_excludes.into_iter().chain(gitconfig_excludes_path());
        let repository = repository
            .with_excludes(excludes.collect())
            .with_kept_directory(&self.directory);
        repository.on_lock_wait(&self.activity, move |holder| {
            let holder = holder.map_or_else(|| "another process".to_owned(), ToString::to_string);
            printer.note(format_args!(
                "Waiting for {holder}, which is changing the repository"
            ));
        })
    }

    /// Warns of mpacks that the command found it cannot read, and went on without. What `error`
    /// names is not said again.
    pub fn warn_of_damage(&self, error: Option<&CliError>) {
        let Some(repository) = self.repository.get() else {
            return;
        };
        let said = error.map(CliError::render).unwrap_or_default();
        for mpack in repository.objects.damaged_mpacks() {
            if said.contains(&*mpack.path.to_string_lossy()) {
                continue;
            }
            self.printer.warn(format_args!(
                "{} cannot be read, and what it holds is missing: {}",
                mpack.path.display(),
                mpack.reason
            ));
        }
    }

    /// A path from the command line as a path from the root of the work tree; empty for the root
    /// itself. It need not be there.
    ///
    /// # Errors
    /// If it leads out of the work tree.
    pub fn path_in(&self, repository: &Repository, path: &Path) -> Result<String, CliError> {
        let outside = || {
            CliError::usage(format!(
                "{} is outside of the repository {}",
                quote_path(path),
                quote_path(repository.layout.root())
            ))
        };
        let here = self
            .directory
            .canonicalize()
            .map_err(|error| CliError::io("cannot tell the current directory", error))?;
        let mut resolved = PathBuf::new();
        for component in here.join(path).components() {
            match component {
                Component::ParentDir => {
                    resolved.pop();
                }
                Component::CurDir => {}
                component => resolved.push(component),
            }
        }
        let inside = resolved
            .strip_prefix(repository.layout.root())
            .map_err(|_| outside())?;
        inside.to_str().map(str::to_owned).ok_or_else(outside)
    }

    /// The user's own configuration file; none if there is no home directory.
    pub fn user_config_path(&self) -> Option<PathBuf> {
        let home = self.environment.config_home.as_ref()?;
        Some(home.join("config.toml"))
    }

    /// The user's own settings.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn user_config(&self) -> Result<Config, CliError> {
        match self.user_config_path() {
            Some(path) => Ok(ConfigFile::read(&path)?.config()),
            None => Ok(Config::default()),
        }
    }

    /// The settings in effect: the repository's over the user's. Those without an effect are named
    /// in a warning, once.
    ///
    /// # Errors
    /// If one of the two files cannot be read.
    pub fn config(&self, repository: &Repository) -> Result<Config, CliError> {
        let own = repository.config.read()?;
        let user = self.user_config()?;
        self.settings_checked.get_or_init(|| {
            for (key, value) in own.entries().chain(user.entries()) {
                if let Some(problem) = settings::problem(key, value) {
                    let known = settings::known_settings();
                    self.warn(format_args!("{problem}; {known}"));
                }
            }
        });
        Ok(own.over(&user))
    }
}

/// Reports what the library does, with progress in the form that fits where this runs. Each report
/// is one line, whatever a server has put into it.
impl Reporter for Context {
    fn phase(&self, label: &str, total: Option<u64>, unit: Unit) -> Box<dyn Phase> {
        let progress = self.progress.get_or_init(|| {
            let silenced = !self.progress_allowed;
            let is_terminal = std::io::stderr().is_terminal();
            Progress::new(Form::choose(self.json(), silenced, is_terminal))
        });
        progress.phase(label, total, unit)
    }

    fn note(&self, text: Arguments<'_>) {
        self.printer.note(one_line(&text.to_string()));
    }

    fn step(&self, text: Arguments<'_>) {
        if self.printer.is_verbose() {
            self.printer.verbose(one_line(&text.to_string()));
        }
    }

    fn warn(&self, text: Arguments<'_>) {
        self.printer.warn(text);
    }
}
