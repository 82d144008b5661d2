//! How much of the files that are mapped into memory is there.

use std::fs;

/// Bytes of mapped files in this process's memory; none where the system does not say.
pub(super) fn mapped_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let value = status
        .lines()
        .find_map(|line| line.strip_prefix("RssFile:"))?;
    let kibibytes: u64 = value.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn linux_says_how_much_is_mapped() {
        let bytes = mapped_bytes().expect("Linux says so");
        assert!((1024..1 << 40).contains(&bytes), "{bytes}");
    }
}
