//! How far a branch is from what it follows, as people and programs read it.

use super::quantity::counted;
use crate::branches::{Distance, Upstream};

/// A sentence, with what to type about it.
pub fn sentence(upstream: &Upstream) -> String {
    let name = &upstream.name;
    let commits = |count: usize| counted(count as u64, "commit");
    let pronoun = |count: usize| if count == 1 { "it" } else { "them" };
    match upstream.distance {
        None => format!("Follows {name}, which is not on the server (`muse push` makes it)"),
        Some(Distance {
            ahead: 0,
            behind: 0,
        }) => format!("Level with {name}"),
        Some(Distance { ahead, behind: 0 }) => {
            let (commits, them) = (commits(ahead), pronoun(ahead));
            format!("{commits} ahead of {name} (`muse push` sends {them})")
        }
        Some(Distance { ahead: 0, behind }) => {
            let (commits, them) = (commits(behind), pronoun(behind));
            format!("{commits} behind {name} (`muse pull` brings {them})")
        }
        Some(Distance { ahead, behind }) => format!(
            "Diverged from {name}: {} here, {} there (`muse pull` brings both together)",
            commits(ahead),
            commits(behind)
        ),
    }
}

/// What stands in brackets in a list of branches: `origin/main: ahead 1, behind 2`, without the
/// name `ahead 1, behind 2`. Empty where there is nothing to say.
pub fn brief(upstream: &Upstream, with_name: bool) -> String {
    let distance = match upstream.distance {
        None => "gone".to_owned(),
        Some(Distance { ahead, behind }) => {
            let counts = [(ahead, "ahead"), (behind, "behind")];
            let counts = counts.iter().filter(|(count, _)| *count > 0);
            let counts: Vec<String> = counts
                .map(|(count, what)| format!("{what} {count}"))
                .collect();
            counts.join(", ")
        }
    };
    match (with_name, distance.is_empty()) {
        (false, _) => distance,
        (true, true) => upstream.name.clone(),
        (true, false) => format!("{}: {distance}", upstream.name),
    }
}

/// What programs read. What a branch follows and the server does not have is `gone`.
pub fn to_json(upstream: &Upstream) -> serde_json::Value {
    serde_json::json!({
        "name": upstream.name,
        "ahead": upstream.distance.map(|distance| distance.ahead),
        "behind": upstream.distance.map(|distance| distance.behind),
        "gone": upstream.distance.is_none(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(distance: Option<(usize, usize)>) -> Upstream {
        Upstream {
            name: "origin/main".to_owned(),
            distance: distance.map(|(ahead, behind)| Distance { ahead, behind }),
        }
    }

    #[test]
    fn says_how_far_apart_the_branches_are() {
        let sentences = [None, Some((0, 0)), Some((0, 2)), Some((1, 0)), Some((2, 1))]
            .map(|distance| sentence(&at(distance)))
            .join("\n");
        insta::assert_snapshot!(sentences, @r"
        Follows origin/main, which is not on the server (`muse push` makes it)
        Level with origin/main
        2 commits behind origin/main (`muse pull` brings them)
        1 commit ahead of origin/main (`muse push` sends it)
        Diverged from origin/main: 2 commits here, 1 commit there (`muse pull` brings both together)
        ");
    }

    #[test]
    fn a_list_says_it_in_brackets() {
        let brief = |distance, with_name| brief(&at(distance), with_name);
        assert_eq!(brief(None, false), "gone");
        assert_eq!(brief(None, true), "origin/main: gone");
        assert_eq!(brief(Some((0, 0)), false), "");
        assert_eq!(brief(Some((0, 0)), true), "origin/main");
        assert_eq!(brief(Some((0, 3)), false), "behind 3");
        assert_eq!(brief(Some((2, 1)), true), "origin/main: ahead 2, behind 1");
    }
}
