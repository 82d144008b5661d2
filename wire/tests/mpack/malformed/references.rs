//! The rules of what refers to what: parents, snapshots, bases, externals.

use muse_wire::limits::MAX_PARENTS;
use muse_wire::problem::ProblemCode::MpackMalformed;

use crate::forge::Forge;
use crate::sample::parse_tables;

#[test]
fn commits_snapshots_and_externals_refer_to_what_exists() {
    // Words of a commit's row: position, generation, time (2), snapshot, first and second parent.
    const NONE: u32 = u32::MAX;
    // The octopus is the commit at position 3.
    let octopus = |forge: &Forge| forge.commits.row_at(3);
    let child = |forge: &Forge| forge.commits.row_at(1);
    let refuse = |bend: &dyn Fn(&mut Forge), reason: &str| {
        super::refuse(|forge| bend(forge), MpackMalformed, reason);
    };
    refuse(&|forge| forge.commits.rows[0][1] = 0, "generation is 0");
    refuse(
        &|forge| forge.commits.rows[0][4] = 1000,
        "snapshot is no reference",
    );
    refuse(
        &|forge| forge.commits.rows[0][4] = NONE,
        "snapshot is no reference",
    );
    refuse(
        &|forge| {
            let row = child(forge);
            forge.commits.rows[row][5] = 1000;
        },
        "parent of the commit is no reference",
    );
    refuse(
        &|forge| {
            let row = child(forge);
            forge.commits.rows[row][5] = row as u32;
        },
        "comes after it",
    );
    refuse(
        &|forge| {
            let row = child(forge);
            forge.commits.rows[row][1] = 1;
        },
        "generation is not above",
    );
    refuse(
        &|forge| {
            let row = child(forge);
            forge.commits.rows[row].swap(5, 6);
        },
        "second parent, but no first",
    );
    refuse(
        &|forge| {
            let row = octopus(forge);
            forge.commits.rows[row][6] += 1;
        },
        "do not follow those before",
    );
    refuse(&|forge| forge.edges[1] &= !(1 << 31), "do not end");
    refuse(&|forge| forge.edges[0] |= 1 << 31, "need no edges");
    refuse(&|forge| forge.edges.push(0), "edges of no commit");
    refuse(
        &|forge| {
            let row = forge.snapshots.row_at(0);
            forge.snapshots.rows[row][1] = 1000;
        },
        "base is no reference",
    );
    refuse(
        &|forge| {
            let row = forge.snapshots.row_at(0);
            forge.snapshots.rows[row][1] = forge.snapshots.row_at(1) as u32;
        },
        "base comes after",
    );
    refuse(
        &|forge| forge.external_commits.push([0xff; 32]),
        "nothing refers",
    );
    refuse(&|forge| forge.external_snapshots.swap(0, 1), "not above");
    refuse(
        &|forge| forge.external_commits[0] = forge.commits.ids[0],
        "is in this mpack",
    );
}

/// The octopus with this many parents, all of them outside.
fn octopus_of(parents: u32) -> Forge {
    let mut forge = super::small();
    let row = forge.commits.row_at(3);
    let first_external = forge.commits.ids.len() as u32;
    forge.external_commits = (0..parents)
        .map(|number| {
            let mut id = [0; 32];
            id[31] = number as u8;
            id
        })
        .collect();
    // The others that have a parent outside have the first of these.
    for row in &mut forge.commits.rows {
        for parent in &mut row[5..] {
            if *parent != u32::MAX && *parent >> 31 == 0 && *parent >= first_external {
                *parent = first_external;
            }
        }
    }
    forge.edges = (1..parents).map(|number| first_external + number).collect();
    if let Some(last) = forge.edges.last_mut() {
        *last |= 1 << 31;
    }
    forge.commits.rows[row][5] = first_external;
    forge.commits.rows[row][6] = 1 << 31;
    forge
}

#[test]
fn a_commit_has_at_most_64_parents() {
    let most = MAX_PARENTS as u32;
    parse_tables(&octopus_of(3).build()).expect("as few as edges are for");
    parse_tables(&octopus_of(most).build()).expect("as many as allowed");
    super::assert_refused(&octopus_of(most + 1).build(), MpackMalformed, "do not end");
    super::assert_refused(&octopus_of(2).build(), MpackMalformed, "need no edges");
}
