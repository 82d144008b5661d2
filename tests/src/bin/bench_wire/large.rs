//! One byte changed in the middle of a large file: what a commit, a push and a pull of it cost.
//!
//! Each is done once, through the proxy that counts. git is left out: it sends such a file whole.

use std::error::Error;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use muse_e2e::harness::{Backend, Sandbox, Scenario, ServerOptions, USER};
use muse_e2e::measure::CountingProxy;
use muse_e2e::workload::incompressible;
use muse_wire::id::hash_object;

use super::contender::{folder_bytes, must, watch};
use super::gates::{Gates, LARGE_GROWTH_BYTES, LARGE_PEAK_BYTES, LARGE_SECONDS_OF_FLOOR};

const BLOCK_BYTES: usize = 1 << 20;

/// Measures a file of so many MiB and writes a table.
pub(crate) fn measure(
    root: &Path,
    mebibytes: u64,
    backend: Backend,
    gates: &mut Gates,
) -> Result<String, Box<dyn Error>> {
    let sandbox = Sandbox::below(&root.join("large"));
    let scenario = Scenario::in_sandbox(sandbox, backend, &ServerOptions::default());
    let proxy = CountingProxy::start(scenario.server().base_url());
    scenario.create_repo("large");
    let url = format!("{}/{USER}/large", proxy.url());
    let [work, clone] = ["work", "clone"].map(|name| scenario.sandbox().path(name));
    must(scenario.muse(".").into_command().arg("init").arg(&work))?;
    let muse = |directory: &Path, arguments: &[&str]| {
        let mut command = scenario.muse(directory).into_command();
        command.arg("-q").args(arguments);
        command
    };
    must(&mut muse(&work, &["remote", "add", "origin", &url]))?;
    let path = work.join("large");
    write_large(&path, mebibytes)?;

    let read = seconds(|| hash_object(&mut File::open(&path)?).map(drop))?;
    let copy = seconds(|| std::fs::copy(&path, root.join("copy")).map(drop))?;
    std::fs::remove_file(root.join("copy"))?;
    let mut out = format!(
        "\nA file of {mebibytes} MiB. Floors: {read:.2} s to read and hash it, {copy:.2} s to copy \
         it.\n\n\
         | verb | muse s | floor s | muse MB | server grows MB | client grows MB \
         | muse MiB client / server | over |\n|---|---|---|---|---|---|---|---|\n"
    );
    let server = scenario.server();
    let blobs = server.blobs();
    let mut row = |what: &str, at: &Path, floor: f64, command: &mut Command, changed: bool| {
        let stored = || -> std::io::Result<[f64; 2]> {
            let local = at.join(".muse");
            let local = local.exists().then(|| folder_bytes(&local)).transpose()?;
            let remote = blobs.as_deref().map(folder_bytes).transpose()?;
            Ok([remote, local].map(|bytes| bytes.unwrap_or(0) as f64))
        };
        let before = stored()?;
        let started = Instant::now();
        let observed = watch(command, &proxy, server.process_id())?;
        let seconds = started.elapsed().as_secs_f64();
        let after = stored()?;
        let wire = observed.wire_bytes as f64;
        let grown = [after[0] - before[0], after[1] - before[1]];
        let peaks = [observed.client_peak_bytes, observed.server_peak_bytes];
        let mut goals = vec![
            ("client memory", peaks[0] as f64, LARGE_PEAK_BYTES),
            ("server memory", peaks[1] as f64, LARGE_PEAK_BYTES),
        ];
        if changed {
            goals.extend([
                ("wire", wire, LARGE_GROWTH_BYTES),
                ("server", grown[0], LARGE_GROWTH_BYTES),
                ("client", grown[1], LARGE_GROWTH_BYTES),
                ("seconds", seconds, floor * LARGE_SECONDS_OF_FLOOR),
            ]);
        }
        goals.retain(|(_, figure, most)| gates.judge(*figure, *most) == "over");
        let over: Vec<_> = goals.iter().map(|(name, ..)| *name).collect();
        writeln!(
            out,
            "| {what} | {seconds:.2} | {floor:.2} | {:.2} | {:.2} | {:.2} | {} / {} | {} |",
            wire / 1e6,
            grown[0] / 1e6,
            grown[1] / 1e6,
            peaks[0] >> 20,
            peaks[1] >> 20,
            if over.is_empty() {
                "ok".to_owned()
            } else {
                over.join(", ")
            },
        )?;
        Ok::<_, Box<dyn Error>>(())
    };
    let commit = || muse(&work, &["commit", "-m", "Large"]);
    let push = || muse(&work, &["push", "origin", "main"]);
    row("first commit", &work, read, &mut commit(), false)?;
    row("first push", &work, read, &mut push(), false)?;
    let mut command = scenario.muse(".").into_command();
    command.args(["-q", "clone", &url]).arg(&clone);
    row("clone", &clone, read + copy, &mut command, false)?;
    File::options()
        .write(true)
        .open(&path)?
        .write_all_at(b"x", mebibytes << 19)?;
    row("commit one byte", &work, read, &mut commit(), true)?;
    row("push one byte", &work, read, &mut push(), true)?;
    row(
        "pull one byte",
        &clone,
        read + copy,
        &mut muse(&clone, &["pull"]),
        true,
    )?;
    Ok(out)
}

fn write_large(path: &Path, mebibytes: u64) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    (0..mebibytes).try_for_each(|block| file.write_all(&incompressible(block, BLOCK_BYTES)))
}

fn seconds(run: impl FnOnce() -> std::io::Result<()>) -> std::io::Result<f64> {
    let started = Instant::now();
    run()?;
    Ok(started.elapsed().as_secs_f64())
}
