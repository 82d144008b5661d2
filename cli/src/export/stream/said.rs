//! What a stream can say of a git commit or tag, and what it cannot.

use gix::bstr::ByteSlice as _;
use muse_wire::commit::Commit;

use crate::export::error::ExportError;
use crate::git::{
    GIT_COMMIT, GIT_COMMITTER, GIT_RAW, GIT_TAG, Said, commit_bytes, person_line, tag_bytes,
};

/// The greatest UTC offset that `git fast-import` takes, in hours and minutes.
const MAX_OFFSET: &[u8] = b"1400";

/// Digits of the latest time that fits into 64 bits.
const MAX_SECONDS_DIGITS: usize = 18;

/// What a stream says of a commit.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct StreamedCommit {
    /// `Name <e-mail> SECONDS OFFSET`.
    pub(super) author: Vec<u8>,
    pub(super) committer: Vec<u8>,
    pub(super) encoding: Option<Vec<u8>>,
    pub(super) message: Vec<u8>,
    /// What else the commit says in git.
    pub(super) lost: Vec<String>,
}

/// What a stream says of an annotated tag.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct StreamedTag {
    pub(super) tagger: Option<Vec<u8>>,
    pub(super) message: Vec<u8>,
    /// What else the tag says in git.
    pub(super) lost: Vec<String>,
}

/// What a stream says of a commit.
pub(super) fn said_by_commit(commit: &Commit) -> StreamedCommit {
    let said = Said::of(commit, commit.metadata.contains_key(GIT_COMMIT));
    // Its tree and its parents get their ids from whoever reads the stream.
    let unknown = gix::ObjectId::null(gix::hash::Kind::Sha1);
    let parents = vec![unknown; commit.parents.len()];
    let bytes = commit_bytes(&said, unknown, &parents);
    let mut headers = Headers::of(&bytes);
    let known_author = person_line(&commit.author, commit.committed_at);
    let known_committer = commit.metadata.get(GIT_COMMITTER).unwrap_or(&known_author);
    let author = headers.person("author", &known_author);
    let author = author.unwrap_or_else(|| known_author.clone().into_bytes());
    let committer = headers.person("committer", known_committer);
    let committer = committer.unwrap_or_else(|| known_committer.clone().into_bytes());
    let encoding = headers.value("encoding");
    let ids = std::iter::once(("tree", unknown)).chain(parents.iter().map(|id| ("parent", *id)));
    let mut rebuilt: Vec<u8> = Vec::new();
    for (name, id) in ids {
        rebuilt.extend(format!("{name} {id}\n").as_bytes());
    }
    for (name, value) in [
        ("author", Some(&author)),
        ("committer", Some(&committer)),
        ("encoding", encoding.as_ref()),
    ] {
        push_header(&mut rebuilt, name, value);
    }
    let (message, mut lost) = headers.rest(&bytes, rebuilt, &["tree", "parent"]);
    if repeats_parents(commit) {
        lost.push("parent that is named twice".to_owned());
    }
    StreamedCommit {
        author,
        committer,
        encoding,
        message,
        lost,
    }
}

/// What a stream says of the annotated tag `name`.
pub(super) fn said_by_tag(annotation: &Commit, name: &str) -> Result<StreamedTag, ExportError> {
    let said = Said::of(annotation, annotation.metadata.contains_key(GIT_TAG));
    let unknown = gix::ObjectId::null(gix::hash::Kind::Sha1);
    let tags = tag_bytes(&said, name, unknown).map_err(ExportError::git("name a tag of"))?;
    // In a stream, it is a tag of the commit.
    let is_of_tag = tags.len() > 1;
    let bytes = tags.last().map_or(&[][..], Vec::as_slice);
    let mut headers = Headers::of(bytes);
    let known = person_line(&annotation.author, annotation.committed_at);
    let tagger = headers.person("tagger", &known);
    let object = headers.value("object").unwrap_or_default();
    let mut rebuilt = Vec::new();
    for (name, value) in [
        ("object", Some(&object)),
        ("type", Some(&b"commit".to_vec())),
        ("tag", Some(&name.as_bytes().to_vec())),
        ("tagger", tagger.as_ref()),
    ] {
        push_header(&mut rebuilt, name, value);
    }
    let (message, mut lost) = headers.rest(bytes, rebuilt, &["type", "tag"]);
    if is_of_tag {
        lost = vec!["tag that it is a tag of".to_owned()];
    }
    Ok(StreamedTag {
        tagger,
        message,
        lost,
    })
}

/// Whether git names a parent twice, which is once here.
fn repeats_parents(commit: &Commit) -> bool {
    let raw = commit.metadata.get(GIT_RAW);
    let lines = raw.map_or("", String::as_str).lines().skip(1);
    let parents = lines.take_while(|line| line.starts_with("parent "));
    parents.count() > commit.parents.len()
}

/// The headers of a git commit or tag that nobody has asked for yet.
struct Headers<'a> {
    /// Each with its name and the rest of its lines.
    lines: Vec<(&'a [u8], &'a [u8])>,
    message: &'a [u8],
    /// Headers whose values cannot be in a stream.
    changed: Vec<String>,
}

impl<'a> Headers<'a> {
    fn of(object: &'a [u8]) -> Self {
        let (headers, message) = match object.find("\n\n") {
            Some(end) => (&object[..end], &object[end + 2..]),
            None => (object, &[][..]),
        };
        let mut lines = Vec::new();
        for line in headers.lines() {
            // A value goes on in the next line where that begins with a space.
            if !line.starts_with(b" ") {
                lines.push(line.split_once_str(" ").unwrap_or((line, &[])));
            }
        }
        Self {
            lines,
            message,
            changed: Vec::new(),
        }
    }

    /// The first value of a header.
    fn value(&mut self, name: &str) -> Option<Vec<u8>> {
        let mut names = self.lines.iter().map(|(name, _)| *name);
        let at = names.position(|found| found == name.as_bytes())?;
        Some(self.lines.remove(at).1.to_vec())
    }

    /// Who a header names, and when, as a stream can say it: where it cannot, as it is known here.
    fn person(&mut self, name: &str, known: &str) -> Option<Vec<u8>> {
        let person = self.value(name)?;
        let said = in_form(&person).or_else(|| in_form(known.as_bytes()));
        let said = said.unwrap_or_else(|| known.as_bytes().to_vec());
        if said != person {
            self.changed.push(name.to_owned());
        }
        Some(said)
    }

    /// The message, and the names of what `rebuilt` lacks of the object: its headers as a stream
    /// says them. Headers that the stream implies are not `implied` again.
    fn rest(self, object: &[u8], mut rebuilt: Vec<u8>, implied: &[&str]) -> (Vec<u8>, Vec<String>) {
        rebuilt.push(b'\n');
        rebuilt.extend_from_slice(self.message);
        let mut lost = self.changed;
        if rebuilt != object {
            let names = self.lines.iter().map(|(name, _)| name.to_str_lossy());
            let names = names.filter(|name| !implied.contains(&&**name));
            lost.extend(names.map(|name| name.into_owned()));
            if lost.is_empty() {
                lost.push("form of its headers".to_owned());
            }
        }
        (self.message.to_vec(), lost)
    }
}

fn push_header(object: &mut Vec<u8>, name: &str, value: Option<&Vec<u8>>) {
    if let Some(value) = value {
        object.extend_from_slice(name.as_bytes());
        object.push(b' ');
        object.extend_from_slice(value);
        object.push(b'\n');
    }
}

/// A person and a time as `git fast-import` takes them: `Name <e-mail> SECONDS +HHMM`. None where
/// they cannot be found in the line.
fn in_form(person: &[u8]) -> Option<Vec<u8>> {
    let (name, rest) = person.split_once_str("<")?;
    let (email, time) = rest.split_once_str("> ")?;
    let (seconds, offset) = time.split_once_str(" ")?;
    let is_odd = |byte: &u8| matches!(byte, b'<' | b'>' | 0 | b'\n');
    let is_named = name.is_empty() || name.ends_with(b" ");
    if !is_named || name.iter().chain(email).any(is_odd) || !is_seconds(seconds) {
        return None;
    }
    let (sign, digits) = offset.split_first()?;
    if !matches!(sign, b'+' | b'-') || digits.len() != 4 || !is_number(digits) {
        return None;
    }
    let mut line = match name {
        // Without a name, a space stands before the address all the same.
        b"" => b" ".to_vec(),
        name => name.to_vec(),
    };
    let digits = digits.min(MAX_OFFSET);
    for part in [b"<", email, b"> ", seconds, b" ", &[*sign], digits] {
        line.extend_from_slice(part);
    }
    Some(line)
}

/// Whether it is a number of seconds; those before 1970 are negative.
fn is_seconds(seconds: &[u8]) -> bool {
    let digits = seconds.strip_prefix(b"-").unwrap_or(seconds);
    is_number(digits) && digits.len() <= MAX_SECONDS_DIGITS
}

fn is_number(digits: &[u8]) -> bool {
    !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_and_times_are_brought_into_form() {
        let in_form = |line: &str| in_form(line.as_bytes());
        for line in [
            "A B <a@b> 1 +0000",
            "A  <a@b> -1 -1400",
            " <> 123456789012345678 +0059",
        ] {
            assert_eq!(in_form(line).as_deref(), Some(line.as_bytes()));
        }
        for (line, said) in [
            ("<a@b> 1 +0000", " <a@b> 1 +0000"),
            ("A <a> 1 +5180", "A <a> 1 +1400"),
            ("A <a> 1 -1401", "A <a> 1 -1400"),
        ] {
            assert_eq!(in_form(line).as_deref(), Some(said.as_bytes()));
        }
        for line in [
            "",
            "A",
            "A<a> 1 +0000",
            "A <a>1 +0000",
            "A <a> 1",
            "A <a> 1 0000",
            "A <a> 1 +00000",
            "A <a> x +0000",
            "A <a> 1  +0000",
            "A <a> 1234567890123456789 +0000",
            "A > <a> 1 +0000",
            "A <<a> 1 +0000",
            "A\0 <a> 1 +0000",
        ] {
            assert_eq!(in_form(line), None, "{line}");
        }
    }
}
