//! An agent for tests, which answers as it is told, however wrong that is.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixListener;
use std::thread;

use super::agent::Agent;

/// A socket with an agent behind it, in a directory of its own.
pub(super) struct FakeAgent {
    /// Asks it.
    pub(super) agent: Agent,
    _directory: tempfile::TempDir,
}

impl FakeAgent {
    /// One that sends `answers`, each on a connection of its own and as it is, and closes that.
    /// Then it is gone.
    pub(super) fn answering(answers: Vec<Vec<u8>>) -> Self {
        let directory = tempfile::tempdir().expect("temporary directory");
        let socket = directory.path().join("agent");
        let listener = UnixListener::bind(&socket).expect("a free name");
        thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().expect("a client");
                let mut length = [0; 4];
                stream.read_exact(&mut length).expect("a request");
                let mut request = vec![0; u32::from_be_bytes(length) as usize];
                stream.read_exact(&mut request).expect("a whole request");
                stream.write_all(&answer).expect("a client that listens");
            }
        });
        Self {
            agent: Agent::at(&socket),
            _directory: directory,
        }
    }
}

/// A message of this kind, with the strings in it.
pub(super) fn message(kind: u8, strings: &[&[u8]]) -> Vec<u8> {
    let mut payload = vec![kind];
    payload.extend(strings.concat());
    string(&payload)
}

/// A string, with its length before it.
pub(super) fn string(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).expect("a short string");
    [&length.to_be_bytes()[..], bytes].concat()
}
