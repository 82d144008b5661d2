"""Reads every mpack that a list of keys names, and says what it holds.

    python -m second_reader DIRECTORY

`DIRECTORY/KEYS` has a line for each file, as `sha256sum` writes it. A file that builds on another
comes after it.
"""

import sys
from hashlib import sha256
from pathlib import Path

from . import mpack
from .repository import Repository
from .thicken import thicken


def main(directory: Path) -> None:
    """Reads all files of a directory."""
    repository = Repository()
    for line in (directory / "KEYS").read_text().splitlines():
        digits, name = line.split("  ")
        file = (directory / name).read_bytes()
        tables = mpack.open_tables(file)
        of_frame = repository.base_contents(tables)
        contents = mpack.read(file, bytes.fromhex(digits), of_frame)
        what = ""
        if tables.bases:
            thick = thicken(contents)
            same = mpack.read(thick, sha256(thick).digest())
            if (same.objects, same.commits) != (contents.objects, contents.commits):
                raise AssertionError("the thick mpack holds something else")
            contents = same
            what = f", {len(tables.bases)} bases, {len(thick)} bytes when thick"
        repository.add(contents)
        counts = tables.counts()
        print(
            f"{name}: {len(file)} bytes, {counts.objects} objects, {counts.commits} commits, "
            f"{counts.snapshots} snapshots{what}"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
