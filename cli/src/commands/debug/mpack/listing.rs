//! The listing of an mpack, for people and for programs.

use muse_wire::mpack::{Base, FrameRow, MpackError, Tables};
use serde_json::{Value, json};

use super::checks::Checks;
use super::subject::Subject;

/// An mpack that can be read.
pub(super) struct Listing<'a> {
    pub(super) tables: &'a Tables,
    pub(super) subject: &'a Subject,
    /// Where the frames were checked.
    pub(super) checks: Option<&'a Checks>,
}

impl Listing<'_> {
    pub(super) fn to_text(&self) -> String {
        let tables = self.tables;
        let counts = tables.counts();
        let mut lines = vec![
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
        let check = self.checks.map_or("", |_| "  check");
        lines.push(format!(
            "{:>5}  {:<9}  {:<15}  {:>7}  {:>11}  {:>11}  {:>6}  {:>5}{check}",
            "frame", "holds", "codec", "entries", "stored", "raw", "ratio", "bases"
        ));
        for (index, frame) in frames(tables) {
            let check = self.checks.map(|checks| checks.word(index));
            let check = check.map_or(String::new(), |word| format!("  {word}"));
            lines.push(format!(
                "{index:>5}  {:<9}  {:<15}  {:>7}  {:>11}  {:>11}  {:>6.3}  {:>5}{check}",
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
        file_to_text(self.subject) + &lines.join("\n")
    }

    pub(super) fn to_json(&self) -> Value {
        let (tables, checks) = (self.tables, self.checks);
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
                "check": checks.map(|checks| checks.word(index)),
                "damage": checks.and_then(|checks| checks.damage(index)).map(damage_to_json),
            })
        };
        let sections = tables.sections().map(|section| {
            let (number, name, bytes) = (section.number, section.name, section.bytes);
            json!({"number": number, "name": name, "bytes": bytes})
        });
        json!({
            "mpack_key": self.subject.expected_key.unwrap_or(self.subject.actual_key),
            "actual_key": self.subject.actual_key,
            "size_bytes": self.subject.size_bytes,
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
}

/// What is known of every file, whether or not it can be read.
pub(super) fn file_to_text(subject: &Subject) -> String {
    let mut text = String::new();
    if let Some(key) = subject.expected_key.filter(|_| subject.is_other_file()) {
        text.push_str(&format!("key        {key}, by its name\n"));
        text.push_str(&format!("hashes to  {}\n", subject.actual_key));
    } else {
        text.push_str(&format!("key        {}\n", subject.actual_key));
    }
    text.push_str(&format!("size       {} bytes\n", subject.size_bytes));
    text
}

/// A file that cannot be read as an mpack.
pub(super) fn unreadable_to_json(subject: &Subject, error: &MpackError) -> Value {
    json!({
        "mpack_key": subject.expected_key.unwrap_or(subject.actual_key),
        "actual_key": subject.actual_key,
        "size_bytes": subject.size_bytes,
        "damage": damage_to_json(error),
    })
}

/// Where the damage is, and what.
fn damage_to_json(error: &MpackError) -> Value {
    json!({"section": error.section, "offset": error.offset, "reason": error.reason})
}

fn frames(tables: &Tables) -> impl Iterator<Item = (u32, FrameRow)> {
    (0..tables.frame_count()).map(|index| (index, tables.frame(index)))
}

/// Stored bytes for each raw byte.
fn ratio(frame: &FrameRow) -> f64 {
    frame.stored_bytes as f64 / frame.raw_bytes.max(1) as f64
}
