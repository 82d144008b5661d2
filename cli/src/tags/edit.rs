//! Creating and deleting tags.

use muse_wire::id::CommitId;
use muse_wire::name::RefName;

use super::annotation::{Annotation, NewAnnotation, record_annotations};
use super::error::TagError;
use crate::repository::{Expected, RefEdit, Repository};

/// A tag that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tagged {
    /// Its ref.
    pub name: RefName,
    /// The tagged commit.
    pub commit: CommitId,
    /// What the ref names: the tagged commit, or the one that an annotated tag is stored as.
    pub target: CommitId,
    /// What the ref named before, if the tag was replaced.
    pub old: Option<CommitId>,
}

/// Gives the commit of `revision` the tag `name`, an annotated one if there is an `annotation`.
/// With `replace`, a tag of this name may be there already.
///
/// # Errors
/// [`TagError::AlreadyExists`], [`TagError::Annotation`], and if the revision is unknown.
pub fn create_tag(
    repository: &Repository,
    name: &str,
    revision: &str,
    annotation: Option<Annotation>,
    replace: bool,
) -> Result<Tagged, TagError> {
    let name = RefName::tag(name)?;
    let mut locked = repository.lock()?;
    let old = locked.refs.read()?.get(&name);
    if let Some(old) = old
        && !replace
    {
        let commit = locked.peel(&name, old)?;
        return Err(TagError::AlreadyExists { name, commit });
    }
    let commit = locked.resolve(revision)?;
    let target = match annotation {
        None => commit,
        Some(annotation) => {
            let annotation = NewAnnotation::new(repository, &name, commit, annotation)?;
            let target = annotation.id();
            record_annotations(repository, &[annotation])?;
            target
        }
    };
    let edit = RefEdit {
        name: name.clone(),
        expected: old.map_or(Expected::Absent, Expected::Is),
        new: Some(target),
    };
    let done = match old {
        Some(_) => "replaced",
        None => "created",
    };
    locked.update_refs(&[edit], &format!("tag: {done} {}", name.short()))?;
    Ok(Tagged {
        name,
        commit,
        target,
        old,
    })
}

/// Deletes tags, all or none; returns what their refs named.
///
/// # Errors
/// [`TagError::Unknown`].
pub fn delete_tags(
    repository: &Repository,
    names: &[String],
) -> Result<Vec<(RefName, CommitId)>, TagError> {
    let mut locked = repository.lock()?;
    let refs = locked.refs.read()?;
    let mut deleted = Vec::new();
    for name in names {
        let name = RefName::tag(name)?;
        match refs.get(&name) {
            Some(target) => deleted.push((name, target)),
            None => return Err(TagError::Unknown(name)),
        }
    }
    deleted.sort();
    deleted.dedup();
    let edits: Vec<RefEdit> = deleted
        .iter()
        .map(|(name, target)| RefEdit {
            name: name.clone(),
            expected: Expected::Is(*target),
            new: None,
        })
        .collect();
    let names: Vec<&str> = deleted.iter().map(|(name, _)| name.short()).collect();
    locked.update_refs(&edits, &format!("tag: deleted {}", names.join(", ")))?;
    Ok(deleted)
}

#[cfg(test)]
mod tests {
    use muse_wire::commit::{Author, Timestamp};
    use std::collections::BTreeMap;

    use muse_wire::limits::MAX_MESSAGE_BYTES;

    use super::*;
    use crate::history::{Decoration, Decorations, Selection, describe};
    use crate::testing::Sandbox;

    fn annotation(message: &str) -> Option<Annotation> {
        Some(Annotation {
            tagger: Author {
                name: "Ada".to_owned(),
                email: "ada@example.org".to_owned(),
            },
            tagged_at: Timestamp {
                seconds: 7,
                offset_minutes: 60,
            },
            message: message.to_owned(),
            metadata: BTreeMap::new(),
        })
    }

    #[test]
    fn an_annotated_tag_says_something_and_comes_down_to_its_commit() {
        let sandbox = Sandbox::new();
        let line = sandbox.add_line(None, "main", 2);
        sandbox.set_ref("refs/heads/main", line[1]);
        let repository = &sandbox.repository;
        let tagged = create_tag(repository, "v1", "main", annotation("One"), false);
        let Tagged {
            name,
            commit,
            target,
            old,
        } = tagged.expect("tagged");
        assert_eq!((commit, old), (line[1], None));
        let stored = repository.objects.commit(&target).expect("recorded");
        assert_eq!(stored.parents, [line[1]]);
        assert_eq!(stored.snapshot, sandbox.tree(&line[1]).id());
        assert_eq!(
            (stored.message.as_str(), stored.metadata["tag"].as_str()),
            ("One", "v1")
        );
        assert_eq!(
            repository.annotation(&name, &target).expect("here"),
            Some(stored)
        );
        for (revision, expected) in [
            ("v1", line[1]),
            ("refs/tags/v1", line[1]),
            ("v1~1", line[0]),
            ("v1^0", line[1]),
            (&target.to_string(), target),
        ] {
            assert_eq!(repository.resolve(revision).expect(revision), expected);
        }
        let decorations = Decorations::read(repository).expect("readable");
        let is_tag = |decoration: &Decoration| *decoration == Decoration::Tag("v1".to_owned());
        assert!(decorations.of(&line[1]).iter().any(is_tag));
        assert!(!decorations.of(&target).iter().any(is_tag));
        let all = Selection::all(repository).expect("readable");
        assert!(all.tips.contains(&line[1]) && !all.tips.contains(&target));
        let described = describe(repository, line[1]).expect("walks");
        assert_eq!(described.expect("tagged").to_string(), "v1");
        // Only tags come down to another commit.
        sandbox.set_ref("refs/heads/branch", target);
        assert_eq!(repository.resolve("branch").expect("there"), target);
        // The same again is the same commit.
        let again = create_tag(repository, "v1", "main", annotation("One"), true);
        assert_eq!(again.expect("replaced").target, target);
    }

    #[test]
    fn a_tag_stays_unless_it_is_replaced_or_deleted() {
        let sandbox = Sandbox::new();
        let line = sandbox.add_line(None, "main", 2);
        sandbox.set_ref("refs/heads/main", line[1]);
        let repository = &sandbox.repository;
        let create = |revision, annotation, replace| {
            create_tag(repository, "v1", revision, annotation, replace)
        };
        let target = create("HEAD~1", None, false).expect("tagged").target;
        assert_eq!(target, line[0]);
        assert!(matches!(
            create("HEAD", None, false),
            Err(TagError::AlreadyExists { commit, .. }) if commit == line[0]
        ));
        let replaced = create("HEAD", annotation("Two"), true).expect("replaced");
        assert_eq!((replaced.old, replaced.commit), (Some(line[0]), line[1]));
        let long = "x".repeat(MAX_MESSAGE_BYTES + 1);
        assert!(matches!(
            create("HEAD", annotation(&long), true),
            Err(TagError::Annotation(_))
        ));
        let delete = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            delete_tags(repository, &names)
        };
        assert!(
            matches!(delete(&["v1", "v2"]), Err(TagError::Unknown(name)) if name.short() == "v2")
        );
        assert_eq!(repository.resolve("v1").expect("still there"), line[1]);
        let deleted = delete(&["v1", "v1"]).expect("deleted");
        assert_eq!(deleted, [(replaced.name, replaced.target)]);
        assert!(repository.resolve("v1").is_err());
        // The commit is still here, and makes it the same tag again.
        let id = replaced.target.to_string();
        create(&id, None, false).expect("tagged");
        assert_eq!(repository.resolve("v1").expect("tagged"), line[1]);
    }
}
