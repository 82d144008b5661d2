//! An ssh-agent, which holds private keys and signs with them.
//!
//! Of its protocol, <https://datatracker.ietf.org/doc/html/draft-ietf-sshm-ssh-agent>, this needs
//! two requests: which keys the agent holds, and a signature. Each message is its length in four
//! bytes, a byte for its kind, and what belongs to that; each string in it is preceded by its
//! length in four bytes. Numbers are big-endian.

use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use muse_wire::commit::{PublicKey, Signature};

use super::public_key::to_blob;

/// Longest answer that is read, as of OpenSSH's own programs.
const MAX_ANSWER_BYTES: usize = 256 * 1024;

/// How long an agent may take to say which keys it holds, which it does by itself.
const LIST_WAIT: Duration = Duration::from_secs(10);
/// How long an agent may take to sign: somebody may have to confirm it, or to touch a device.
const SIGN_WAIT: Duration = Duration::from_secs(60);

/// The name of the keys, and of the signatures.
const ED25519: &[u8] = b"ssh-ed25519";

// Kinds of messages, by their names in the specification.
const FAILURE: u8 = 5;
const REQUEST_IDENTITIES: u8 = 11;
const IDENTITIES_ANSWER: u8 = 12;
const SIGN_REQUEST: u8 = 13;
const SIGN_RESPONSE: u8 = 14;

/// An ssh-agent that listens on a socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    socket: PathBuf,
}

/// Why an agent does not sign.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AgentError {
    /// Nobody listens, or the connection was closed.
    #[error("the ssh-agent at {} cannot be asked", socket.display())]
    Unreachable {
        /// Where it should listen.
        socket: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// It took too long.
    #[error("the ssh-agent did not answer within {} seconds", .0.as_secs())]
    TimedOut(Duration),
    /// Its answer is none, or too long.
    #[error("the ssh-agent's answer cannot be understood")]
    Malformed,
    /// It says no: somebody did not confirm it, say.
    #[error("the ssh-agent refuses to sign")]
    Refused,
    /// What it returns is no signature by the key over what was to be signed.
    #[error("the ssh-agent's signature is wrong")]
    WrongSignature,
}

impl Agent {
    /// The agent at this socket, which is not asked anything yet.
    pub fn at(socket: &Path) -> Self {
        Self {
            socket: socket.to_owned(),
        }
    }

    /// Whether it holds the private half of the key.
    ///
    /// # Errors
    /// [`AgentError`] where it cannot be asked, or does not answer within 10 seconds.
    pub(super) fn holds(&self, key: &PublicKey) -> Result<bool, AgentError> {
        let answer = self.ask(vec![REQUEST_IDENTITIES], LIST_WAIT)?;
        lists(&answer, &to_blob(key)).ok_or(AgentError::Malformed)
    }

    /// Its signature over the bytes, which nobody has checked.
    ///
    /// # Errors
    /// [`AgentError::Refused`] where it does not hold the key, too; others where it cannot be
    /// asked, or does not answer within a minute.
    pub(super) fn sign(
        &self,
        key: &PublicKey,
        bytes: &[u8],
    ) -> Result<[u8; Signature::BYTES], AgentError> {
        const NO_FLAGS: [u8; 4] = [0; 4];
        let mut request = vec![SIGN_REQUEST];
        put_string(&mut request, &to_blob(key));
        put_string(&mut request, bytes);
        request.extend(NO_FLAGS);
        let answer = self.ask(request, SIGN_WAIT)?;
        if answer.first() == Some(&FAILURE) {
            return Err(AgentError::Refused);
        }
        signature(&answer).ok_or(AgentError::Malformed)
    }

    /// The answer to a request, within `wait` altogether.
    fn ask(&self, request: Vec<u8>, wait: Duration) -> Result<Vec<u8>, AgentError> {
        let (sender, answer) = mpsc::channel();
        let socket = self.socket.clone();
        // Even connecting may take for ever, with an agent that hangs, and no timeout of a socket
        // is for all of a message. A thread that is given up ends with the process at the latest.
        thread::spawn(move || sender.send(exchange(&socket, &request, wait)));
        match answer.recv_timeout(wait) {
            Ok(Ok(answer)) => answer.ok_or(AgentError::Malformed),
            Ok(Err(error)) if is_timeout(&error) => Err(AgentError::TimedOut(wait)),
            Ok(Err(source)) => Err(AgentError::Unreachable {
                socket: self.socket.clone(),
                source,
            }),
            Err(_) => Err(AgentError::TimedOut(wait)),
        }
    }
}

/// Sends a request and reads the answer; `None` where that is too long.
fn exchange(socket: &Path, request: &[u8], wait: Duration) -> io::Result<Option<Vec<u8>>> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(wait))?;
    stream.set_write_timeout(Some(wait))?;
    let mut message = Vec::new();
    put_string(&mut message, request);
    stream.write_all(&message)?;
    let mut length = [0; 4];
    stream.read_exact(&mut length).map_err(closed)?;
    let length = u32::from_be_bytes(length) as usize;
    if length > MAX_ANSWER_BYTES {
        return Ok(None);
    }
    let mut answer = vec![0; length];
    stream.read_exact(&mut answer).map_err(closed)?;
    Ok(Some(answer))
}

/// Says what the end of the input means here.
fn closed(error: io::Error) -> io::Error {
    match error.kind() {
        kind @ io::ErrorKind::UnexpectedEof => io::Error::new(kind, "it closed the connection"),
        _ => error,
    }
}

/// Whether a timeout of a socket has ended something.
fn is_timeout(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
    )
}

/// Whether an answer lists the key; `None` if it is no list of keys.
fn lists(answer: &[u8], key: &[u8]) -> Option<bool> {
    let rest = answer.strip_prefix(&[IDENTITIES_ANSWER])?;
    let (count, mut rest) = rest.split_first_chunk()?;
    let mut is_listed = false;
    for _ in 0..u32::from_be_bytes(*count) {
        is_listed |= take_string(&mut rest)? == key;
        let _comment = take_string(&mut rest)?;
    }
    Some(is_listed)
}

/// The signature in an answer; `None` if there is none of the right kind.
fn signature(answer: &[u8]) -> Option<[u8; Signature::BYTES]> {
    let mut rest = answer.strip_prefix(&[SIGN_RESPONSE])?;
    let mut signature = take_string(&mut rest)?;
    let kind = take_string(&mut signature)?;
    let bytes = take_string(&mut signature)?;
    let is_whole = kind == ED25519 && signature.is_empty() && rest.is_empty();
    bytes.try_into().ok().filter(|_| is_whole)
}

/// Appends a string, which is short, with its length before it.
fn put_string(message: &mut Vec<u8>, string: &[u8]) {
    let length = u32::try_from(string.len()).expect("requests are shorter than 4 GiB");
    message.extend(length.to_be_bytes());
    message.extend(string);
}

/// Splits a string off the front; `None` if it is not all there.
fn take_string<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, rest) = bytes.split_first_chunk()?;
    let length = u32::from_be_bytes(*length) as usize;
    let (string, rest) = rest.split_at_checked(length)?;
    *bytes = rest;
    Some(string)
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::super::fake_agent::{FakeAgent, message, string};
    use super::*;

    const KEY: PublicKey = PublicKey::from_bytes([7; PublicKey::BYTES]);

    #[test]
    fn a_list_says_whether_the_key_is_held() {
        let other = string(b"another kind of key");
        let comment = string(b"comment");
        let key = string(&to_blob(&KEY));
        let two = 2_u32.to_be_bytes();
        let with = message(IDENTITIES_ANSWER, &[&two, &other, &comment, &key, &comment]);
        let without = message(
            IDENTITIES_ANSWER,
            &[&two, &other, &comment, &other, &comment],
        );
        let fake = FakeAgent::answering(vec![with, without]);
        assert!(fake.agent.holds(&KEY).expect("an answer"));
        assert!(!fake.agent.holds(&KEY).expect("an answer"));
    }

    #[test]
    fn lists_that_are_none_are_refused() {
        let key = string(&to_blob(&KEY));
        let claimed = u32::MAX.to_be_bytes();
        let answers = vec![
            string(b""),
            message(FAILURE, &[]),
            message(IDENTITIES_ANSWER, &[]),
            message(IDENTITIES_ANSWER, &[&claimed]),
            message(IDENTITIES_ANSWER, &[&claimed, &key]),
            message(IDENTITIES_ANSWER, &[&claimed, &claimed, b"short"]),
        ];
        let count = answers.len();
        let fake = FakeAgent::answering(answers);
        for index in 0..count {
            let held = fake.agent.holds(&KEY);
            assert!(
                matches!(held, Err(AgentError::Malformed)),
                "{index}: {held:?}"
            );
        }
    }

    #[test]
    fn signatures_of_another_shape_are_refused() {
        let kind = string(ED25519);
        let bytes = string(&[1; Signature::BYTES]);
        let whole = [&kind[..], &bytes].concat();
        let answer = |strings: &[&[u8]]| message(SIGN_RESPONSE, &[&string(&strings.concat())]);
        let malformed = vec![
            string(b""),
            string(b"garbage"),
            message(IDENTITIES_ANSWER, &[&string(&whole)]),
            message(SIGN_RESPONSE, &[&whole]),
            message(SIGN_RESPONSE, &[&string(&whole), b"more"]),
            answer(&[&whole, b"more"]),
            answer(&[&string(b"ssh-rsa"), &bytes]),
            answer(&[&kind, &string(&[1; Signature::BYTES - 1])]),
        ];
        let count = malformed.len();
        let fake = FakeAgent::answering([vec![answer(&[&whole])], malformed].concat());
        let signed = fake.agent.sign(&KEY, b"x");
        assert_eq!(signed.expect("a signature"), [1; Signature::BYTES]);
        for index in 0..count {
            let signed = fake.agent.sign(&KEY, b"x");
            assert!(
                matches!(signed, Err(AgentError::Malformed)),
                "{index}: {signed:?}"
            );
        }
    }

    #[test]
    fn no_room_is_made_for_an_answer_that_is_too_long() {
        let longest = u32::MAX.to_be_bytes().to_vec();
        let longer = (MAX_ANSWER_BYTES as u32 + 1).to_be_bytes().to_vec();
        let fake = FakeAgent::answering(vec![longest, longer]);
        for _ in 0..2 {
            let signed = fake.agent.sign(&KEY, b"x");
            assert!(matches!(signed, Err(AgentError::Malformed)), "{signed:?}");
        }
    }

    #[test]
    fn an_agent_that_is_gone_or_refuses_says_so() {
        let half = string(b"1234")[..6].to_vec();
        let fake = FakeAgent::answering(vec![message(FAILURE, &[]), Vec::new(), half]);
        let refused = fake.agent.sign(&KEY, b"x");
        assert!(matches!(refused, Err(AgentError::Refused)), "{refused:?}");
        let nobody = Agent::at(Path::new("/nobody/listens/here"));
        let closed = "it closed the connection";
        for (agent, cause) in [
            (&fake.agent, closed),
            (&fake.agent, closed),
            (&nobody, "No such file"),
        ] {
            match agent.sign(&KEY, b"x") {
                Err(AgentError::Unreachable { source, .. }) => {
                    assert!(source.to_string().contains(cause), "{source}");
                }
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn an_agent_that_hangs_is_given_up() {
        const SHORT: Duration = Duration::from_millis(100);
        let directory = tempfile::tempdir().expect("temporary directory");
        let silent = directory.path().join("silent");
        // Connections wait in a queue, and nobody takes them out.
        let _listener = UnixListener::bind(&silent).expect("a free name");
        let slow = directory.path().join("slow");
        let listener = UnixListener::bind(&slow).expect("a free name");
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a client");
            for byte in string(&[FAILURE; 100]) {
                thread::sleep(SHORT / 2);
                // The client goes in the end.
                let _ = stream.write_all(&[byte]);
            }
        });
        for socket in [silent, slow] {
            let answer = Agent::at(&socket).ask(vec![REQUEST_IDENTITIES], SHORT);
            assert!(
                matches!(answer, Err(AgentError::TimedOut(SHORT))),
                "{answer:?}"
            );
        }
    }
}
