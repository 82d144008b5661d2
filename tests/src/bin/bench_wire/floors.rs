//! What this machine takes for the least that any tool must do.

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use muse_e2e::harness::binary;
use muse_e2e::workload::text;
use muse_wire::id::ObjectId;

const RUNS: usize = 5;
const FILES: usize = 5_000;
const FILE_BYTES: usize = 4096;

/// Measures them and writes a paragraph.
pub(crate) fn measure(root: &Path) -> Result<String, Box<dyn Error>> {
    let folder = root.join("floors");
    std::fs::create_dir_all(&folder)?;
    let mut out = String::from("Floors on this machine (median):\n\n");
    let mut line = |what: &str, milliseconds: f64| {
        let _ = writeln!(out, "* {what}: {milliseconds:.1} ms");
    };
    for (name, program) in [
        ("git --version", "git".into()),
        ("muse --version", binary("muse")),
    ] {
        line(
            name,
            median(|| {
                Command::new(&program)
                    .arg("--version")
                    .stdout(Stdio::null())
                    .status()
                    .map(drop)
            })?,
        );
    }
    let mut number = 0;
    line(
        "create, write and sync one small file",
        median(|| {
            number += 1;
            let mut file = std::fs::File::create(folder.join(format!("synced-{number}")))?;
            file.write_all(b"x")?;
            file.sync_all()
        })?,
    );
    let contents = text(1, FILE_BYTES);
    line(
        "create 5,000 files of 4 KiB, one thread",
        median(|| {
            number += 1;
            for file in 0..FILES {
                let below = folder.join(format!("{number}/{}", file / 100));
                if file % 100 == 0 {
                    std::fs::create_dir_all(&below)?;
                }
                std::fs::write(below.join(file.to_string()), &contents)?;
            }
            Ok(())
        })?,
    );
    let large = text(2, 20_000_000);
    line(
        "SHA-256 of 20 MB, one thread",
        median(|| {
            std::hint::black_box(ObjectId::of(&large));
            Ok(())
        })?,
    );
    Ok(out)
}

fn median(mut run: impl FnMut() -> std::io::Result<()>) -> Result<f64, Box<dyn Error>> {
    let mut milliseconds = Vec::new();
    for _ in 0..RUNS {
        let started = Instant::now();
        run()?;
        milliseconds.push(started.elapsed().as_secs_f64() * 1e3);
    }
    milliseconds.sort_by(f64::total_cmp);
    Ok(milliseconds[RUNS / 2])
}
