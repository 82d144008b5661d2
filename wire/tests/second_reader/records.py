"""Commits and snapshot records."""

from dataclasses import dataclass
from hashlib import sha256

from . import ed25519
from .messagepack import Reader
from .paths import check_path

COMMIT_DOMAIN = b"muse/commit/1\0"
SIGNATURE_DOMAIN = b"muse/commit-signature/1\0"
SYMLINK = 2


@dataclass
class Commit:
    """What a commit's record says of what the tables say, too."""

    id: bytes
    parents: list[bytes]
    snapshot: bytes
    seconds: int


@dataclass
class Snapshot:
    """A snapshot record; an entry is none where nothing stands any more."""

    id: bytes
    base: bytes | None
    changes: list[tuple[str, tuple[int, bytes] | None]]


def read_commit(data: bytes) -> Commit:
    """A commit, with its signatures verified."""
    envelope = Reader(data, "commit_invalid")
    envelope.array_of(3)
    record = envelope.bin(2 << 20)
    signatures = []
    for _ in range(envelope.array(64, "signatures")):
        envelope.array_of(2)
        signatures.append((envelope.bin_of(32), envelope.bin_of(64)))
    keys = [key for key, _ in signatures]
    envelope.require(keys == sorted(set(keys)), "the signatures are not ascending")
    delta = None if envelope.is_nil() else envelope.bin(1 << 20)
    envelope.end()

    reader = Reader(record, "commit_invalid")
    reader.array_of(9)
    reader.require(reader.int() == 1, "the record has another version")
    parents = [reader.bin_of(32) for _ in range(reader.array(64, "parents"))]
    reader.require(len(set(parents)) == len(parents), "a parent stands twice")
    snapshot = reader.bin_of(32)
    reader.array_of(2)
    for text in (reader.str(1024), reader.str(1024)):
        is_plain = all(
            char not in "<>" and not (ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0)
            for char in text
        )
        reader.require(is_plain, "the author holds a forbidden character")
    reader.array_of(2)
    seconds = reader.int()
    reader.require(-1440 <= reader.int() <= 1440, "the offset from UTC is none")
    reader.require("\0" not in reader.str(1 << 20), "the message holds a zero")
    metadata = []
    for _ in range(reader.map(64, "metadata")):
        metadata.append(reader.str(256).encode())
        reader.require(metadata[-1] != b"", "a metadata key is empty")
        reader.str(1 << 16)
    reader.require(metadata == sorted(set(metadata)), "the metadata is not ascending")
    digest = None if reader.is_nil() else reader.bin_of(32)
    signers = [reader.bin_of(32) for _ in range(reader.array(16, "signers"))]
    reader.require(signers == sorted(set(signers)), "the signers are not ascending")
    reader.end()

    if delta is not None:
        reader.require(digest == sha256(delta).digest(), "the delta is another one")
    id_ = sha256(COMMIT_DOMAIN + record).digest()
    envelope.code = "signature_invalid"
    envelope.require(set(signers) <= set(keys), "a signer's signature is missing")
    for key, signature in signatures:
        holds = ed25519.verify(key, SIGNATURE_DOMAIN + id_, signature)
        envelope.require(holds, "a signature does not verify")
    return Commit(id_, parents, snapshot, seconds)


def read_snapshot(data: bytes) -> Snapshot:
    """A snapshot record. Whether the changes give its id is for the repository to say."""
    reader = Reader(data, "snapshot_invalid")
    reader.array_of(3)
    id_ = reader.bin_of(32)
    base = None if reader.is_nil() else reader.bin_of(32)
    reader.require(base != id_, "a snapshot is its own base")
    changes = []
    last = b""
    for _ in range(reader.array(4_000_000, "changes")):
        reader.array_of(2)
        path = check_path(reader.str(4095).encode(), "snapshot_invalid")
        reader.require(path.encode() > last, "the changes are not ascending")
        last = path.encode()
        if reader.is_nil():
            reader.require(base is not None, "a keyframe takes something away")
            changes.append((path, None))
            continue
        reader.array_of(2)
        kind = reader.int()
        reader.require(0 <= kind <= SYMLINK, "an entry's kind is unknown")
        changes.append((path, (kind, reader.bin_of(32))))
    reader.end()
    return Snapshot(id_, base, changes)
