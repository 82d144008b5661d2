use std::collections::BTreeMap;

use ed25519_dalek::{Signer as _, SigningKey};
use proptest::prelude::*;

use super::*;
use crate::id::{CommitId, DeltaDigest, SnapshotId};
use crate::limits::*;
use crate::msgpack::Writer;
use crate::problem::ProblemCode;

fn commit() -> Commit {
    Commit {
        parents: vec![CommitId::from_bytes([1; 32])],
        snapshot: SnapshotId::from_bytes([2; 32]),
        author: Author {
            name: "Ada".into(),
            email: "ada@example.org".into(),
        },
        committed_at: Timestamp {
            seconds: 1_700_000_000,
            offset_minutes: 60,
        },
        message: "subject\n\nbody\n".into(),
        metadata: BTreeMap::from([("agent_id".into(), "a-1".into())]),
        delta_digest: None,
        signers: Vec::new(),
    }
}

fn key(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

fn public(key: &SigningKey) -> PublicKey {
    PublicKey::from_bytes(key.verifying_key().to_bytes())
}

fn sign(key: &SigningKey, id: &CommitId) -> Signature {
    Signature {
        public_key: public(key),
        signature: key.sign(&signed_bytes(id)).to_bytes(),
    }
}

/// An envelope of this commit with signatures by these keys, in order.
fn signed(commit: &Commit, keys: &[SigningKey]) -> CommitEnvelope {
    let mut envelope = CommitEnvelope::plain(commit.encode().expect("valid"));
    let id = envelope.id();
    envelope.signatures = keys.iter().map(|key| sign(key, &id)).collect();
    envelope
        .signatures
        .sort_by_key(|signature| signature.public_key);
    envelope
}

fn refusal(bytes: &[u8]) -> String {
    let error = Commit::decode(bytes).expect_err("it breaks a rule");
    match std::error::Error::source(&error) {
        Some(cause) => cause.to_string(),
        None => error.to_string(),
    }
}

#[test]
fn a_record_round_trips_and_its_id_covers_the_bytes() {
    let record = commit().encode().expect("valid");
    assert_eq!(Commit::decode(&record).expect("just encoded"), commit());
    let mut other = commit();
    other.message.push('!');
    let other = other.encode().expect("valid");
    assert_ne!(commit_id(&record), commit_id(&other));
}

#[test]
fn trailing_and_missing_bytes_are_refused() {
    let mut record = commit().encode().expect("valid");
    for cut in 0..record.len() {
        assert!(Commit::decode(&record[..cut]).is_err(), "cut at {cut}");
    }
    record.push(0);
    assert!(refusal(&record).contains("other bytes follow"));
}

#[test]
fn another_version_is_its_own_error() {
    let mut record = commit().encode().expect("valid");
    record[1] = 9;
    assert!(matches!(
        Commit::decode(&record),
        Err(CommitError::Version(9))
    ));
    // A later version may have other fields.
    let later = [0x92, 0x02, 0xc0];
    assert!(matches!(
        Commit::decode(&later),
        Err(CommitError::Version(2))
    ));
    record[0] = 0x98;
    record[1] = 1;
    assert!(refusal(&record).contains("nine fields"));
}

/// A record whose fields are written by hand.
fn record_with(write: impl Fn(&mut Writer, usize)) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.array(9);
    for field in 0..9 {
        write(&mut writer, field);
    }
    writer.finish()
}

/// Writes a field of a minimal record.
fn plain_field(writer: &mut Writer, field: usize) {
    match field {
        0 => writer.integer(1),
        2 => writer.bin(&[2; 32]),
        3 => {
            writer.array(2);
            writer.str("");
            writer.str("");
        }
        4 => {
            writer.array(2);
            writer.integer(0);
            writer.integer(0);
        }
        5 => writer.str(""),
        6 => writer.map(0),
        7 => writer.nil(),
        _ => writer.array(0),
    }
}

#[test]
fn every_field_has_one_type_and_one_order() {
    let plain = record_with(plain_field);
    assert_eq!(
        Commit::decode(&plain)
            .expect("minimal")
            .encode()
            .expect("valid"),
        plain
    );
    for wrong in 0..9 {
        let record = record_with(|writer, field| match field == wrong {
            // No field is a str of eleven bytes but the message.
            true if field == 5 => writer.bin(b""),
            true => writer.str("hello world"),
            false => plain_field(writer, field),
        });
        assert!(Commit::decode(&record).is_err(), "field {wrong}");
    }
    let metadata = |keys: &[&str]| {
        record_with(|writer, field| match field {
            6 => {
                writer.map(keys.len());
                for key in keys {
                    writer.str(key);
                    writer.str("");
                }
            }
            _ => plain_field(writer, field),
        })
    };
    Commit::decode(&metadata(&["a", "b"])).expect("ascending");
    assert!(refusal(&metadata(&["a", "a"])).contains("does not come after"));
    assert!(refusal(&metadata(&["b", "a"])).contains("does not come after"));
    assert!(refusal(&metadata(&[""])).contains("a key is empty"));
    let signers = |keys: &[u8]| {
        record_with(|writer, field| match field {
            8 => {
                writer.array(keys.len());
                keys.iter().for_each(|&key| writer.bin(&[key; 32]));
            }
            _ => plain_field(writer, field),
        })
    };
    Commit::decode(&signers(&[1, 2])).expect("ascending");
    assert!(refusal(&signers(&[1, 1])).contains("strictly ascending"));
    assert!(refusal(&signers(&[2, 1])).contains("strictly ascending"));
    let offset = |minutes| {
        record_with(|writer, field| match field {
            4 => {
                writer.array(2);
                writer.integer(i64::MIN);
                writer.integer(minutes);
            }
            _ => plain_field(writer, field),
        })
    };
    for minutes in [-1440, 1440] {
        Commit::decode(&offset(minutes)).expect("a day");
    }
    for minutes in [-1441, 1441, i64::MAX, i64::from(i16::MIN) - 1] {
        assert!(
            refusal(&offset(minutes)).contains("more than a day"),
            "{minutes}"
        );
    }
}

#[test]
fn every_limit_is_exact_in_both_directions() {
    type Change = fn(&mut Commit, usize);
    let limits: [(&str, usize, Change); 8] = [
        ("author name", MAX_AUTHOR_NAME_BYTES, |commit, size| {
            commit.author.name = "x".repeat(size);
        }),
        ("author e-mail", MAX_AUTHOR_EMAIL_BYTES, |commit, size| {
            commit.author.email = "x".repeat(size);
        }),
        ("message", MAX_MESSAGE_BYTES, |commit, size| {
            commit.message = "x".repeat(size);
        }),
        ("parent list", MAX_PARENTS, |commit, count| {
            let ids = (0..count).map(|number| CommitId::from_bytes([number as u8; 32]));
            commit.parents = ids.collect();
        }),
        ("metadata", MAX_METADATA_ENTRIES, |commit, count| {
            let entries = (0..count).map(|number| (number.to_string(), String::new()));
            commit.metadata = entries.collect();
        }),
        ("metadata key", MAX_METADATA_KEY_BYTES, |commit, size| {
            commit.metadata = BTreeMap::from([("x".repeat(size), String::new())]);
        }),
        (
            "metadata value",
            MAX_METADATA_VALUE_BYTES,
            |commit, size| {
                commit.metadata = BTreeMap::from([("x".into(), "x".repeat(size))]);
            },
        ),
        ("list of signers", MAX_SIGNERS, |commit, count| {
            let keys = (0..count).map(|number| PublicKey::from_bytes([number as u8; 32]));
            commit.signers = keys.collect();
        }),
    ];
    for (name, limit, change) in limits {
        let mut at_limit = commit();
        change(&mut at_limit, limit);
        let record = at_limit.encode().expect(name);
        assert_eq!(Commit::decode(&record).expect(name), at_limit);
        let mut above = commit();
        change(&mut above, limit + 1);
        let refused = above.encode().expect_err(name);
        assert!(matches!(refused, CommitError::TooLarge { what, .. } if what == name));
        // As somebody else would write it.
        let refused = refusal(&encode_unchecked(&above));
        assert!(
            refused.contains(name) && refused.contains("limit"),
            "{refused}"
        );
    }
}

/// Encodes a commit that breaks a rule.
fn encode_unchecked(commit: &Commit) -> Vec<u8> {
    record_with(|writer, field| match field {
        1 => {
            writer.array(commit.parents.len());
            commit
                .parents
                .iter()
                .for_each(|id| writer.bin(id.as_bytes()));
        }
        3 => {
            writer.array(2);
            writer.str(&commit.author.name);
            writer.str(&commit.author.email);
        }
        5 => writer.str(&commit.message),
        6 => {
            writer.map(commit.metadata.len());
            for (key, value) in &commit.metadata {
                writer.str(key);
                writer.str(value);
            }
        }
        8 => {
            writer.array(commit.signers.len());
            commit
                .signers
                .iter()
                .for_each(|key| writer.bin(key.as_bytes()));
        }
        _ => plain_field(writer, field),
    })
}

#[test]
fn a_record_as_a_whole_has_a_limit() {
    let entries = |value_bytes: usize| {
        let mut commit = commit();
        let value = |number| if number == 31 { value_bytes } else { 1 << 16 };
        commit.message = "x".repeat(40_000);
        commit.metadata = (0..32)
            .map(|number| (format!("{number:02}"), "x".repeat(value(number))))
            .collect();
        commit
    };
    let rest = entries(1 << 10).encode().expect("below").len() - (1 << 10);
    let largest = entries(MAX_COMMIT_RECORD_BYTES - rest);
    let record = largest.encode().expect("at the limit");
    assert_eq!(record.len(), MAX_COMMIT_RECORD_BYTES);
    assert_eq!(Commit::decode(&record).expect("at the limit"), largest);
    let refused = entries(MAX_COMMIT_RECORD_BYTES - rest + 1).encode();
    assert!(matches!(
        refused,
        Err(CommitError::TooLarge { what: "record", .. })
    ));
}

#[test]
fn text_rules_hold_in_both_directions() {
    for (what, text) in [
        ("author name", "a\nb"),
        ("author name", "a\u{85}b"),
        ("author name", "<"),
        ("author e-mail", ">"),
        ("author e-mail", "\u{7f}"),
        ("message", "a\0b"),
    ] {
        let mut odd = commit();
        match what {
            "author name" => odd.author.name = text.into(),
            "author e-mail" => odd.author.email = text.into(),
            _ => odd.message = text.into(),
        }
        assert!(matches!(
            odd.encode(),
            Err(CommitError::ForbiddenCharacter(field)) if field == what
        ));
        assert!(refusal(&encode_unchecked(&odd)).contains("forbidden character"));
    }
    let mut twice = commit();
    twice.parents.push(twice.parents[0]);
    assert!(twice.encode().is_err());
    assert!(refusal(&encode_unchecked(&twice)).contains("stands twice"));
}

#[test]
fn a_structured_delta_may_be_missing_but_not_another() {
    let delta = b"delta".to_vec();
    let mut commit = commit();
    let mut envelope = CommitEnvelope::plain(commit.encode().expect("valid"));
    envelope.delta = Some(delta.clone());
    let unnamed = envelope.open().expect_err("no digest");
    assert!(matches!(unnamed, CommitError::DeltaMismatch));
    commit.delta_digest = Some(DeltaDigest::of(&delta));
    envelope.record = commit.encode().expect("valid");
    assert_eq!(envelope.open().expect("its delta"), commit);
    envelope.delta = None;
    assert_eq!(envelope.open().expect("withheld"), commit);
    envelope.delta = Some(b"other".to_vec());
    let other = envelope.open().expect_err("another delta");
    assert!(matches!(other, CommitError::DeltaMismatch));
    assert_eq!(other.problem_code(), ProblemCode::CommitInvalid);
}

#[test]
fn a_named_signer_must_have_signed() {
    let (ada, bob, eve) = (key(1), key(2), key(3));
    let mut commit = commit();
    commit.signers = vec![public(&ada), public(&bob)];
    commit.signers.sort();
    let both = signed(&commit, &[ada.clone(), bob.clone()]);
    assert_eq!(both.open().expect("both have signed"), commit);
    let more = signed(&commit, &[ada.clone(), bob.clone(), eve.clone()]);
    assert_eq!(more.open().expect("another one has signed, too"), commit);
    // Stripped, and swapped for that of another key.
    for keys in [vec![], vec![ada.clone()], vec![ada, eve]] {
        let refused = signed(&commit, &keys).open().expect_err("bob's is missing");
        assert!(matches!(refused, CommitError::MissingSignature(_)));
        assert_eq!(refused.problem_code(), ProblemCode::SignatureInvalid);
    }
}

#[test]
fn every_signature_must_verify() {
    let ada = key(1);
    let good = signed(&commit(), std::slice::from_ref(&ada));
    good.open().expect("nobody has to sign, but she did");
    let refused = |signature: Signature| {
        let mut envelope = good.clone();
        envelope.signatures = vec![signature];
        let error = envelope.open().expect_err("it does not verify");
        assert!(matches!(error, CommitError::BadSignature(_)));
        assert_eq!(error.problem_code(), ProblemCode::SignatureInvalid);
    };
    let signature = &good.signatures[0];
    let mut altered = signature.clone();
    altered.signature[0] ^= 1;
    refused(altered);
    refused(Signature {
        public_key: public(&key(2)),
        ..signature.clone()
    });
    // Over another commit, and over the id without its domain.
    refused(sign(&ada, &CommitId::from_bytes([7; 32])));
    refused(Signature {
        public_key: public(&ada),
        signature: ada.sign(good.id().as_bytes()).to_bytes(),
    });
    // The neutral point as key and as R: it would pass for any text.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let mut of_nothing = [0; 64];
    of_nothing[0] = 1;
    refused(Signature {
        public_key: PublicKey::from_bytes(neutral),
        signature: of_nothing,
    });
    assert_eq!(
        signed_bytes(&CommitId::from_bytes([9; 32])),
        *b"muse/commit-signature/1\0\
           \x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\
           \x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09"
    );
}

#[test]
fn an_envelope_has_one_order_and_exact_limits() {
    let mut envelope = signed(&commit(), &[key(1), key(2), key(3)]);
    let encoded = envelope.encode();
    assert_eq!(CommitEnvelope::decode(&encoded).expect("encoded"), envelope);
    for cut in 0..encoded.len() {
        assert!(CommitEnvelope::decode(&encoded[..cut]).is_err(), "{cut}");
    }
    let refused = |envelope: &CommitEnvelope| CommitEnvelope::decode(&envelope.encode()).is_err();
    envelope.signatures.swap(0, 1);
    assert!(refused(&envelope), "unsorted");
    envelope.signatures[0] = envelope.signatures[1].clone();
    assert!(refused(&envelope), "twice");

    let mut many = CommitEnvelope::plain(vec![0; MAX_COMMIT_RECORD_BYTES]);
    many.delta = Some(vec![0; MAX_STRUCTURED_DELTA_BYTES]);
    many.signatures = (0..MAX_SIGNATURES as u8)
        .map(|number| Signature {
            public_key: PublicKey::from_bytes([number; 32]),
            signature: [0; 64],
        })
        .collect();
    assert!(!refused(&many), "all at their limits");
    assert!(many.encode().len() <= MAX_COMMIT_BYTES);
    let mut longer = many.clone();
    longer.record.push(0);
    assert!(refused(&longer));
    let mut longer = many.clone();
    longer.delta.as_mut().expect("there").push(0);
    assert!(refused(&longer));
    let mut longer = many;
    longer.signatures.push(Signature {
        public_key: PublicKey::from_bytes([0xff; 32]),
        signature: [0; 64],
    });
    assert!(refused(&longer));
    let padded = vec![0; MAX_COMMIT_BYTES + 1];
    assert!(matches!(
        CommitEnvelope::decode(&padded),
        Err(CommitError::TooLarge {
            what: "envelope",
            ..
        })
    ));
    assert!(matches!(
        CommitEnvelope::decode(&padded[1..]),
        Err(CommitError::Decode(_))
    ));
}

#[test]
fn the_subject_is_the_first_line_of_the_message() {
    for (message, subject) in [
        ("subject\n\nbody\n", "subject"),
        ("one line", "one line"),
        ("", ""),
    ] {
        let commit = Commit {
            message: message.into(),
            ..commit()
        };
        assert_eq!(commit.subject(), subject);
    }
}

#[test]
fn a_key_is_shown_in_hexadecimal_digits() {
    let key = PublicKey::from_bytes([0xa1; 32]);
    let shown = CommitError::MissingSignature(key).to_string();
    assert!(
        shown.contains(&format!(" ed25519:{},", "a1".repeat(32))),
        "{shown}"
    );
    assert_eq!(format!("{key:?}"), "PublicKey(a1a1a1a1a1)");
}

fn any_commit() -> impl Strategy<Value = Commit> {
    let id = any::<[u8; 32]>();
    let text = "[^\\x00-\\x1f\\x7f-\\u{9f}<>]{0,40}";
    (
        (prop::collection::btree_set(id, 0..4), id),
        (text, text),
        (any::<i64>(), -1440..=1440_i16),
        "[^\\x00]{0,300}",
        prop::collection::btree_map(".{1,40}", ".{0,300}", 0..20),
        any::<Option<[u8; 32]>>(),
        prop::collection::btree_set(id, 0..4),
    )
        .prop_map(
            |((parents, snapshot), (name, email), time, message, metadata, digest, signers)| {
                Commit {
                    parents: parents.into_iter().map(CommitId::from_bytes).collect(),
                    snapshot: SnapshotId::from_bytes(snapshot),
                    author: Author { name, email },
                    committed_at: Timestamp {
                        seconds: time.0,
                        offset_minutes: time.1,
                    },
                    message,
                    metadata,
                    delta_digest: digest.map(DeltaDigest::from_bytes),
                    signers: signers.into_iter().map(PublicKey::from_bytes).collect(),
                }
            },
        )
}

proptest! {
    /// Two byte strings that are both accepted are never one commit.
    #[test]
    fn a_commit_has_one_encoding(
        commit in any_commit(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        inserted in any::<bool>(),
    ) {
        let record = commit.encode().expect("within the rules");
        prop_assert_eq!(&Commit::decode(&record).expect("just encoded"), &commit);
        let mut other = record.clone();
        let at = at.index(other.len());
        if inserted {
            other.insert(at, byte);
        } else {
            other[at] = byte;
        }
        if let Ok(decoded) = Commit::decode(&other) {
            prop_assert_eq!(decoded.encode().expect("it was accepted"), other);
        }
    }
}
