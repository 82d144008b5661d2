//! Numbers as people read them.

use indicatif::HumanBytes;

/// `1 commit`, `2 commits`, `2 branches`.
pub fn counted(count: u64, what: &str) -> String {
    let plural = match count {
        1 => "",
        _ if what.ends_with("ch") => "es",
        _ => "s",
    };
    format!("{count} {what}{plural}")
}

/// `1.50 MiB`.
pub fn bytes(count: u64) -> String {
    HumanBytes(count).to_string()
}
