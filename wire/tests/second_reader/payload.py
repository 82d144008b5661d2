"""A frame's payload: the rules of its zstd frame, and its raw bytes."""

import zstandard

from .refusal import require

ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
STORED, ZSTD, ZSTD_BASES, ZSTD_IDS = range(4)


def is_possible_size(codec: int, stored_bytes: int, raw_bytes: int) -> bool:
    """Whether a payload of this raw length can be stored in so many bytes."""
    if codec == STORED:
        return stored_bytes == raw_bytes
    return stored_bytes <= raw_bytes + raw_bytes // 128 + 1024


def decompress(codec: int, stored: bytes, raw_bytes: int, prefix: bytes = b"") -> bytes:
    """The raw bytes of a payload."""
    if codec == STORED:
        require(len(stored) == raw_bytes, "a stored payload has another length")
        return stored
    require(declared_bytes(stored) == raw_bytes, "zstd declares another length")
    max_window = 1 << (25 if codec == ZSTD_BASES else 24)
    window = zstandard.get_frame_parameters(stored).window_size
    require(window <= max_window, "the zstd window is too large")
    dictionary = None
    if prefix:
        dictionary = zstandard.ZstdCompressionDict(
            prefix, dict_type=zstandard.DICT_TYPE_RAWCONTENT
        )
    decompressor = zstandard.ZstdDecompressor(dict_data=dictionary)
    try:
        raw = decompressor.decompress(stored, allow_extra_data=False)
    except zstandard.ZstdError as error:
        require(False, f"the payload does not decompress: {error}")
    require(len(raw) == raw_bytes, "the payload has another length")
    return raw


def declared_bytes(stored: bytes) -> int:
    """The content size that a zstd frame declares."""
    require(len(stored) >= 5 and stored[:4] == ZSTD_MAGIC, "the payload is no zstd frame")
    require(stored[4] & 0b1111 == 0, "zstd asks for a dictionary or a checksum")
    try:
        declared = zstandard.get_frame_parameters(stored).content_size
    except zstandard.ZstdError as error:
        require(False, f"the zstd header is damaged: {error}")
    require(declared != zstandard.CONTENTSIZE_UNKNOWN, "zstd declares no length")
    return declared
