//! What people wrote in git commits and tags: names, times and messages.

use std::borrow::Cow;
use std::collections::BTreeMap;

use gix::bstr::{BStr, ByteSlice as _};
use muse_wire::commit::{Author, Timestamp};
use muse_wire::limits::MAX_METADATA_VALUE_BYTES;

use super::git_object::{GitCommit, GitTag};
use super::losses::Losses;
use super::source::Tip;
use crate::git::{
    GIT_COMMIT, GIT_COMMITTER, GIT_HEADERS, GIT_TAG, Said, commit_bytes, is_latin_1, person_line,
    raw_metadata, raw_tags_metadata, tag_bytes,
};
use crate::tags::Annotation;

/// Most minutes that a UTC offset may have.
const MAX_OFFSET_MINUTES: i32 = 24 * 60;

/// The texts of one commit.
pub(super) struct CommitText {
    pub(super) author: Author,
    pub(super) committed_at: Timestamp,
    pub(super) message: String,
    pub(super) metadata: BTreeMap<String, String>,
}

impl CommitText {
    /// Takes over what `commit`, the git commit `id` of the bytes `raw`, says.
    pub(super) fn of(
        id: &gix::oid,
        raw: &[u8],
        commit: &GitCommit<'_>,
        losses: &mut Losses,
    ) -> Self {
        let (author, committed_at) = signature(commit.author, commit.encoding, losses);
        if commit.is_signed {
            losses.signatures += 1;
        }
        let mut metadata = BTreeMap::from([(GIT_COMMIT.to_owned(), id.to_hex().to_string())]);
        if commit.committer != commit.author {
            let (committer, time) = signature(commit.committer, commit.encoding, losses);
            metadata.insert(GIT_COMMITTER.to_owned(), person_line(&committer, time));
        }
        let headers = further_headers(raw).filter(|text| text.len() <= MAX_METADATA_VALUE_BYTES);
        if let Some(headers) = headers {
            metadata.insert(GIT_HEADERS.to_owned(), headers.to_owned());
        }
        let mut text = Self {
            author,
            committed_at,
            message: message(commit.message, commit.encoding, losses),
            metadata,
        };
        // A commit here has each of them once.
        let mut parents = Vec::with_capacity(commit.parents.len());
        for parent in &commit.parents {
            if !parents.contains(parent) {
                parents.push(*parent);
            }
        }
        if commit_bytes(&text.said(), commit.tree, &parents) != raw {
            text.metadata.remove(GIT_HEADERS);
            match raw_metadata(raw) {
                Some(metadata) => text.metadata.extend(metadata),
                None => losses.too_long += 1,
            }
        }
        text
    }

    fn said(&self) -> Said<'_> {
        Said {
            author: &self.author,
            at: self.committed_at,
            message: Cow::Borrowed(&self.message),
            metadata: &self.metadata,
        }
    }
}

/// The header lines of a git commit behind the committer's; none if there are none, or if they are
/// not UTF-8.
fn further_headers(raw: &[u8]) -> Option<&str> {
    let headers = &raw[..raw.find("\n\n")?];
    let committer = headers.find("\ncommitter ")? + 1;
    let end = committer + headers[committer..].find_byte(b'\n')?;
    str::from_utf8(&headers[end + 1..]).ok()
}

/// What the tag object of `tip` says, `raw` being its bytes, followed by those of the tag that it
/// is a tag of, and so on. One without a tagger says it as `nobody` would: by the author and at the
/// time that are given.
pub(super) fn annotation(
    tip: &Tip,
    raw: &[Vec<u8>],
    tag: &GitTag<'_>,
    nobody: (Author, Timestamp),
    losses: &mut Losses,
) -> Annotation {
    let (tagger, tagged_at) = match tag.tagger {
        Some(tagger) => signature(tagger, None, losses),
        None => nobody,
    };
    if tag.is_signed {
        losses.signatures += 1;
    }
    let mut annotation = Annotation {
        tagger,
        tagged_at,
        message: message(tag.message, None, losses),
        metadata: BTreeMap::new(),
    };
    let said = Said {
        author: &annotation.tagger,
        at: annotation.tagged_at,
        message: Cow::Borrowed(&annotation.message),
        metadata: &annotation.metadata,
    };
    // A message without a newline at its end would get one, as those that are written here.
    let rebuilt = tag_bytes(&said, tip.name.short(), tip.commit);
    if rebuilt.is_ok_and(|rebuilt| rebuilt == raw) && annotation.message.ends_with('\n') {
        return annotation;
    }
    match raw_tags_metadata(raw) {
        Some(metadata) => annotation.metadata.extend(metadata),
        None => losses.too_long += 1,
    }
    let id = tip.annotation.map(|id| id.to_string()).unwrap_or_default();
    annotation.metadata.insert(GIT_TAG.to_owned(), id);
    annotation
}

fn message(raw: &BStr, encoding: Option<&BStr>, losses: &mut Losses) -> String {
    let message = decode(raw, encoding, losses);
    if !message.contains('\0') {
        return message;
    }
    losses.lossy_texts += 1;
    message.replace('\0', "\u{fffd}")
}

fn signature(raw: &BStr, encoding: Option<&BStr>, losses: &mut Losses) -> (Author, Timestamp) {
    let parsed = gix::actor::SignatureRef::from_bytes(raw).ok();
    let (name, email) = parsed.map_or((raw, BStr::new("")), |parsed| (parsed.name, parsed.email));
    let author = Author {
        name: clean(&decode(name, encoding, losses), losses),
        email: clean(&decode(email, encoding, losses), losses),
    };
    let time = parsed.and_then(|parsed| parsed.time().ok());
    if time.is_none() {
        losses.repaired_times += 1;
    }
    let time = time.unwrap_or_default();
    let minutes = time.offset / 60;
    let possible = minutes.clamp(-MAX_OFFSET_MINUTES, MAX_OFFSET_MINUTES);
    if possible != minutes {
        losses.repaired_times += 1;
    }
    let timestamp = Timestamp {
        seconds: time.seconds,
        offset_minutes: i16::try_from(possible).expect("a day has 1440 minutes"),
    };
    (author, timestamp)
}

/// Removes what no line of a listing may hold.
fn clean(text: &str, losses: &mut Losses) -> String {
    let allowed = |c: char| !(c.is_control() || matches!(c, '<' | '>'));
    let cleaned: String = text.chars().filter(|&c| allowed(c)).collect();
    if cleaned.len() != text.len() {
        losses.cleaned_names += 1;
    }
    cleaned.trim().to_owned()
}

fn decode(bytes: &BStr, encoding: Option<&BStr>, losses: &mut Losses) -> String {
    if encoding.is_some_and(is_latin_1) {
        return bytes.iter().map(|&byte| char::from(byte)).collect();
    }
    match bytes.to_str() {
        Ok(text) => text.to_owned(),
        Err(_) => {
            losses.lossy_texts += 1;
            bytes.to_str_lossy().into_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(header: &str, message: &[u8]) -> (CommitText, Losses) {
        let tree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
        let mut raw = format!("tree {tree}\n{header}\n\n").into_bytes();
        raw.extend_from_slice(message);
        let commit = GitCommit::parse(&raw).expect("parses");
        let mut losses = Losses::default();
        let text = CommitText::of(
            &gix::ObjectId::null(gix::hash::Kind::Sha1),
            &raw,
            &commit,
            &mut losses,
        );
        // Whatever it says here, git's own bytes are made of it again.
        let rebuilt = commit_bytes(&text.said(), commit.tree, &commit.parents);
        assert_eq!(BStr::new(&rebuilt), BStr::new(&raw));
        (text, losses)
    }

    #[test]
    fn author_committer_and_message_are_kept() {
        let (text, losses) = text(
            "author Ada L <a@b> 12 -0130\ncommitter Bob <c@d> 34 +0000",
            b"subject\n\nbody\n",
        );
        assert_eq!(
            (text.author.name.as_str(), text.author.email.as_str()),
            ("Ada L", "a@b")
        );
        assert_eq!(
            (text.committed_at.seconds, text.committed_at.offset_minutes),
            (12, -90)
        );
        assert_eq!(text.message, "subject\n\nbody\n");
        assert_eq!(text.metadata[GIT_COMMITTER], "Bob <c@d> 34 +0000");
        assert_eq!(losses.warnings(), [""; 0]);
    }

    #[test]
    fn a_committer_who_is_the_author_is_not_repeated() {
        let (text, _) = text("author A <a> 1 +0100\ncommitter A <a> 1 +0100", b"m");
        assert_eq!(text.metadata.len(), 1);
    }

    #[test]
    fn encodings_are_honoured_and_losses_counted() {
        let header = "author A <a> 1 +0000\ncommitter A <a> 1 +0000";
        let (latin, losses) = text(&format!("{header}\nencoding ISO-8859-1"), b"\xfcber");
        assert_eq!((latin.message.as_str(), losses.lossy_texts), ("über", 0));
        let (unknown, losses) = text(header, b"\xfcber\0");
        assert_eq!(unknown.message, "\u{fffd}ber\u{fffd}");
        assert_eq!(losses.lossy_texts, 2);
    }

    #[test]
    fn odd_authors_are_cleaned() {
        let (odd, losses) = text(
            "author A\tB <a@b> 1 +9900\ncommitter A\tB <a@b> 1 +9900\ngpgsig x",
            b"m",
        );
        assert_eq!(odd.author.name, "AB");
        assert_eq!(odd.committed_at.offset_minutes, 1440);
        assert_eq!(
            (
                losses.cleaned_names,
                losses.repaired_times,
                losses.signatures
            ),
            (1, 1, 1)
        );
        assert_eq!(losses.warnings().len(), 3);
    }
}
