"""Makes a thin mpack thick: the same contents, without bases."""

import struct
from hashlib import sha256

import zstandard

from . import layout
from . import sections as s
from .mpack import Contents
from .payload import STORED, ZSTD
from .tables import NONE, Frame


def thicken(contents: Contents) -> bytes:
    """The thick mpack of what a thin one holds."""
    tables = contents.tables
    counts = tables.counts()
    file = layout.MAGIC + struct.pack("<HHII", 1, 1, 0, 0) + struct.pack("<cBQ", b"H", 0, 40)
    file += struct.pack(
        "<QQQQQ", counts.objects, counts.commits, counts.snapshots, counts.object_bytes, 0
    )
    rows = b""
    for frame in tables.frames:
        codec, stored = compress(contents.raw[frame.offset])
        file += struct.pack("<cBQ", frame.tag, codec, len(stored))
        rows += frame_row(frame, codec, len(file), len(stored))
        file += stored
    sections = dict(tables.sections.bytes)
    sections[s.FRAMES] = rows
    sections[s.BASES] = sections[s.BASE_PATHS] = b""
    drop_external_snapshots(contents, sections)
    payload = s.join(sections)
    tables_offset = len(file)
    file += struct.pack("<cBQ", b"E", STORED, len(payload)) + payload
    checksum = sha256(payload).digest()
    return file + struct.pack(
        "<Q32sIH6sH", tables_offset, checksum, 0, 1, layout.END_MAGIC, 1
    )


def compress(raw: bytes) -> tuple[int, bytes]:
    """Codec and payload."""
    stored = zstandard.ZstdCompressor(level=3).compress(raw)
    return (ZSTD, stored) if len(stored) < len(raw) else (STORED, raw)


def frame_row(frame: Frame, codec: int, offset: int, stored_bytes: int) -> bytes:
    """A row of section 1 without bases."""
    return struct.pack(
        "<cB2sIIIQQQ",
        frame.tag, codec, b"\0\0", frame.first, 0, 0, offset, stored_bytes, frame.raw_bytes,
    )  # fmt: skip


def drop_external_snapshots(contents: Contents, sections: dict[int, bytes]) -> None:
    """Drops the external snapshots that only bases named, and counts references anew."""
    tables = contents.tables
    count = tables.sections.count(s.SNAPSHOT_IDS)
    named = {commit.snapshot for commit in contents.commits.values()}
    named |= {record.base for record in contents.snapshots.values() if record.base}
    before = tables.externals[s.SNAPSHOT_IDS]
    after = [id_ for id_ in before if id_ in named]
    sections[s.EXTERNAL_SNAPSHOTS] = b"".join(after)

    def reference(old: int) -> int:
        if old < count or old == NONE:
            return old
        return count + after.index(before[old - count])

    form = "<IIqIII"
    sections[s.COMMIT_ROWS] = b"".join(
        struct.pack(form, *row[:3], reference(row[3]), *row[4:])
        for row in tables.sections.rows(s.COMMIT_ROWS, form)
    )
    sections[s.SNAPSHOT_ROWS] = b"".join(
        struct.pack("<II", position, reference(base))
        for position, base in tables.sections.rows(s.SNAPSHOT_ROWS, "<II")
    )
