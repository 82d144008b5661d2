//! The command line, the environment and the file of settings together.

use std::fs;

use tempfile::TempDir;

use super::*;
use crate::config::Config;

/// Reads `musehub WORDS --data d` with a file of settings that holds this.
fn read_with(file: &str, words: &[&str]) -> Result<Arguments, ArgumentsError> {
    let directory = TempDir::new().expect("a temporary directory");
    let path = directory.path().join("musehub.toml");
    fs::write(&path, file).expect("written");
    let words = ["musehub"].iter().chain(words).map(OsString::from);
    Arguments::read(words.chain(["--config".into(), path.into()]))
}

fn served(arguments: Arguments) -> Config {
    match arguments.command {
        Command::Serve(serve) => serve.config(),
        other => panic!("another command: {other:?}"),
    }
}

/// What is said of a file, after its path.
fn refusal(file: &str) -> String {
    let error = read_with(file, &["serve", "--data", "d"]).expect_err(file);
    let text = error.to_string();
    let (_, reason) = text.split_once("musehub.toml:").expect("it names the file");
    reason.to_owned()
}

#[test]
fn the_command_line_is_consistent() {
    Arguments::command().debug_assert();
}

#[test]
fn defaults_are_those_of_the_library() {
    let words = ["musehub", "serve", "--data", "d"].map(OsString::from);
    let config = served(Arguments::read(words).expect("valid"));
    let default = Config::new("d");
    assert_eq!(config.listen, default.listen);
    assert_eq!(config.workers, default.workers);
    assert_eq!(config.push_limits, default.push_limits);
    assert_eq!(config.queued_jobs_per_repo, default.queued_jobs_per_repo);
    assert_eq!(config.job_retention, default.job_retention);
    assert_eq!(config.presign_lifetime, default.presign_lifetime);
    assert_eq!(config.max_connections, default.max_connections);
    assert_eq!(config.drain_timeout, default.drain_timeout);
    assert_eq!(config.store, default.store);
}

#[test]
fn the_file_says_what_no_flag_says() {
    let file = "data = '/srv/hub'\nworkers = 7\nmax-connections = 9 # few\nlog-format = 'json'\n";
    let arguments = read_with(file, &["serve", "--workers", "3"]).expect("valid");
    assert_eq!(arguments.log_format, LogFormat::Json);
    let config = served(arguments);
    assert_eq!(config.data_dir, PathBuf::from("/srv/hub"));
    assert_eq!(config.workers, 3);
    assert_eq!(config.max_connections, 9);
    assert_eq!(config.listen, Config::new("d").listen);
}

#[test]
fn a_setting_that_may_come_several_times_is_a_list() {
    let file = "trusted-proxy = ['10.0.0.0/8', '::1']\n";
    let config = served(read_with(file, &["serve", "--data", "d"]).expect("valid"));
    assert_eq!(config.trusted_proxies.len(), 2);
    let words = [
        "serve",
        "--data",
        "d",
        "--trusted-proxy",
        "10.0.0.1,10.0.0.2,::1",
    ];
    let config = served(read_with(file, &words).expect("valid"));
    assert_eq!(config.trusted_proxies.len(), 3);
}

#[test]
fn every_command_takes_its_settings_from_the_file() {
    let file = "data = '/srv/hub'\nlisten = '127.0.0.1:9'\ndatabase = 'sqlite:x'\n";
    let arguments = read_with(file, &["repo", "list"]).expect("valid");
    let Command::Repo(RepoCommand::List { data }) = arguments.command else {
        panic!("another command");
    };
    assert_eq!(data.data, PathBuf::from("/srv/hub"));
    assert_eq!(data.database.as_deref(), Some("sqlite:x"));
}

#[test]
fn a_wrong_line_of_the_file_is_named() {
    assert_eq!(
        refusal("workers = 1\nworker = 2"),
        "2: `worker` is no setting"
    );
    assert_eq!(refusal("\nconfig = 'x'"), "2: `config` is no setting");
    // Arguments without a variable are no settings.
    assert_eq!(refusal("label = 'x'"), "1: `label` is no setting");
    assert!(refusal("[server]\nworkers = 1").starts_with("1: `server` is no setting"));
    assert!(refusal("[workers]\na = 1").starts_with("1: `workers` takes a text, a number"));
    let reason = refusal("listen = 'x:1'\nmax-connections = 0");
    assert!(reason.starts_with("2: invalid value '0' for"), "{reason}");
    let reason = refusal("workers = [1, 2]");
    assert!(reason.contains("cannot be used multiple times"), "{reason}");
    let reason = refusal("workers = 1\nlisten =\n");
    assert!(reason.starts_with("2: "), "{reason}");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let words = ["musehub", "serve", "--data", "d", "--config", "/no/such"];
    let error = Arguments::read(words.map(OsString::from)).expect_err("there is no such file");
    assert!(error.to_string().contains("/no/such"), "{error}");
}

#[test]
fn a_setting_has_one_name_in_three_spellings() {
    let command = Arguments::command();
    for (name, argument) in file::settings(&command) {
        let variable = format!("MUSEHUB_{}", name.to_uppercase().replace('-', "_"));
        let env = argument.get_env().expect("a setting has a variable");
        assert_eq!(env.to_string_lossy(), variable);
    }
}
