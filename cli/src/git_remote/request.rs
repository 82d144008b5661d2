//! What git asks: lines of text.

use std::io::{self, BufRead};

/// One of git's questions.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// What the helper can do.
    Capabilities,
    /// Set an option.
    Option {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
    },
    /// Which refs the remote has.
    List,
    /// Bring what was listed.
    Fetch,
    /// Move refs of the remote.
    Push(Vec<PushSpec>),
}

/// A ref of the remote, and what it becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PushSpec {
    /// Whether it may lose commits.
    pub(super) force: bool,
    /// Git's name for what it becomes; none to delete it.
    pub(super) source: Option<String>,
    /// The ref.
    pub(super) target: String,
}

/// Reads the next question; none where git has no more.
///
/// # Errors
/// If git asks for something that the helper has not offered.
pub(super) fn read(input: &mut impl BufRead) -> io::Result<Option<Request>> {
    let Some(line) = read_line(input)? else {
        return Ok(None);
    };
    let (word, rest) = line.split_once(' ').unwrap_or((&line, ""));
    Ok(Some(match (word, rest) {
        ("", "") => return Ok(None),
        ("capabilities", "") => Request::Capabilities,
        ("list", "" | "for-push") => Request::List,
        ("option", option) => {
            let (name, value) = option.split_once(' ').unwrap_or((option, ""));
            Request::Option {
                name: name.to_owned(),
                value: value.to_owned(),
            }
        }
        ("fetch", _) => {
            // Whatever it names was listed, and what is listed has been brought.
            while read_line(input)?.is_some_and(|line| !line.is_empty()) {}
            Request::Fetch
        }
        ("push", first) => {
            let mut specs = vec![PushSpec::parse(first)?];
            while let Some(line) = read_line(input)?
                && !line.is_empty()
            {
                let spec = line.strip_prefix("push ").ok_or_else(|| unknown(&line))?;
                specs.push(PushSpec::parse(spec)?);
            }
            Request::Push(specs)
        }
        _ => return Err(unknown(&line)),
    }))
}

impl PushSpec {
    /// Parses `+SOURCE:TARGET`.
    fn parse(text: &str) -> io::Result<Self> {
        let (force, pair) = match text.strip_prefix('+') {
            Some(pair) => (true, pair),
            None => (false, text),
        };
        let (source, target) = pair.split_once(':').ok_or_else(|| unknown(text))?;
        Ok(Self {
            force,
            source: (!source.is_empty()).then(|| source.to_owned()),
            target: target.to_owned(),
        })
    }
}

/// The next line without its end; none at the end of the input.
fn read_line(input: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = String::new();
    if input.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    if line.ends_with('\n') {
        line.pop();
    }
    Ok(Some(line))
}

fn unknown(line: &str) -> io::Error {
    io::Error::other(format!("git asks for {line:?}, which is unknown here"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_read_up_to_the_last_one() {
        let mut input = "capabilities\noption verbosity 1\nlist for-push\npush a:refs/heads/b\n\
                         push +:refs/tags/c\n\nfetch 1 refs/heads/a\nfetch 2 HEAD\n\nlist\n\nlost\n"
            .as_bytes();
        let mut next = || read(&mut input).expect("known");
        assert_eq!(next(), Some(Request::Capabilities));
        let option = Request::Option {
            name: "verbosity".to_owned(),
            value: "1".to_owned(),
        };
        assert_eq!(next(), Some(option));
        assert_eq!(next(), Some(Request::List));
        let specs = vec![
            PushSpec {
                force: false,
                source: Some("a".to_owned()),
                target: "refs/heads/b".to_owned(),
            },
            PushSpec {
                force: true,
                source: None,
                target: "refs/tags/c".to_owned(),
            },
        ];
        assert_eq!(next(), Some(Request::Push(specs)));
        assert_eq!(next(), Some(Request::Fetch));
        assert_eq!(next(), Some(Request::List));
        assert_eq!(next(), None);
    }

    #[test]
    fn what_was_not_offered_is_refused() {
        for line in [
            "connect git-upload-pack\n",
            "push a\n",
            "push a:b\nfetch 1 c\n",
        ] {
            assert!(read(&mut line.as_bytes()).is_err(), "{line}");
        }
    }
}
