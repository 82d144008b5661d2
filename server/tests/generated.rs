//! The table of settings in the repository is exactly what the command line gives.
//!
//! `MUSE_UPDATE_GENERATED=1 cargo test -p musehub --test generated` brings it up to date.

use std::fs;
use std::path::Path;

use musehub::config::arguments::settings_page;

/// Set to rewrite the file instead of comparing it.
const UPDATE: &str = "MUSE_UPDATE_GENERATED";

#[test]
fn the_table_of_settings_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("SETTINGS.md");
    let page = settings_page();
    if std::env::var_os(UPDATE).is_some() {
        fs::write(&path, &page).expect("the project is writable");
    }
    let present = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(present, page, "run this test with {UPDATE}=1");
}
