//! Git's commits and annotated tags. Some are malformed, and git reads of them what it understands;
//! so does this: what they name must be there, and everything else may be missing or odd.

use gix::ObjectId;
use gix::bstr::{BStr, ByteSlice as _};
use gix::objs::Kind;

/// How the signature of a tag begins and ends, which stands at the end of its message.
const SIGNATURE_START: &str = "\n-----BEGIN PGP SIGNATURE-----";
const SIGNATURE_END: &str = "-----END PGP SIGNATURE-----";

/// A commit or tag does not say what it is about.
#[derive(Debug, thiserror::Error)]
#[error("it does not begin with {0}")]
pub(super) struct MalformedObject(&'static str);

/// A commit.
pub(super) struct GitCommit<'a> {
    pub(super) tree: ObjectId,
    /// In its order, of which it may name one twice.
    pub(super) parents: Vec<ObjectId>,
    /// `Name <e-mail> SECONDS OFFSET`, if it is well-formed. One of the two who is missing is the
    /// other one.
    pub(super) author: &'a BStr,
    pub(super) committer: &'a BStr,
    pub(super) encoding: Option<&'a BStr>,
    pub(super) is_signed: bool,
    pub(super) message: &'a BStr,
}

/// An annotated tag.
pub(super) struct GitTag<'a> {
    pub(super) target: ObjectId,
    pub(super) target_kind: Kind,
    /// As the author of a commit.
    pub(super) tagger: Option<&'a BStr>,
    pub(super) is_signed: bool,
    /// Without its signature.
    pub(super) message: &'a BStr,
}

impl<'a> GitCommit<'a> {
    /// Reads the commit of these bytes.
    pub(super) fn parse(raw: &'a [u8]) -> Result<Self, MalformedObject> {
        let (headers, message) = split(raw);
        let mut lines = headers.lines().peekable();
        let tree = lines.next().and_then(|line| id_in(line, b"tree "));
        let tree = tree.ok_or(MalformedObject("the id of a tree"))?;
        let mut parents = Vec::new();
        while let Some(line) = lines.next_if(|line| line.starts_with(b"parent ")) {
            let parent = id_in(line, b"parent ");
            parents.push(parent.ok_or(MalformedObject("the ids of its parents"))?);
        }
        let value = |name: &[u8]| header(headers, name);
        let (author, committer) = (value(b"author "), value(b"committer "));
        Ok(Self {
            tree,
            parents,
            author: author.or(committer).unwrap_or_default(),
            committer: committer.or(author).unwrap_or_default(),
            encoding: value(b"encoding "),
            is_signed: headers.lines().any(|line| line.starts_with(b"gpgsig")),
            message,
        })
    }
}

impl<'a> GitTag<'a> {
    /// Reads the tag of these bytes.
    pub(super) fn parse(raw: &'a [u8]) -> Result<Self, MalformedObject> {
        let (headers, message) = split(raw);
        let mut lines = headers.lines();
        let target = lines.next().and_then(|line| id_in(line, b"object "));
        let target = target.ok_or(MalformedObject("the id of an object"))?;
        let kind = lines.next().and_then(|line| line.strip_prefix(b"type "));
        let kind = kind.and_then(|kind| Kind::from_bytes(kind).ok());
        let start = message
            .find(SIGNATURE_START)
            .filter(|start| message[*start..].contains_str(SIGNATURE_END));
        Ok(Self {
            target,
            target_kind: kind.ok_or(MalformedObject("the kind of an object"))?,
            tagger: header(headers, b"tagger "),
            is_signed: start.is_some(),
            message: &message[..start.unwrap_or(message.len())],
        })
    }
}

/// The headers, and the message behind the first blank line.
fn split(raw: &[u8]) -> (&[u8], &BStr) {
    match raw.find("\n\n") {
        Some(end) => (&raw[..end], raw[end + 2..].as_bstr()),
        None => (raw, BStr::new("")),
    }
}

/// The id behind `start`.
fn id_in(line: &[u8], start: &[u8]) -> Option<ObjectId> {
    ObjectId::from_hex(line.strip_prefix(start)?).ok()
}

/// The first value of a header; `start` is its name and a space.
fn header<'a>(headers: &'a [u8], start: &[u8]) -> Option<&'a BStr> {
    let mut lines = headers.split(|&byte| byte == b'\n');
    lines
        .find_map(|line| line.strip_prefix(start))
        .map(BStr::new)
}
