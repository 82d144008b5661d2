//! The rules for the names in an answer to `GET refs`, beyond those that each name keeps by itself.

use std::collections::BTreeSet;

use muse_wire::api::refs::RefsResponse;
use muse_wire::name::find_ref_collision;

/// Checks that the default branch is a branch, that all refs are branches and tags, and that no
/// file system could confuse two of them.
///
/// # Errors
/// The first rule that is broken, with the refs that break it.
pub(super) fn check(answer: &RefsResponse) -> Result<(), String> {
    let default_branch = &answer.default_branch;
    if default_branch.as_branch().is_none() {
        return Err(format!("the default branch {default_branch} is no branch"));
    }
    let mut names = BTreeSet::new();
    for name in answer.refs.iter().map(|entry| &entry.name) {
        if !name.is_shared() {
            return Err(format!("{name} is neither a branch nor a tag"));
        }
        if !names.insert(name) {
            return Err(format!("{name} is listed twice"));
        }
    }
    if let Some(collision) = find_ref_collision([], names) {
        return Err(collision.to_string());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use muse_wire::api::refs::RefEntry;
    use muse_wire::id::CommitId;
    use muse_wire::limits::{FormatLimits, PushLimits};
    use muse_wire::name::RefName;

    use super::*;

    fn checked(default_branch: &str, names: &[&str]) -> Result<(), String> {
        let name = |name: &str| RefName::new(name).expect("valid by itself");
        let refs = names.iter().map(|one| RefEntry {
            name: name(one),
            target: CommitId::from_bytes([1; 32]),
        });
        check(&RefsResponse {
            repo_id: "1".to_owned(),
            default_branch: name(default_branch),
            refs: refs.collect(),
            capabilities: Vec::new(),
            limits: PushLimits::default(),
            format_limits: FormatLimits::default(),
        })
    }

    #[test]
    fn names_that_no_file_system_confuses_pass() {
        let main = "refs/heads/main";
        assert_eq!(checked(main, &[]), Ok(()));
        let names = [
            "refs/heads/a-b",
            "refs/heads/a/b",
            "refs/heads/a/c",
            "refs/heads/a0",
            "refs/tags/a",
            main,
        ];
        assert_eq!(checked(main, &names), Ok(()));
    }

    #[test]
    fn every_rule_refuses_its_case_and_names_the_ref() {
        let main = "refs/heads/main";
        for (names, reason) in [
            (
                ["refs/remotes/origin/x", main],
                "refs/remotes/origin/x is neither a branch nor a tag",
            ),
            ([main, main], "refs/heads/main is listed twice"),
            (
                [main, "refs/heads/Main"],
                "refs/heads/main cannot exist beside refs/heads/Main: the two differ only in case \
                 or Unicode form",
            ),
            (
                ["refs/tags/\u{e9}", "refs/tags/e\u{301}"],
                "refs/tags/\u{e9} cannot exist beside refs/tags/e\u{301}: the two differ only in \
                 case or Unicode form",
            ),
            (
                ["refs/heads/MAIN/x/y", main],
                "refs/heads/main cannot exist beside refs/heads/MAIN/x/y: one cannot be a \
                 directory of the other",
            ),
        ] {
            assert_eq!(checked(main, &names), Err(reason.to_owned()));
        }
        let refused = checked("refs/tags/v1", &[main]);
        assert_eq!(
            refused,
            Err("the default branch refs/tags/v1 is no branch".to_owned())
        );
    }
}
