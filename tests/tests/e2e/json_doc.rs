//! What `--json` prints is what cli/JSON.md says, field by field.

mod branches;
mod checker;
mod document;
mod history;
mod kind;
mod servers;
mod trial;
mod upkeep;

use std::collections::BTreeSet;

use clap::CommandFactory as _;
use muse::app::App;
use muse::ui::error::ErrorKind;

use self::document::Document;
use self::trial::Trial;
use crate::bad_input::commands::leaves;

#[test]
fn what_is_printed_is_in_the_document_and_the_other_way_round() {
    let trial = Trial::new();
    history::look_back(&trial);
    branches::bring_together(&trial);
    upkeep::keep(&trial);
    servers::exchange(&trial);
    servers::fail(&trial);
    trial.ends();
}

#[test]
fn every_kind_of_error_is_in_the_document() {
    let kinds = ErrorKind::ALL.iter();
    let kinds: Vec<_> = kinds
        .map(|kind| (kind.name().to_owned(), kind.exit_code()))
        .collect();
    assert_eq!(Document::read().error_kinds(), kinds);
}

#[test]
fn every_command_is_in_the_document() {
    let document = Document::read();
    let mut names = document.without_json();
    names.extend(
        document
            .commands()
            .flat_map(|section| section.names.clone()),
    );
    let app = App::command();
    for (leaf, _) in leaves(&app) {
        let leaf = format!("muse {leaf}");
        let is_named = names
            .iter()
            .any(|name| format!("{name} ").starts_with(&leaf));
        assert!(is_named, "cli/JSON.md does not name `{leaf}`");
    }
    let names: Vec<_> = document
        .commands()
        .map(|section| &section.names[0])
        .collect();
    assert!(names.is_sorted(), "{names:?} are not in order");
}

#[test]
fn every_link_leads_to_a_heading_and_every_heading_is_one_of_a_kind() {
    let document = Document::read();
    let mut anchors = BTreeSet::new();
    for section in &document.sections {
        assert!(
            anchors.insert(section.anchor()),
            "{} stands twice",
            section.title
        );
    }
    for link in document.links() {
        assert!(anchors.contains(link), "#{link} leads nowhere");
    }
}
