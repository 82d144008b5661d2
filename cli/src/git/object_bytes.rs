//! The bytes of git's commits and annotated tags.

use std::borrow::Cow;
use std::collections::BTreeMap;

use gix::Result;
use gix::bstr::{BStr, ByteSlice as _};
use gix::objs::Kind;
use muse_wire::commit::{Author, Commit, Timestamp};

use super::metadata::{GIT_COMMITTER, GIT_HEADERS, original, original_tags};
use super::people::{is_latin_1, person_line};

/// Header lines that hold a signature of what the other lines say.
const SIGNATURE_HEADERS: [&[u8]; 2] = [b"gpgsig", b"gpgsig-sha256"];

/// How the signature begins that stands at the end of a tag's message.
const TAG_SIGNATURES: [&[u8]; 2] = [
    b"-----BEGIN PGP SIGNATURE-----",
    b"-----BEGIN SSH SIGNATURE-----",
];

/// What a commit, or an annotated tag, says.
pub(crate) struct Said<'a> {
    pub(crate) author: &'a Author,
    pub(crate) at: Timestamp,
    pub(crate) message: Cow<'a, str>,
    pub(crate) metadata: &'a BTreeMap<String, String>,
}

impl<'a> Said<'a> {
    /// What `commit` says. Its message stays as it is where git has it from before; else it ends
    /// with a newline, as git's messages do.
    pub(crate) fn of(commit: &'a Commit, is_from_git: bool) -> Self {
        let message = match is_from_git || commit.message.ends_with('\n') {
            true => Cow::Borrowed(commit.message.as_str()),
            false => Cow::Owned(format!("{}\n", commit.message)),
        };
        Self {
            author: &commit.author,
            at: commit.committed_at,
            message,
            metadata: &commit.metadata,
        }
    }
}

/// The git commit that says what `said` says, of these parents and this tree.
pub(crate) fn commit_bytes(
    said: &Said<'_>,
    tree: gix::ObjectId,
    parents: &[gix::ObjectId],
) -> Vec<u8> {
    if let Some(original) = original(said.metadata) {
        return with_tree_and_parents(&original, tree, parents);
    }
    let headers = said.metadata.get(GIT_HEADERS).map_or("", String::as_str);
    let encoding = headers
        .lines()
        .find_map(|line| line.strip_prefix("encoding "));
    let encode = match encoding {
        Some(name) if is_latin_1(BStr::new(name)) => latin_1,
        _ => |text: &str| text.as_bytes().to_vec(),
    };
    let author = person_line(said.author, said.at);
    let committer = said.metadata.get(GIT_COMMITTER).unwrap_or(&author);
    let mut bytes = tree_and_parents(tree, parents);
    bytes.extend_from_slice(b"author ");
    bytes.extend(encode(&author));
    bytes.extend_from_slice(b"\ncommitter ");
    bytes.extend(encode(committer));
    bytes.push(b'\n');
    if !headers.is_empty() {
        bytes.extend_from_slice(headers.as_bytes());
        bytes.push(b'\n');
    }
    bytes.push(b'\n');
    bytes.extend(encode(&said.message));
    bytes
}

/// The git tag `name` of a commit that says what `said` says. Where it is a tag of a tag, that one
/// comes before it, and so on.
pub(crate) fn tag_bytes(
    said: &Said<'_>,
    name: &str,
    target: gix::ObjectId,
) -> Result<Vec<Vec<u8>>> {
    let Some(mut originals) = original_tags(said.metadata) else {
        let tagger = person_line(said.author, said.at);
        let message = &said.message;
        let tag = format!("object {target}\ntype commit\ntag {name}\ntagger {tagger}\n\n{message}");
        return Ok(vec![tag.into_bytes()]);
    };
    originals.reverse();
    let mut target = target;
    for tag in &mut originals {
        let object = format!("object {target}\n");
        let after = after_line(tag).unwrap_or_default();
        *tag = [object.as_bytes(), after].concat();
        target = object_id(Kind::Tag, tag)?;
    }
    Ok(originals)
}

/// The id of a git object.
///
/// # Errors
/// If the object is made to have the id of another one.
pub(crate) fn object_id(kind: Kind, bytes: &[u8]) -> Result<gix::ObjectId> {
    gix::objs::compute_hash(gix::hash::Kind::Sha1, kind, bytes)
}

/// A commit or tag without the signature that it may have: of other bytes it says nothing.
pub(crate) fn without_signature(object: &[u8]) -> Vec<u8> {
    let header_end = object.find("\n\n").map_or(object.len(), |end| end + 1);
    let (headers, message) = object.split_at(header_end);
    let mut kept = Vec::with_capacity(object.len());
    let mut is_signature = false;
    for line in headers.lines_with_terminator() {
        // A value goes on in the next line where that begins with a space.
        if !line.starts_with(b" ") {
            let name = line.split(|&byte| byte == b' ').next();
            is_signature = name.is_some_and(|name| SIGNATURE_HEADERS.contains(&name));
        }
        if !is_signature {
            kept.extend_from_slice(line);
        }
    }
    let signature = TAG_SIGNATURES
        .iter()
        .filter_map(|start| message.find(start));
    let is_tag = headers.starts_with(b"object ");
    let end = signature.min().filter(|_| is_tag);
    kept.extend_from_slice(&message[..end.unwrap_or(message.len())]);
    kept
}

fn tree_and_parents(tree: gix::ObjectId, parents: &[gix::ObjectId]) -> Vec<u8> {
    let parents = parents.iter().map(|parent| format!("parent {parent}\n"));
    let lines = std::iter::once(format!("tree {tree}\n")).chain(parents);
    lines.collect::<String>().into_bytes()
}

/// A git commit as it is, or with another tree and other parents. One that names a parent twice
/// has it once here.
fn with_tree_and_parents(
    original: &[u8],
    tree: gix::ObjectId,
    parents: &[gix::ObjectId],
) -> Vec<u8> {
    let mut rest = original;
    let mut lines: Vec<&[u8]> = Vec::new();
    while let Some(after) = after_line(rest)
        && (rest.starts_with(b"tree ") || rest.starts_with(b"parent "))
    {
        let line = &rest[..rest.len() - after.len()];
        if !lines.contains(&line) {
            lines.push(line);
        }
        rest = after;
    }
    let new = tree_and_parents(tree, parents);
    match lines.concat() == new {
        true => original.to_vec(),
        false => [&new, rest].concat(),
    }
}

/// What comes after the first line; none if it does not end.
fn after_line(bytes: &[u8]) -> Option<&[u8]> {
    Some(&bytes[bytes.find_byte(b'\n')? + 1..])
}

/// The bytes of text that was decoded from bytes which are the first 256 characters.
fn latin_1(text: &str) -> Vec<u8> {
    text.chars()
        .map(|c| u8::try_from(c).unwrap_or(b'?'))
        .collect()
}
