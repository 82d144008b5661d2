"""A whole mpack: read front to back, every id verified."""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Callable

from . import layout
from .payload import ZSTD_BASES, ZSTD_IDS, decompress
from .records import Commit, Snapshot, read_commit, read_snapshot
from .refusal import require
from .sections import Sections
from .tables import COMMITS, OBJECTS, Entry, Frame, Tables

BaseContents = Callable[[Frame], bytes]


@dataclass
class Contents:
    """All that an mpack holds."""

    tables: Tables
    objects: dict[bytes, bytes] = field(default_factory=dict)
    chunks: dict[bytes, bytes] = field(default_factory=dict)
    commits: dict[bytes, Commit] = field(default_factory=dict)
    snapshots: dict[bytes, Snapshot] = field(default_factory=dict)
    # The raw bytes of each frame, by its offset.
    raw: dict[int, bytes] = field(default_factory=dict)


def open_tables(file: bytes) -> Tables:
    """Trailer, tables, header and `H`."""
    trailer = layout.read_trailer(file)
    is_thin = trailer.flags & layout.THIN != 0
    tables = Tables(Sections(*layout.tables_payload(file, trailer), is_thin), trailer)
    counts, flags = layout.read_header(file)
    require(counts == tables.counts(), "the counts are not those of the tables")
    require(flags == trailer.flags, "header and trailer set different flags")
    return tables


def read(file: bytes, key: bytes, base_contents: BaseContents | None = None) -> Contents:
    """Reads and verifies an mpack; a thin one needs the contents of its frames' bases."""
    require(sha256(file).digest() == key, "the file is another one", "mpack_key_mismatch")
    contents = Contents(open_tables(file))
    read_frames(contents, file, contents.tables.frames_of(OBJECTS), base_contents)
    if contents.tables.bases:
        entries = contents.tables.entries[OBJECTS.tag]
        objects = [entry_bytes(contents, entry) for entry in entries]
        contents.tables = contents.tables.with_objects(objects)
    others = [frame for frame in contents.tables.frames if frame.tag != OBJECTS.tag]
    read_frames(contents, file, others)
    read_objects(contents)
    read_records(contents)
    return contents


def read_frames(
    contents: Contents,
    file: bytes,
    frames: list[Frame],
    base_contents: BaseContents | None = None,
) -> None:
    """Decompresses frames."""
    tables = contents.tables
    for frame in frames:
        header = (frame.tag, frame.codec, frame.stored_bytes)
        at = frame.offset - layout.FRAME_HEADER_BYTES
        require(layout.frame_header(file, at) == header, "a frame's header is not its row's")
        prefix = b""
        if frame.codec == ZSTD_IDS:
            prefix = tables.sections.all_ids()
        elif frame.codec == ZSTD_BASES:
            require(base_contents is not None, "a thin mpack is made thick first")
            prefix = base_contents(frame)
        stored = file[frame.offset : frame.offset + frame.stored_bytes]
        raw = decompress(frame.codec, stored, frame.raw_bytes, prefix)
        contents.raw[frame.offset] = raw


def entry_bytes(contents: Contents, entry: Entry) -> bytes:
    """An entry's own bytes."""
    raw = b"".join(contents.raw[frame.offset] for frame in entry.frames)
    return raw[entry.start : entry.start + entry.length]


def read_objects(contents: Contents) -> None:
    """Whole objects, chunks, and the large objects of which every chunk is here."""
    for tag, kept in ((b"O", contents.objects), (b"K", contents.chunks)):
        for entry in contents.tables.entries[tag]:
            kept[entry.id] = entry_bytes(contents, entry)
            matches = sha256(kept[entry.id]).digest() == entry.id
            require(matches, "contents hash to another id", "object_id_mismatch")
    for id_, chunks in contents.tables.large_objects.items():
        if all(chunk in contents.chunks for chunk, _ in chunks):
            contents.objects[id_] = b"".join(contents.chunks[chunk] for chunk, _ in chunks)
            matches = sha256(contents.objects[id_]).digest() == id_
            require(matches, "a large object hashes to another id", "object_id_mismatch")


def read_records(contents: Contents) -> None:
    """Commits and snapshot records, held against their rows."""
    tables = contents.tables
    for entry in tables.entries[COMMITS.tag]:
        commit = read_commit(entry_bytes(contents, entry))
        require(commit.id == entry.id, "a commit hashes to another id", "commit_invalid")
        _, _, seconds, snapshot, _, _ = entry.row
        same = (
            commit.parents == tables.parents[entry.id]
            and commit.snapshot == tables.resolve(6, snapshot)
            and commit.seconds == seconds
        )
        require(same, "a commit is not what its row says")
        contents.commits[entry.id] = commit
    for entry in tables.entries[b"S"]:
        record = read_snapshot(entry_bytes(contents, entry))
        same = (record.id, record.base) == (entry.id, tables.snapshots[entry.id])
        require(same, "a snapshot record is not what its row says", "snapshot_invalid")
        contents.snapshots[entry.id] = record
