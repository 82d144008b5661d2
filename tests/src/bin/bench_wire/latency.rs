//! How fast `unpack-mpack` answers while the server takes in a large push.

use std::error::Error;
use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

use muse_e2e::harness::{Backend, Forgery, USER, key_of};
use muse_e2e::workload::Shape;
use muse_wire::api::push::{Force, RefUpdate};
use muse_wire::name::RefName;

use super::growth::Growth;
use super::muse::Muse;
use super::source::Source;

/// Small pushes that are uploaded beforehand, each to be unpacked by one request.
const SMALL_PUSHES: usize = 300;

/// Measures and writes a sentence.
pub(crate) fn measure(root: &Path, backend: Backend) -> Result<String, Box<dyn Error>> {
    let root = root.join("latency");
    std::fs::create_dir_all(&root)?;
    let shape = Shape::named("XL").expect("the size is one of those named");
    let source = Source::of_shape(&root, "XL", shape)?;
    let muse = Muse::new(&root, &source, backend, "presign")?;
    let scenario = muse.scenario();
    scenario.create_repo("small");
    let api = scenario.api("small");
    let mut pushes = Vec::new();
    for number in 0..SMALL_PUSHES {
        let mut forgery = Forgery::default();
        let contents = format!("push {number}");
        let tip = forgery.commit(&[("file", contents.as_bytes())], &[]);
        let updates = [RefUpdate {
            name: RefName::branch(&format!("b{number}"))?,
            old: None,
            new: Some(tip),
            force: Force::No,
            delete_default_branch: false,
        }];
        let mpack = forgery.bytes();
        api.upload(&mpack, key_of(&mpack), &updates)
            .map_err(|answer| format!("an upload was refused: {answer:?}"))?;
        pushes.push((key_of(&mpack), updates));
    }
    // So that no request pays for the connection.
    api.get("refs");

    scenario.create_repo("large");
    let url = format!("{}/{USER}/large", scenario.server().base_url());
    let mut large = muse
        .push(&muse.before(Growth::Tenth)?, "large", &url, "main")?
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    // The ingest starts when the job is there.
    while !scenario.server().log().contains("unpack-mpack") && large.try_wait()?.is_none() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let mut milliseconds = Vec::new();
    for (key, updates) in &pushes {
        let started = Instant::now();
        let answer = api.unpack(*key, updates);
        milliseconds.push(started.elapsed().as_secs_f64() * 1e3);
        if answer.status != 202 {
            return Err(format!("unpack-mpack answered {answer:?}").into());
        }
        if large.try_wait()?.is_some() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    if !large.wait()?.success() {
        return Err("the large push failed".into());
    }
    milliseconds.sort_by(f64::total_cmp);
    let at = |percent: usize| milliseconds[(milliseconds.len() - 1) * percent / 100];
    Ok(format!(
        "\n`unpack-mpack` during the ingest of XL: {} requests, \
         p50 {:.1} ms, p95 {:.1} ms, worst {:.1} ms",
        milliseconds.len(),
        at(50),
        at(95),
        at(100)
    ))
}
