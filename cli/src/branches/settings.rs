//! The settings of branches, which go and come with them.

use std::collections::BTreeMap;

use muse_wire::name::RefName;

use crate::repository::{Config, LockedRepository, Operation, Result};

/// The settings of these branches, by their keys.
pub(super) fn settings_of(config: &Config, branches: &[&RefName]) -> BTreeMap<String, String> {
    let prefixes: Vec<String> = branches
        .iter()
        .map(|branch| format!("{}.", section(branch)))
        .collect();
    let is_theirs = |key: &str| prefixes.iter().any(|prefix| key.starts_with(prefix));
    config
        .entries()
        .filter(|(key, _)| is_theirs(key))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

/// Removes the settings of branches that are gone: a new branch of the same name is another one.
pub(super) fn forget_settings(
    locked: &mut LockedRepository<'_>,
    branches: &[&RefName],
) -> Result<()> {
    if settings_of(&locked.config.read()?, branches).is_empty() {
        return Ok(());
    }
    locked.edit_config(|file| {
        branches
            .iter()
            .try_for_each(|branch| file.remove_section(&section(branch)).map(drop))
    })
}

/// Settings go first: if the refs cannot follow, the command can be run again.
pub(super) fn rename_settings(
    locked: &mut LockedRepository<'_>,
    old: &RefName,
    new: &RefName,
) -> Result<()> {
    if !settings_of(&locked.config.read()?, &[old]).is_empty() {
        locked.edit_config(|file| Ok(file.rename_section(&section(old), &section(new))))?;
    }
    Ok(())
}

/// Once an operation is undone: the branches that it made have no settings any more, and those that
/// it removed or renamed have theirs again.
///
/// # Errors
/// If the configuration cannot be read or written.
pub fn undo_settings(locked: &mut LockedRepository<'_>, operation: &Operation) -> Result<()> {
    let made = operation.moves.iter().filter(|moved| moved.old.is_none());
    let made = made.map(|moved| &moved.name);
    let made: Vec<&RefName> = made.filter(|name| name.as_branch().is_some()).collect();
    forget_settings(locked, &made)?;
    if operation.settings.is_empty() {
        return Ok(());
    }
    locked.edit_config(|file| {
        let mut settings = operation.settings.iter();
        settings.try_for_each(|(key, value)| file.set(key, value))
    })
}

/// The section of the configuration that holds a branch's settings.
fn section(branch: &RefName) -> String {
    format!("branch.{}", branch.short())
}
