//! A file of 512 MiB through commit, push, ingest and clone, with no process above 300 MiB.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use muse_e2e::harness::{Backend, Invocation, Scenario, listing};
use muse_e2e::measure::{PeakMemory, peak_memory_bytes};
use muse_e2e::workload::incompressible;
use muse_wire::limits::STREAM_MAX_RAW_BYTES;

const BLOCK_BYTES: usize = 1 << 20;
const BLOCKS: u64 = 512;
const LIMIT_BYTES: u64 = 300 << 20;

/// Mostly zeros, as disk images are, with a block of noise in every eighth, and no two frames
/// alike.
fn write_large(path: &Path) {
    let file = File::create(path).expect("the sandbox is writable");
    let mut out = BufWriter::with_capacity(BLOCK_BYTES, file);
    let zeros = vec![0; BLOCK_BYTES];
    for block in 0..BLOCKS {
        if block % 8 == 0 {
            out.write_all(&incompressible(block, BLOCK_BYTES))
        } else {
            out.write_all(&block.to_le_bytes())
                .and_then(|()| out.write_all(&zeros[8..]))
        }
        .expect("the disk has room");
    }
    out.flush().expect("the disk has room");
}

/// Runs a command and checks its peak.
fn bounded(what: &str, command: Invocation) {
    let mut child = command.spawn();
    let watch = PeakMemory::watch(child.id());
    let status = child.wait().expect("a child can be waited for");
    let peak = watch.finish_bytes();
    assert!(status.success(), "{what} ended with {status}");
    assert!(peak < LIMIT_BYTES, "{what} took {} MiB", peak >> 20);
}

fn passes_through(backend: Backend) {
    if !backend.is_available() {
        return;
    }
    let scenario = Scenario::new(backend);
    let url = scenario.create_repo("large");
    scenario.init("work", &url);
    scenario.sandbox().write("work/small", "beside it\n");
    write_large(&scenario.sandbox().path("work/large"));
    bounded(
        "commit",
        scenario.muse("work").args(["commit", "-m", "Large"]),
    );
    bounded(
        "push",
        scenario.muse("work").args(["push", "origin", "main"]),
    );
    bounded("clone", scenario.muse(".").args(["clone", &url, "clone"]));
    change_a_byte(&scenario.sandbox().path("work/large"));
    bounded(
        "commit of one changed byte",
        scenario.muse("work").args(["commit", "-m", "One byte"]),
    );
    bounded(
        "push of one changed byte",
        scenario.muse("work").args(["push", "origin", "main"]),
    );
    bounded(
        "pull of one changed byte",
        scenario.muse("clone").arg("pull"),
    );
    let server = peak_memory_bytes(scenario.server().process_id());
    assert!(server < LIMIT_BYTES, "the server took {} MiB", server >> 20);
    let sandbox = scenario.sandbox();
    assert_eq!(
        listing(&sandbox.path("clone")),
        listing(&sandbox.path("work"))
    );
}

fn change_a_byte(path: &Path) {
    let file = File::options().write(true).open(path);
    let middle = BLOCKS / 2 * BLOCK_BYTES as u64 + 1000;
    let changed = file.and_then(|file| file.write_all_at(b"!", middle));
    changed.expect("the sandbox is writable");
}

#[test]
fn embedded() {
    passes_through(Backend::Embedded);
}

#[test]
fn distributed() {
    passes_through(Backend::Distributed);
}

/// A small file that inflates to more than a server verifies while its client waits.
#[test]
fn what_inflates_is_uploaded() {
    let scenario = Scenario::new(Backend::Embedded);
    let url = scenario.create_repo("zeros");
    scenario.init("work", &url);
    let file = File::create(scenario.sandbox().path("work/zeros")).expect("writable");
    file.set_len(STREAM_MAX_RAW_BYTES)
        .expect("the disk has room");
    scenario.ok("work", "commit -m Zeros");
    let push = "push origin main --transfer stream";
    let refused = scenario.fails("work", push, 2);
    refused.says("256000000 bytes of files; a stream takes fewer");
    let pushed = scenario.ok("work", "-v push origin main");
    assert!(pushed.stderr.contains("transfer=presign"), "{pushed}");
}
