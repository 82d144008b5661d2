"""The strict subset of MessagePack in which records are written."""

from .refusal import Refusal


class Reader:
    """Reads one record from front to back."""

    def __init__(self, data: bytes, code: str):
        self.data = data
        self.at = 0
        self.code = code

    def fail(self, reason: str) -> Refusal:
        """A refusal of the record."""
        return Refusal(f"byte {self.at} of a record: {reason}", self.code)

    def require(self, holds: bool, reason: str) -> None:
        """Refuses where the rule does not hold."""
        if not holds:
            raise self.fail(reason)

    def take(self, length: int) -> bytes:
        """The next bytes."""
        self.require(length <= len(self.data) - self.at, "the record ends early")
        self.at += length
        return self.data[self.at - length : self.at]

    def is_nil(self) -> bool:
        """Takes a nil, if one stands here."""
        if self.data[self.at : self.at + 1] != b"\xc0":
            return False
        self.at += 1
        return True

    def _length(self, short: tuple[int, int] | None, markers: dict[int, int], what: str) -> int:
        """The length behind a marker: in the marker itself, or in 1, 2 or 4 bytes."""
        marker = self.take(1)[0]
        if short and short[0] <= marker < short[0] + short[1]:
            return marker - short[0]
        self.require(marker in markers, f"this is no {what}")
        width = markers[marker]
        length = int.from_bytes(self.take(width), "big")
        smaller = [short[1]] if short else []
        smaller += [1 << 8 * other for other in markers.values() if other < width]
        self.require(length >= max(smaller, default=0), f"the {what}'s length is not shortest")
        return length

    def array(self, most: int, what: str) -> int:
        """The number of elements of an array."""
        count = self._length((0x90, 16), {0xDC: 2, 0xDD: 4}, "array")
        self.require(count <= most, f"there are too many in the {what}")
        return count

    def array_of(self, count: int) -> None:
        """An array of exactly so many elements."""
        self.require(self.array(count, "array") == count, f"this is no array of {count}")

    def map(self, most: int, what: str) -> int:
        """The number of entries of a map."""
        count = self._length((0x80, 16), {0xDE: 2, 0xDF: 4}, "map")
        self.require(count <= most, f"there are too many in the {what}")
        return count

    def bin(self, most: int) -> bytes:
        """Bytes."""
        length = self._length(None, {0xC4: 1, 0xC5: 2, 0xC6: 4}, "bin")
        self.require(length <= most, "a bin is too long")
        return self.take(length)

    def bin_of(self, length: int) -> bytes:
        """Exactly so many bytes."""
        data = self.bin(length)
        self.require(len(data) == length, f"this is no bin of {length}")
        return data

    def str(self, most: int) -> str:
        """A text."""
        length = self._length((0xA0, 32), {0xD9: 1, 0xDA: 2, 0xDB: 4}, "str")
        self.require(length <= most, "a str is too long")
        try:
            return self.take(length).decode()
        except UnicodeDecodeError:
            raise self.fail("a str is not UTF-8") from None

    def int(self) -> int:
        """An integer, in its shortest form."""
        marker = self.take(1)[0]
        if marker < 0x80:
            return marker
        if marker >= 0xE0:
            return marker - 0x100
        widths = {0xCC: (1, False), 0xCD: (2, False), 0xCE: (4, False), 0xCF: (8, False)}
        widths |= {0xD0: (1, True), 0xD1: (2, True), 0xD2: (4, True), 0xD3: (8, True)}
        self.require(marker in widths, "this is no integer")
        width, signed = widths[marker]
        value = int.from_bytes(self.take(width), "big", signed=signed)
        if signed:
            highest = {1: -33, 2: -129, 4: -(1 << 15) - 1, 8: -(1 << 31) - 1}[width]
            self.require(value <= highest, "an integer is not shortest")
        else:
            lowest = {1: 0x80, 2: 1 << 8, 4: 1 << 16, 8: 1 << 32}[width]
            self.require(lowest <= value < 1 << 63, "an integer is not shortest or too large")
        return value

    def end(self) -> None:
        """Nothing follows."""
        self.require(self.at == len(self.data), "bytes follow the record")
