//! What refs are called here, and in git.
//!
//! Branches and tags have the same names. A ref of git's notes is a branch here: `refs/notes/x` is
//! `refs/heads/git-notes/x`, so that it is pushed, fetched and exported like other histories.

use std::borrow::Cow;

use muse_wire::name::RefName;

/// Where git keeps notes.
pub(crate) const GIT_NOTES: &str = "refs/notes/";

/// Where they are here.
const NOTES: &str = "refs/heads/git-notes/";

/// What a ref is called in git.
pub(crate) fn git_ref_name(name: &RefName) -> Cow<'_, str> {
    match name.as_str().strip_prefix(NOTES) {
        Some(notes) => Cow::Owned(format!("{GIT_NOTES}{notes}")),
        None => Cow::Borrowed(name.as_str()),
    }
}

/// What a branch, tag or ref of notes in git is called here.
///
/// # Errors
/// Why it cannot be here.
pub(crate) fn ref_name_of_git(git: &str) -> Result<RefName, &'static str> {
    if git.starts_with(NOTES) {
        return Err("branches that begin with git-notes/ are git's notes here");
    }
    let name = match git.strip_prefix(GIT_NOTES) {
        Some(notes) => RefName::new(format!("{NOTES}{notes}")),
        None => RefName::new(git),
    };
    name.map_err(|error| error.reason)
}

/// Whether a branch is one of git's notes.
pub(crate) fn is_git_notes(name: &RefName) -> bool {
    name.as_str().starts_with(NOTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_branches_and_come_back_as_notes() {
        for git in [
            "refs/heads/notes/a",
            "refs/tags/git-notes/a",
            "refs/notes/a/b",
        ] {
            let here = ref_name_of_git(git).expect("valid");
            assert_eq!(git_ref_name(&here), git);
            assert_eq!(is_git_notes(&here), git.starts_with(GIT_NOTES));
        }
        let branch = RefName::branch("git-notes/a/b").expect("valid");
        assert_eq!(ref_name_of_git("refs/notes/a/b"), Ok(branch));
        for git in ["refs/heads/git-notes/a", "refs/notes/", "refs/notes/a..b"] {
            assert!(ref_name_of_git(git).is_err(), "{git}");
        }
    }
}
