//! The branch that a clone starts on.

use muse_wire::api::refs::RefsResponse;
use muse_wire::name::RefName;

use super::error::CloneError;
use crate::report::Reporter;

/// Where to start if the server's default branch does not exist.
const USUAL_BRANCHES: [&str; 3] = ["main", "master", "trunk"];

/// The named branch or the server's default one, which exists unless the server has none at all.
pub(super) fn choose_branch(
    reporter: &dyn Reporter,
    server: &RefsResponse,
    named: Option<&str>,
) -> Result<RefName, CloneError> {
    let has = |name: &RefName| server.refs.iter().any(|entry| entry.name == *name);
    if let Some(named) = named {
        let branch = RefName::branch(named).ok().filter(has);
        return branch.ok_or_else(|| CloneError::UnknownBranch {
            branch: named.to_owned(),
        });
    }
    if has(&server.default_branch) {
        return Ok(server.default_branch.clone());
    }
    let usual = USUAL_BRANCHES
        .iter()
        .filter_map(|name| RefName::branch(name).ok());
    let branches = server.refs.iter().map(|entry| entry.name.clone());
    let found = usual
        .chain(branches)
        .find(|name| name.as_branch().is_some() && has(name));
    let Some(found) = found else {
        return Ok(server.default_branch.clone());
    };
    reporter.warn(format_args!(
        "the remote's default branch {} does not exist; starting on {}",
        server.default_branch.short(),
        found.short()
    ));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use muse_wire::api::refs::RefEntry;
    use muse_wire::id::CommitId;
    use muse_wire::limits::{FormatLimits, PushLimits};

    use super::*;
    use crate::report::Silent;

    fn start(default: &str, branches: &[&str], named: Option<&str>) -> Option<String> {
        let entry = |name: &&str| RefEntry {
            name: RefName::branch(name).expect("valid"),
            target: CommitId::from_bytes([1; 32]),
        };
        let server = RefsResponse {
            repo_id: String::new(),
            default_branch: RefName::branch(default).expect("valid"),
            refs: branches.iter().map(entry).collect(),
            capabilities: Vec::new(),
            limits: PushLimits::default(),
            format_limits: FormatLimits::default(),
        };
        let chosen = choose_branch(&Silent, &server, named).ok()?;
        Some(chosen.short().to_owned())
    }

    #[test]
    fn the_named_branch_or_the_best_that_there_is() {
        assert_eq!(start("main", &["a", "main"], None).as_deref(), Some("main"));
        assert_eq!(start("main", &["a", "b"], Some("b")).as_deref(), Some("b"));
        assert_eq!(start("main", &["a"], Some("b")), None);
        assert_eq!(
            start("gone", &["a", "trunk"], None).as_deref(),
            Some("trunk")
        );
        assert_eq!(start("gone", &["b", "a"], None).as_deref(), Some("b"));
        assert_eq!(start("main", &[], None).as_deref(), Some("main"));
    }
}
