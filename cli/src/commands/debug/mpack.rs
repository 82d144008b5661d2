//! `muse debug mpack`: what one mpack is made of.

use std::path::{Path, PathBuf};

use muse_wire::id::{ID_PREFIX, MpackKey, ObjectId};
use muse_wire::mpack::{Base, FrameRow, Mpack, Tables};
use serde_json::{Value, json};

use crate::ui::context::Context;
use crate::ui::error::CliError;

/// Arguments of `muse debug mpack`.
#[derive(Debug, clap::Args)]
pub(super) struct MpackArgs {
    /// A file, or the key of an mpack of this repository (`sha256:` may be left out).
    #[arg(value_name = "FILE|KEY")]
    mpack: PathBuf,
}

/// Lists header, frames and tables.
pub(super) fn run(context: &Context, args: &MpackArgs) -> Result<(), CliError> {
    let path = find(context, &args.mpack)?;
    let mpack = Mpack::open(&path).map_err(|error| {
        CliError::failed(format!("cannot read {}", path.display())).with_source(error)
    })?;
    let key = MpackKey::from_bytes(*ObjectId::of(mpack.bytes()).as_bytes());
    let size_bytes = mpack.bytes().len() as u64;
    if context.json() {
        return context
            .printer
            .json(&to_json(mpack.tables(), &key, size_bytes));
    }
    context
        .printer
        .text(to_text(mpack.tables(), &key, size_bytes))
}

/// The file of this name, or else the repository's mpack of this key.
fn find(context: &Context, given: &Path) -> Result<PathBuf, CliError> {
    if given.exists() {
        return Ok(given.to_owned());
    }
    let text = given.to_string_lossy();
    let digits = text.strip_prefix(ID_PREFIX).unwrap_or(&text);
    let Ok(key) = format!("{ID_PREFIX}{digits}").parse() else {
        let message = format!(
            "{} is neither a file nor the key of an mpack",
            given.display()
        );
        return Err(CliError::failed(message));
    };
    let file = context.repository()?.objects.mpack_file(&key);
    file.ok_or_else(|| CliError::failed(format!("this repository has no mpack {key}")))
}

fn frames(tables: &Tables) -> impl Iterator<Item = (u32, FrameRow)> {
    (0..tables.frame_count()).map(|index| (index, tables.frame(index)))
}

fn to_text(tables: &Tables, key: &MpackKey, size_bytes: u64) -> String {
    let counts = tables.counts();
    let mut lines = vec![
        format!("key        {key}"),
        format!("size       {size_bytes} bytes"),
        format!(
            "form       version 1, sha256{}",
            if tables.is_thin() { ", thin" } else { "" }
        ),
        format!(
            "objects    {} ({} large), {} bytes",
            counts.objects,
            tables.large_object_count(),
            counts.object_bytes
        ),
        format!("chunks     {}", tables.chunk_count()),
        format!("commits    {}", counts.commits),
        format!("snapshots  {}", counts.snapshots),
    ];
    if tables.is_thin() {
        lines.push(format!("bases      {} bytes", counts.base_bytes));
    }
    lines.push(String::new());
    lines.push(format!(
        "{:>5}  {:<9}  {:<15}  {:>7}  {:>11}  {:>11}  {:>6}  {:>5}",
        "frame", "holds", "codec", "entries", "stored", "raw", "ratio", "bases"
    ));
    for (index, frame) in frames(tables) {
        lines.push(format!(
            "{index:>5}  {:<9}  {:<15}  {:>7}  {:>11}  {:>11}  {:>6.3}  {:>5}",
            frame.kind.as_str(),
            frame.codec.as_str(),
            tables.entry_count(index),
            frame.stored_bytes,
            frame.raw_bytes,
            ratio(&frame),
            tables.bases_of(index).len()
        ));
    }
    let trailer = tables.trailer();
    lines.push(String::new());
    lines.push(format!(
        "tables     {} bytes at {}{}",
        trailer.tables_bytes,
        trailer.tables_offset,
        if tables.are_compressed() {
            ", compressed"
        } else {
            ""
        }
    ));
    for section in tables.sections() {
        let name = section.name.unwrap_or("unknown to this version");
        lines.push(format!(
            "{:>5}  {name:<23}  {:>11}",
            section.number, section.bytes
        ));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// Stored bytes for each raw byte.
fn ratio(frame: &FrameRow) -> f64 {
    frame.stored_bytes as f64 / frame.raw_bytes.max(1) as f64
}

fn to_json(tables: &Tables, key: &MpackKey, size_bytes: u64) -> Value {
    let trailer = tables.trailer();
    let frame = |(index, frame): (u32, FrameRow)| {
        let bases = tables.bases_of(index);
        let base = |base: &Base| {
            let Base {
                snapshot,
                path,
                length,
            } = base;
            json!({"snapshot": snapshot, "path": path, "length": length})
        };
        json!({
            "kind": frame.kind.as_str(),
            "codec": frame.codec.as_str(),
            "entries": tables.entry_count(index),
            "offset": frame.offset,
            "stored_bytes": frame.stored_bytes,
            "raw_bytes": frame.raw_bytes,
            "bases": bases.iter().map(base).collect::<Vec<_>>(),
        })
    };
    let sections = tables.sections().map(
        |section| json!({"number": section.number, "name": section.name, "bytes": section.bytes}),
    );
    json!({
        "mpack_key": key,
        "size_bytes": size_bytes,
        "version": 1,
        "hash": "sha256",
        "thin": tables.is_thin(),
        "counts": tables.counts(),
        "large_objects": tables.large_object_count(),
        "chunks": tables.chunk_count(),
        "frames": frames(tables).map(frame).collect::<Vec<_>>(),
        "tables": {
            "offset": trailer.tables_offset,
            "bytes": trailer.tables_bytes,
            "compressed": tables.are_compressed(),
            "sections": sections.collect::<Vec<_>>(),
        },
    })
}
