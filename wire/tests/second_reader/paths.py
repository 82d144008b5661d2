"""Paths inside a snapshot."""

from .refusal import require


def check_path(path: bytes, code: str = "mpack_malformed") -> str:
    """The path as text; the rules that this reader knows hold."""
    require(1 <= len(path) <= 4095, "a path is empty or too long", code)
    try:
        text = path.decode()
    except UnicodeDecodeError:
        require(False, "a path is not UTF-8", code)
    for name in text.split("/"):
        require(name not in ("", ".", ".."), f"{text!r} has a forbidden component", code)
        require(len(name.encode()) <= 255, f"{text!r} has too long a component", code)
        require("\0" not in name, "a path holds a zero", code)
        require(name.casefold() != ".muse", f"{text!r} leads into the repository", code)
    return text
