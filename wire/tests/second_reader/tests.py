"""That the second reader refuses what is damaged, and never fails in another way."""

import unittest
from hashlib import sha256
from pathlib import Path

from . import ed25519, mpack
from .paths import check_path
from .refusal import Refusal
from .repository import Repository

GOLDEN = Path(__file__).parent.parent / "golden"


class Damage(unittest.TestCase):
    """Stored files with a byte changed, each under its new key."""

    def flip(self, name: str) -> int:
        """Flips every byte of a file; gives how many of the results are refused."""
        file = (GOLDEN / name).read_bytes()
        refused = 0
        for at in range(len(file)):
            flipped = file[:at] + bytes([file[at] ^ 0x41]) + file[at + 1 :]
            try:
                contents = mpack.read(flipped, sha256(flipped).digest())
                Repository().add(contents)
            except Refusal:
                refused += 1
        return refused

    def test_a_changed_byte_is_refused(self) -> None:
        # Four bytes of compatible flags may be anything.
        size = (GOLDEN / "hello.mpack").stat().st_size
        self.assertEqual(self.flip("hello.mpack"), size - 4)

    def test_a_changed_byte_of_a_history_is_refused(self) -> None:
        size = (GOLDEN / "signed.mpack").stat().st_size
        self.assertEqual(self.flip("signed.mpack"), size - 4)

    def test_a_cut_file_is_refused(self) -> None:
        file = (GOLDEN / "hello.mpack").read_bytes()
        for end in range(len(file)):
            with self.assertRaises(Refusal):
                mpack.read(file[:end], sha256(file[:end]).digest())

    def test_another_key_is_refused(self) -> None:
        with self.assertRaises(Refusal) as refused:
            mpack.read((GOLDEN / "hello.mpack").read_bytes(), bytes(32))
        self.assertEqual(refused.exception.code, "mpack_key_mismatch")

    def test_a_thin_mpack_needs_its_bases(self) -> None:
        file = (GOLDEN / "thin.mpack").read_bytes()
        with self.assertRaises(Refusal):
            mpack.read(file, sha256(file).digest())


class Paths(unittest.TestCase):
    """Which paths a snapshot may hold."""

    def test_what_linux_can_hold_is_a_path(self) -> None:
        for path in ("a", "aux.c", "dir /b.", "x\\y", "a\nb", ".git", "muse~", "é" * 127):
            self.assertEqual(check_path(path.encode()), path)

    def test_every_rule_refuses_its_case(self) -> None:
        muse = (".muse", "a/.MUSE/b", ".mu\u200cſe", ".muse:x", ".muse. .", "MUSE~1", "mu12ab~3")
        for path in ("", "/a", "a//b", "a/", ".", "a/..", "a\0b", "a" * 256, "a/" * 2048, *muse):
            with self.assertRaises(Refusal):
                check_path(path.encode())
        with self.assertRaises(Refusal):
            check_path(b"\xff")


class Signatures(unittest.TestCase):
    """The first test vector of RFC 8032, chapter 7.1."""

    KEY = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    SIGNATURE = bytes.fromhex(
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555"
        "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    )

    def test_a_signature_verifies_for_its_message_alone(self) -> None:
        self.assertTrue(ed25519.verify(self.KEY, b"", self.SIGNATURE))
        self.assertFalse(ed25519.verify(self.KEY, b"x", self.SIGNATURE))
        self.assertFalse(ed25519.verify(bytes(32), b"", self.SIGNATURE))


if __name__ == "__main__":
    unittest.main()
