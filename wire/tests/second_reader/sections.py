"""The tables' directory and sections."""

from __future__ import annotations

import copy
import struct
from hashlib import sha256

from . import payload
from .layout import MAX_THIN_TABLE_BYTES
from .refusal import newer, require

MAX_COMPRESSED_TABLE_BYTES = 16 << 20
REQUIRED = 1 << 31

FRAMES = 1
OBJECT_IDS, CHUNK_IDS, LARGE_IDS, COMMIT_IDS, SNAPSHOT_IDS = range(2, 7)
EXTERNAL_CHUNKS, EXTERNAL_COMMITS, EXTERNAL_SNAPSHOTS = range(7, 10)
OBJECT_ROWS, OBJECT_OFFSETS, CHUNK_ROWS, CHUNK_OFFSETS = range(10, 14)
COMMIT_ROWS, COMMIT_OFFSETS, SNAPSHOT_ROWS, SNAPSHOT_OFFSETS = range(14, 18)
EDGES, LARGE_ROWS, CHUNK_REFERENCES, BASES, BASE_PATHS = range(18, 23)
ID_SECTIONS = range(OBJECT_IDS, EXTERNAL_SNAPSHOTS + 1)

ROW_BYTES = dict(
    zip(
        range(1, 23),
        [40, *[32] * 8, 4, 4, 4, 4, 28, 4, 8, 4, 4, 4, 8, 8, 1],
    )
)


class Sections:
    """The bytes of every known section, empty where it is not listed."""

    def __init__(self, codec: int, stored: bytes, is_thin: bool):
        tables = stored
        if codec == payload.ZSTD:
            declared = payload.declared_bytes(stored)
            limit = MAX_COMPRESSED_TABLE_BYTES
            require(declared <= limit, "the tables are too large to compress")
            tables = payload.decompress(codec, stored, declared)
        require(len(tables) >= 4, "the tables are too short for a directory")
        (count,) = struct.unpack_from("<I", tables)
        require(4 + 8 * count <= len(tables), "the directory is longer than the tables")
        self.bytes = dict.fromkeys(ROW_BYTES, b"")
        at, last = 4 + 8 * count, 0
        for number, length in struct.iter_unpack("<II", tables[4:at]):
            require(number > last, "a section is not above the one before it")
            require(length > 0, "an empty section is listed")
            require(at + length <= len(tables), "a section does not fit into the tables")
            if number in ROW_BYTES:
                require(length % ROW_BYTES[number] == 0, "a section has no whole rows")
                self.bytes[number] = tables[at : at + length]
            elif number & REQUIRED:
                raise newer(f"its tables have the section {number:#x}")
            at, last = at + length, number
        require(at == len(tables), "the sections do not add up to the tables")
        if is_thin:
            listed = self.bytes[OBJECT_IDS] + self.bytes[OBJECT_ROWS]
            require(listed == b"", "a thin mpack lists ids or rows of objects")
            full = len(tables) + 36 * self.count(OBJECT_OFFSETS)
            limit = MAX_THIN_TABLE_BYTES
            require(full <= limit, "with the ids of objects the tables are too large")
        for columns in (
            (OBJECT_OFFSETS,) if is_thin else (OBJECT_IDS, OBJECT_ROWS, OBJECT_OFFSETS),
            (CHUNK_IDS, CHUNK_ROWS, CHUNK_OFFSETS),
            (COMMIT_IDS, COMMIT_ROWS, COMMIT_OFFSETS),
            (SNAPSHOT_IDS, SNAPSHOT_ROWS, SNAPSHOT_OFFSETS),
            (LARGE_IDS, LARGE_ROWS),
        ):
            counts = {self.count(number) for number in columns}
            require(len(counts) == 1, "columns have different numbers of rows")

    def with_objects(self, objects: list[bytes]) -> Sections:
        """The sections of a thin mpack, with ids and rows of these objects, in file order."""
        ids = [sha256(data).digest() for data in objects]
        order = sorted(range(len(ids)), key=ids.__getitem__)
        full = copy.copy(self)
        full.bytes = self.bytes | {
            OBJECT_IDS: b"".join(sorted(ids)),
            OBJECT_ROWS: struct.pack(f"<{len(order)}I", *order),
        }
        return full

    def count(self, number: int) -> int:
        """How many rows the section has."""
        return len(self.bytes[number]) // ROW_BYTES[number]

    def rows(self, number: int, form: str) -> list[tuple]:
        """The section's rows, taken apart."""
        return list(struct.iter_unpack(form, self.bytes[number]))

    def words(self, number: int) -> list[int]:
        """A section of single u32."""
        return [word for (word,) in self.rows(number, "<I")]

    def ids(self, number: int) -> list[bytes]:
        """A section of ids."""
        return [id_ for (id_,) in self.rows(number, "32s")]

    def all_ids(self) -> bytes:
        """The prefix of codec 3."""
        return b"".join(self.bytes[number] for number in ID_SECTIONS)


def join(sections: dict[int, bytes]) -> bytes:
    """The tables of these sections."""
    listed = sorted((number, data) for number, data in sections.items() if data)
    directory = b"".join(struct.pack("<II", number, len(data)) for number, data in listed)
    return struct.pack("<I", len(listed)) + directory + b"".join(data for _, data in listed)


