//! The pages of settings and metrics in the repository are exactly what the code gives.
//!
//! `MUSE_UPDATE_GENERATED=1 cargo test -p musehub --test generated` brings them up to date.

use std::fs;
use std::path::Path;

use musehub::config::arguments::settings_page;
use musehub::metrics::metrics_page;

/// Set to rewrite the files instead of comparing them.
const UPDATE: &str = "MUSE_UPDATE_GENERATED";

#[test]
fn the_table_of_settings_is_up_to_date() {
    check("SETTINGS.md", &settings_page());
}

#[test]
fn the_table_of_metrics_is_up_to_date() {
    check("METRICS.md", &metrics_page());
}

fn check(name: &str, page: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if std::env::var_os(UPDATE).is_some() {
        fs::write(&path, page).expect("the project is writable");
    }
    let present = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(present, page, "run this test with {UPDATE}=1");
}
