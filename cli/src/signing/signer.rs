//! What signs the commits of one command.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use muse_wire::commit::{PublicKey, Signature, signed_bytes};
use muse_wire::id::CommitId;
use ssh_key::PrivateKey;

use super::agent::{Agent, AgentError};
use super::error::SigningError;
use super::key_file::KeyFile;
use super::private_key::SigningKey;
use super::public_key::PublicHalf;
use crate::secret::Secret;

/// How often somebody is asked for a passphrase.
const TRIES: usize = 3;

/// Asks for the passphrase of the key in this file; `None` where nobody can be asked. The `bool`
/// says whether what was given before is wrong.
pub type AskPassphrase = Arc<dyn Fn(&Path, bool) -> io::Result<Option<Secret>> + Send + Sync>;

/// What signs commits: a private key that is here, or an agent that holds it.
///
/// The agent, and whoever knows the passphrase, are asked once there is something to sign. All
/// clones share the key that a passphrase has unlocked.
#[derive(Clone)]
pub struct Signer {
    public_key: PublicKey,
    key: Arc<Key>,
}

/// Where the private key is.
enum Key {
    /// Known where.
    Found(Found),
    /// In a file that a passphrase protects, or with the agent, too.
    Locked(Box<LockedKey>, OnceLock<Found>),
}

/// A private key that signs.
enum Found {
    Here(SigningKey),
    /// With the agent, if there is one.
    WithAgent(Option<Agent>),
}

/// A private key that a passphrase protects.
struct LockedKey {
    path: PathBuf,
    public_key: PublicKey,
    encrypted: PrivateKey,
    agent: Option<Agent>,
    ask: AskPassphrase,
}

impl Signer {
    /// The key in a file: a private key itself, or, where the file has the public key, the agent.
    /// Where a passphrase protects a private key, it is the agent if that holds the key; otherwise
    /// the passphrase is asked for.
    ///
    /// # Errors
    /// [`SigningError`] saying why it cannot sign.
    pub fn from_file(
        path: &Path,
        agent: Option<Agent>,
        ask: AskPassphrase,
    ) -> Result<Self, SigningError> {
        Ok(match KeyFile::read(path)? {
            KeyFile::Public(half) => Self::with_agent(half.public_key, agent),
            KeyFile::Private(key, half) => Self {
                public_key: half.public_key,
                key: Arc::new(Key::Found(Found::Here(*key))),
            },
            KeyFile::Encrypted(encrypted, PublicHalf { public_key, .. }) => {
                let locked = LockedKey {
                    path: path.to_owned(),
                    public_key,
                    encrypted: *encrypted,
                    agent,
                    ask,
                };
                Self {
                    public_key,
                    key: Arc::new(Key::Locked(Box::new(locked), OnceLock::new())),
                }
            }
        })
    }

    /// An agent that holds the private half of this key. Where there is none, or it does not hold
    /// the key, signing fails.
    pub fn with_agent(public_key: PublicKey, agent: Option<Agent>) -> Self {
        Self {
            public_key,
            key: Arc::new(Key::Found(Found::WithAgent(agent))),
        }
    }

    /// The key that its signatures are checked with.
    pub fn public_key(&self) -> PublicKey {
        self.public_key
    }

    /// Signs a commit.
    ///
    /// # Errors
    /// [`SigningError`]: the agent is gone, refuses or does not hold the key, or nobody gives the
    /// passphrase.
    pub fn sign(&self, commit: &CommitId) -> Result<Signature, SigningError> {
        match self.key.find()? {
            Found::Here(key) => Ok(key.sign(commit)),
            Found::WithAgent(None) => Err(SigningError::NoAgent(self.public_key)),
            Found::WithAgent(Some(agent)) => sign_by(agent, self.public_key, commit),
        }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.public_key)
    }
}

impl Key {
    fn find(&self) -> Result<&Found, SigningError> {
        match self {
            Self::Found(found) => Ok(found),
            Self::Locked(locked, found) => match found.get() {
                Some(found) => Ok(found),
                None => {
                    let unlocked = locked.find()?;
                    Ok(found.get_or_init(|| unlocked))
                }
            },
        }
    }
}

impl LockedKey {
    /// Asks the agent, and then for the passphrase.
    fn find(&self) -> Result<Found, SigningError> {
        let held = self
            .agent
            .as_ref()
            .map(|agent| agent.holds(&self.public_key));
        let agent_failed = match held {
            Some(Ok(true)) => return Ok(Found::WithAgent(self.agent.clone())),
            Some(Err(error)) => Some(error),
            Some(Ok(false)) | None => None,
        };
        for number in 0..TRIES {
            let given = (self.ask)(&self.path, number > 0);
            let given = given.map_err(|source| SigningError::Io {
                path: self.path.clone(),
                source,
            })?;
            let Some(passphrase) = given else {
                return Err(SigningError::Encrypted {
                    path: self.path.clone(),
                    agent: agent_failed,
                });
            };
            if let Some(key) = self.unlock(&passphrase)? {
                return Ok(Found::Here(key));
            }
        }
        Err(SigningError::WrongPassphrase(self.path.clone()))
    }

    /// The key, where this is its passphrase.
    fn unlock(&self, passphrase: &Secret) -> Result<Option<SigningKey>, SigningError> {
        match self.encrypted.decrypt(passphrase.reveal()) {
            Ok(key) => match SigningKey::from_openssh(&key) {
                Some(key) => Ok(Some(key)),
                None => Err(SigningError::NotEd25519(self.path.clone())),
            },
            Err(ssh_key::Error::Crypto) => Ok(None),
            Err(_) => Err(SigningError::NotAKey(self.path.clone())),
        }
    }
}

/// A signature by an agent, which is believed nothing.
fn sign_by(agent: &Agent, key: PublicKey, commit: &CommitId) -> Result<Signature, SigningError> {
    let signature = match agent.sign(&key, &signed_bytes(commit)) {
        Ok(signature) => Signature {
            public_key: key,
            signature,
        },
        // It does not say why.
        Err(AgentError::Refused) => {
            return Err(match agent.holds(&key) {
                Ok(false) => SigningError::NotHeld(key),
                _ => AgentError::Refused.into(),
            });
        }
        Err(error) => return Err(error.into()),
    };
    match signature.verifies(commit) {
        true => Ok(signature),
        false => Err(AgentError::WrongSignature.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::super::fake_agent::{FakeAgent, message, string};
    use super::super::public_key::to_blob;
    use super::*;

    const COMMIT: CommitId = CommitId::from_bytes([7; 32]);
    const PASSPHRASE: &str = "open sesame";

    // Kinds of messages.
    const FAILURE: u8 = 5;
    const IDENTITIES_ANSWER: u8 = 12;
    const SIGN_RESPONSE: u8 = 14;

    /// A key in a file that the passphrase protects.
    struct Locked {
        key: SigningKey,
        path: PathBuf,
        _directory: tempfile::TempDir,
    }

    impl Locked {
        fn new() -> Self {
            let directory = tempfile::tempdir().expect("temporary directory");
            let path = directory.path().join("key");
            let key = SigningKey::generate().expect("random");
            let passphrase = Secret::new(PASSPHRASE);
            key.write_new(&path, Some(&passphrase)).expect("written");
            Self {
                key,
                path,
                _directory: directory,
            }
        }

        /// What signs with it where the passphrases are typed, one after the other; how often
        /// somebody was asked.
        fn signer(
            &self,
            agent: Option<Agent>,
            typed: &'static [&str],
        ) -> (Signer, Arc<AtomicUsize>) {
            let asked = Arc::new(AtomicUsize::new(0));
            let count = Arc::clone(&asked);
            let ask: AskPassphrase = Arc::new(move |_, was_wrong| {
                let number = count.fetch_add(1, Ordering::SeqCst);
                assert_eq!(was_wrong, number > 0);
                Ok(typed.get(number).map(|text| Secret::new(*text)))
            });
            let signer = Signer::from_file(&self.path, agent, ask).expect("a key");
            assert_eq!(signer.public_key(), self.key.public_key());
            (signer, asked)
        }
    }

    fn list(keys: &[&PublicKey]) -> Vec<u8> {
        let count = u32::try_from(keys.len()).expect("few").to_be_bytes();
        let entry = |key: &&PublicKey| [string(&to_blob(key)), string(b"")].concat();
        let entries: Vec<u8> = keys.iter().flat_map(entry).collect();
        message(IDENTITIES_ANSWER, &[&count, &entries])
    }

    fn signed(signature: &Signature) -> Vec<u8> {
        let parts = [string(b"ssh-ed25519"), string(&signature.signature)];
        message(SIGN_RESPONSE, &[&string(&parts.concat())])
    }

    #[test]
    fn a_passphrase_is_asked_for_once_and_not_before_it_is_needed() {
        let locked = Locked::new();
        let (signer, asked) = locked.signer(None, &["wrong", "", PASSPHRASE]);
        let clone = signer.clone();
        assert_eq!(asked.load(Ordering::SeqCst), 0);
        for signer in [&signer, &clone, &signer] {
            assert!(signer.sign(&COMMIT).expect("signed").verifies(&COMMIT));
        }
        assert_eq!(asked.load(Ordering::SeqCst), 3);
    }

    #[test]
    fn three_wrong_passphrases_are_enough() {
        let locked = Locked::new();
        let (signer, asked) = locked.signer(None, &["a", "b", "c", PASSPHRASE]);
        let signed = signer.sign(&COMMIT);
        assert!(matches!(signed, Err(SigningError::WrongPassphrase(_))));
        assert_eq!(asked.load(Ordering::SeqCst), 3);
    }

    #[test]
    fn where_nobody_can_be_asked_the_reason_is_kept() {
        let locked = Locked::new();
        let (signer, _) = locked.signer(None, &[]);
        let signed = signer.sign(&COMMIT);
        assert!(matches!(
            signed,
            Err(SigningError::Encrypted { agent: None, .. })
        ));
        let gone = Agent::at(Path::new("/nobody/listens/here"));
        let (signer, _) = locked.signer(Some(gone), &[]);
        assert!(matches!(
            signer.sign(&COMMIT),
            Err(SigningError::Encrypted {
                agent: Some(AgentError::Unreachable { .. }),
                ..
            })
        ));
    }

    #[test]
    fn an_agent_that_holds_a_locked_key_signs_with_it() {
        let locked = Locked::new();
        let other = SigningKey::generate().expect("random").public_key();
        let own = locked.key.public_key();
        let answer = signed(&locked.key.sign(&COMMIT));
        let fake = FakeAgent::answering(vec![list(&[&other, &own]), answer.clone(), answer]);
        let (signer, asked) = locked.signer(Some(fake.agent.clone()), &[]);
        for _ in 0..2 {
            assert!(signer.sign(&COMMIT).expect("signed").verifies(&COMMIT));
        }
        assert_eq!(asked.load(Ordering::SeqCst), 0);

        let fake = FakeAgent::answering(vec![list(&[&other])]);
        let (signer, asked) = locked.signer(Some(fake.agent.clone()), &[PASSPHRASE]);
        assert!(signer.sign(&COMMIT).expect("signed").verifies(&COMMIT));
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn an_agent_is_believed_nothing() {
        let key = SigningKey::generate().expect("random");
        let other = SigningKey::generate().expect("random");
        let wrong = vec![
            signed(&key.sign(&CommitId::from_bytes([8; 32]))),
            signed(&other.sign(&COMMIT)),
        ];
        let fake = FakeAgent::answering(wrong);
        let signer = Signer::with_agent(key.public_key(), Some(fake.agent.clone()));
        for _ in 0..2 {
            assert!(matches!(
                signer.sign(&COMMIT),
                Err(SigningError::Agent(AgentError::WrongSignature))
            ));
        }
    }

    #[test]
    fn a_key_that_the_agent_lacks_is_told_from_one_it_refuses() {
        let key = SigningKey::generate().expect("random").public_key();
        let refusal = || message(FAILURE, &[]);
        let answers = vec![refusal(), list(&[]), refusal(), list(&[&key]), refusal()];
        let fake = FakeAgent::answering(answers);
        let signer = Signer::with_agent(key, Some(fake.agent.clone()));
        assert!(
            matches!(signer.sign(&COMMIT), Err(SigningError::NotHeld(lacked)) if lacked == key)
        );
        for _ in 0..2 {
            assert!(matches!(
                signer.sign(&COMMIT),
                Err(SigningError::Agent(AgentError::Refused))
            ));
        }
        let signer = Signer::with_agent(key, None);
        assert!(matches!(
            signer.sign(&COMMIT),
            Err(SigningError::NoAgent(_))
        ));
    }
}
