"""Why an mpack is refused."""


class Refusal(Exception):
    """A rule is broken; `code` is the stable code that the document gives it."""

    def __init__(self, reason: str, code: str = "mpack_malformed"):
        super().__init__(f"{code}: {reason}")
        self.code = code


def require(holds: bool, reason: str, code: str = "mpack_malformed") -> None:
    """Refuses where the rule does not hold."""
    if not holds:
        raise Refusal(reason, code)


def newer(what: str) -> Refusal:
    """The mpack may be fine, for a newer reader."""
    return Refusal(f"written by a newer version: {what}", "mpack_version")
