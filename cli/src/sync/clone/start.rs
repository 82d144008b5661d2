//! The branch or tag that a clone starts on.

use muse_wire::name::RefName;

use super::error::CloneError;
use crate::report::Reporter;
use crate::transport::RemoteRefs;

/// Where to start if the remote's default branch does not exist.
const USUAL_BRANCHES: [&str; 3] = ["main", "master", "trunk"];

/// The named branch or tag, or the remote's default branch, which exists unless the remote has none
/// at all.
pub(super) fn choose_start(
    reporter: &dyn Reporter,
    remote: &RemoteRefs,
    named: Option<&str>,
) -> Result<RefName, CloneError> {
    let has = |name: &RefName| remote.get(name).is_some();
    if let Some(named) = named {
        let branch = RefName::branch(named).ok().filter(has);
        let tag = || RefName::tag(named).ok().filter(has);
        return branch.or_else(tag).ok_or_else(|| CloneError::UnknownStart {
            name: named.to_owned(),
        });
    }
    let default = remote.default_branch();
    if has(default) {
        return Ok(default.clone());
    }
    let usual = USUAL_BRANCHES
        .iter()
        .filter_map(|name| RefName::branch(name).ok());
    let branches = remote.iter().map(|(name, _)| name.clone());
    let found = usual
        .chain(branches)
        .find(|name| name.as_branch().is_some() && has(name));
    let Some(found) = found else {
        return Ok(default.clone());
    };
    reporter.warn(format_args!(
        "the remote's default branch {} does not exist; starting on {}",
        default.short(),
        found.short()
    ));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Silent;

    fn start(default: &str, branches: &[&str], named: Option<&str>) -> Option<String> {
        let full = |branch: &str| format!("refs/heads/{branch}");
        let names: Vec<String> = branches.iter().map(|branch| full(branch)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let remote = RemoteRefs::of(&full(default), &names);
        let chosen = choose_start(&Silent, &remote, named).ok()?;
        Some(chosen.short().to_owned())
    }

    #[test]
    fn the_named_branch_or_the_best_that_there_is() {
        assert_eq!(start("main", &["a", "main"], None).as_deref(), Some("main"));
        assert_eq!(start("main", &["a", "b"], Some("b")).as_deref(), Some("b"));
        assert_eq!(start("main", &["a"], Some("b")), None);
        let tagged = RemoteRefs::of("refs/heads/main", &["refs/heads/main", "refs/tags/v1"]);
        let tag = choose_start(&Silent, &tagged, Some("v1")).expect("there");
        assert_eq!(tag.as_str(), "refs/tags/v1");
        assert_eq!(
            start("gone", &["a", "trunk"], None).as_deref(),
            Some("trunk")
        );
        assert_eq!(start("gone", &["b", "a"], None).as_deref(), Some("a"));
        assert_eq!(start("main", &[], None).as_deref(), Some("main"));
    }
}
