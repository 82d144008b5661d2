"""Paths inside a snapshot."""

import re

from .refusal import require

# Unicode's Default_Ignorable_Code_Point, version 16.
IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f-\u1160\u17b4-\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
SHORT_NAME = re.compile(r"(muse|mu[0-9a-f]{4})~[0-9]+")


def check_path(path: bytes, code: str = "mpack_malformed") -> str:
    """The path as text."""
    require(1 <= len(path) <= 4095, "a path is empty or too long", code)
    try:
        text = path.decode()
    except UnicodeDecodeError:
        require(False, "a path is not UTF-8", code)
    for name in text.split("/"):
        require(name not in ("", ".", ".."), f"{text!r} has a forbidden component", code)
        require(len(name.encode()) <= 255, f"{text!r} has too long a component", code)
        require("\0" not in name, "a path holds a zero", code)
        require(not is_taken_for_muse(name), f"{text!r} leads into the repository", code)
    return text


def is_taken_for_muse(name: str) -> bool:
    """Whether a file system could take the component for `.muse`."""
    folded = IGNORABLE.sub("", name).casefold().split(":")[0].rstrip(". ")
    return folded == ".muse" or SHORT_NAME.fullmatch(folded) is not None
