"""Header, trailer and frame headers: where everything stands in the file."""

import struct
from dataclasses import dataclass
from hashlib import sha256

from .refusal import newer, require

MAGIC = b"\x89MPK\r\n\x1a\n"
END_MAGIC = b"MPKEND"
HEADER_BYTES = 20
FRAME_HEADER_BYTES = 10
TRAILER_BYTES = 54
FIRST_FRAME = HEADER_BYTES + FRAME_HEADER_BYTES + 40
MAX_TABLE_BYTES = 512 << 20
MAX_THIN_TABLE_BYTES = 16 << 20
THIN = 1


@dataclass
class Counts:
    """What frame `H` announces."""

    objects: int
    commits: int
    snapshots: int
    object_bytes: int
    base_bytes: int


@dataclass
class Trailer:
    """Where the tables' frame stands, and what its payload hashes to."""

    tables_offset: int
    checksum: bytes
    flags: int


def check_form(version: int, hash_number: int, flags: int) -> None:
    """Checks what stands at both ends of the file."""
    require(version != 0 and hash_number != 0, "its version or its hash is 0")
    if version != 1:
        raise newer(f"its version is {version}")
    if hash_number != 1:
        raise newer(f"its hash is {hash_number}")
    if flags & ~THIN:
        raise newer(f"its incompatible flags are {flags:#x}")


def read_header(file: bytes) -> tuple[Counts, int]:
    """Header and `H`: the counts and the incompatible flags."""
    require(len(file) >= FIRST_FRAME, "the file is too short for a header")
    require(file[:8] == MAGIC, "this is no mpack")
    version, hash_number, flags, _compatible = struct.unpack_from("<HHII", file, 8)
    check_form(version, hash_number, flags)
    require(frame_header(file, HEADER_BYTES) == (b"H", 0, 40), "the first frame is not H")
    counts = struct.unpack_from("<QQQQQ", file, HEADER_BYTES + FRAME_HEADER_BYTES)
    return Counts(*counts), flags


def read_trailer(file: bytes) -> Trailer:
    """The last bytes of the file."""
    start = len(file) - TRAILER_BYTES
    require(start >= 0, "the file is too short for a trailer")
    offset, checksum, flags, hash_number, magic, version = struct.unpack_from(
        "<Q32sIH6sH", file, start
    )
    require(magic == END_MAGIC, "the file does not end like an mpack")
    check_form(version, hash_number, flags)
    require(
        FIRST_FRAME <= offset <= start - FRAME_HEADER_BYTES,
        "the tables lie outside the file",
    )
    limit = MAX_THIN_TABLE_BYTES if flags & THIN else MAX_TABLE_BYTES
    require(start - offset <= limit, "the tables are too long")
    return Trailer(offset, checksum, flags)


def frame_header(file: bytes, at: int) -> tuple[bytes, int, int]:
    """Tag, codec and stored length of the frame whose header stands here."""
    return struct.unpack_from("<cBQ", file, at)


def tables_payload(file: bytes, trailer: Trailer) -> tuple[int, bytes]:
    """Codec and stored payload of the tables' frame."""
    end = len(file) - TRAILER_BYTES
    tag, codec, length = frame_header(file, trailer.tables_offset)
    payload = file[trailer.tables_offset + FRAME_HEADER_BYTES : end]
    if codec not in (0, 1):
        raise newer(f"its tables are stored with codec {codec}")
    require((tag, length) == (b"E", len(payload)), "the tables' frame header is wrong")
    require(sha256(payload).digest() == trailer.checksum, "the tables' checksum is wrong")
    return codec, payload
