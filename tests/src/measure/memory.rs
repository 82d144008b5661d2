//! Peak resident memory of processes, from `/proc`. Elsewhere than on Linux everything is 0.
//!
//! `ru_maxrss` would be simpler, but a child inherits its parent's peak across `exec`, so a small
//! program started by a large one looks large. The high-water mark of `/proc/PID/status` belongs to
//! the program alone; it vanishes with the process, so it is sampled while the process runs.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

const SAMPLE_INTERVAL: Duration = Duration::from_millis(2);

/// The peak of one process that still runs, in bytes.
pub fn peak_memory_bytes(process_id: u32) -> u64 {
    let Ok(status) = fs::read_to_string(format!("/proc/{process_id}/status")) else {
        return 0;
    };
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|value| value.trim().strip_suffix(" kB")?.parse::<u64>().ok())
        .map_or(0, |kilobytes| kilobytes * 1024)
}

/// Watches a process and all that descend from it, until it is told to stop.
pub struct PeakMemory {
    stop: Arc<AtomicBool>,
    sampler: JoinHandle<BTreeMap<u32, u64>>,
}

impl PeakMemory {
    /// Starts watching.
    pub fn watch(process_id: u32) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let sampler = std::thread::spawn(move || {
            let mut peaks = BTreeMap::new();
            while !stopped.load(Ordering::Relaxed) {
                sample(process_id, &mut peaks);
                std::thread::sleep(SAMPLE_INTERVAL);
            }
            peaks
        });
        Self { stop, sampler }
    }

    /// The peak of the largest of the processes, in bytes.
    ///
    /// # Panics
    /// Where the sampling thread has panicked.
    pub fn finish_bytes(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        let peaks = self.sampler.join().expect("sampling does not panic");
        peaks.into_values().max().unwrap_or(0)
    }
}

fn sample(process_id: u32, peaks: &mut BTreeMap<u32, u64>) {
    let mut family = vec![process_id];
    while let Some(process_id) = family.pop() {
        let peak = peaks.entry(process_id).or_default();
        *peak = (*peak).max(peak_memory_bytes(process_id));
        // Children are listed per thread.
        for thread in fs::read_dir(format!("/proc/{process_id}/task"))
            .into_iter()
            .flatten()
            .flatten()
        {
            let children = fs::read_to_string(thread.path().join("children")).unwrap_or_default();
            family.extend(
                children
                    .split_whitespace()
                    .filter_map(|id| id.parse::<u32>().ok()),
            );
        }
    }
}
