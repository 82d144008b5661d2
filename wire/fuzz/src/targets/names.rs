//! Names of refs, owners and repositories, and ids in text.

use muse_wire::id::{CommitId, MpackKey};
use muse_wire::limits::{MAX_NAME_BYTES, MAX_REF_NAME_BYTES};
use muse_wire::name::{RefName, RepoName, check_name};

use crate::choices::Choices;
use crate::memory::within;

/// Checking a name takes this much, and so many times its bytes.
const CHECK_BYTES: u64 = 16 << 10;
const BYTES_PER_BYTE: u64 = 16;

/// Parts of names that rules are about.
const PARTS: [&str; 24] = [
    "refs/heads/",
    "refs/tags/",
    "refs/remotes/",
    "/",
    "..",
    ".",
    "@{",
    "@",
    "-",
    ".lock",
    "HEAD",
    "~",
    "^",
    ":",
    "\\",
    "\u{7f}",
    "ü",
    "a",
    "0",
    "sha256:",
    "0123456789abcdef",
    ".git",
    ".muse",
    "api",
];

/// Checks a name as each kind of name. What is accepted keeps the rules and reads back.
pub fn names(input: &[u8]) {
    let mut choices = Choices::new(input);
    let name = match choices.byte() % 2 {
        0 => String::from_utf8_lossy(choices.rest()).into_owned(),
        _ => parts(&mut choices),
    };
    within(CHECK_BYTES + BYTES_PER_BYTE * name.len() as u64, || {
        check_refs(&name);
        check_repo(&name);
        if let Ok(id) = name.parse::<CommitId>() {
            assert_eq!(id.to_string(), name);
        }
        if let Ok(key) = name.parse::<MpackKey>() {
            assert_eq!(key.to_string(), name);
        }
    });
}

fn check_refs(name: &str) {
    for parsed in [
        RefName::new(name),
        RefName::branch(name),
        RefName::tag(name),
        RefName::remote_branch("origin", name),
    ] {
        let Ok(parsed) = parsed else {
            continue;
        };
        let full = parsed.as_str();
        assert!(full.len() <= MAX_REF_NAME_BYTES);
        assert!(full.starts_with("refs/") && full.ends_with(parsed.short()));
        assert!(
            !full
                .chars()
                .any(|c| c.is_control() || " ~^:?*[\\".contains(c))
        );
        assert!(!full.contains("..") && !full.contains("@{"));
        for component in full.split('/') {
            assert!(!component.is_empty() && !component.starts_with(['.', '-']));
            assert!(!component.ends_with('.') && !component.ends_with(".lock"));
        }
        let packed = serde_json::to_vec(&parsed).expect("memory takes all");
        let unpacked: RefName = serde_json::from_slice(&packed).expect("just packed");
        assert_eq!(unpacked, parsed);
    }
}

fn check_repo(name: &str) {
    if check_name("owner", name).is_ok() {
        assert!(check_name("repository name", name).is_ok());
        assert!(!name.is_empty() && name.len() <= MAX_NAME_BYTES);
        assert!(name.is_ascii() && !name.contains(['/', '\\', ':']) && !name.contains(".."));
        assert!(!name.bytes().any(|byte| byte.is_ascii_uppercase()));
    }
    if let Ok(parsed) = RepoName::parse(name) {
        assert_eq!(parsed.to_string(), name);
        assert_eq!(RepoName::new(parsed.owner(), parsed.slug()), Ok(parsed));
    }
}

fn parts(choices: &mut Choices<'_>) -> String {
    let mut name = String::new();
    while !choices.are_over() {
        match choices.byte() {
            255 => name.push_str(&String::from_utf8_lossy(choices.bytes())),
            254 => name.push_str(&"x".repeat(choices.byte().into())),
            part => name.push_str(PARTS[usize::from(part) % PARTS.len()]),
        }
    }
    name
}
