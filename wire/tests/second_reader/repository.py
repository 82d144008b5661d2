"""What several mpacks hold together: trees, and the contents of files in them."""

from . import mpack, trees
from .records import SYMLINK
from .refusal import require
from .tables import Frame, Tables


class Repository:
    """The mpacks that have been read so far."""

    def __init__(self) -> None:
        self.commits: set[bytes] = set()
        self.chunks: dict[bytes, bytes] = {}
        self.objects: dict[bytes, bytes] = {}
        self.trees: dict[bytes, trees.Tree] = {}

    def add(self, contents: mpack.Contents) -> None:
        """Adds an mpack; what it builds on must be here."""
        tables = contents.tables
        self.chunks |= contents.chunks
        self.objects |= contents.objects
        for id_, chunks in tables.large_objects.items():
            have = all(len(self.chunks.get(chunk, b"")) == length for chunk, length in chunks)
            require(have, "a chunk is not there", "missing_dependency")
            self.objects[id_] = b"".join(self.chunks[chunk] for chunk, _ in chunks)
        for id_, record in contents.snapshots.items():
            base = self.trees.get(record.base) if record.base else {}
            require(base is not None, "a base is not there", "missing_dependency")
            self.trees[id_] = trees.apply(base, record)
            for kind, object_id in filter(None, (entry for _, entry in record.changes)):
                target = self.objects.get(object_id)
                require(target is not None, "an object is not there", "missing_dependency")
                is_link = kind == SYMLINK
                fits = not is_link or (1 <= len(target) <= 4095 and 0 not in target)
                require(fits, "a link has no target", "snapshot_invalid")
        for id_, commit in contents.commits.items():
            have = self.commits.issuperset(commit.parents) and commit.snapshot in self.trees
            require(have, "a parent or a snapshot is not there", "missing_dependency")
            self.commits.add(id_)

    def base_contents(self, tables: Tables) -> mpack.BaseContents:
        """Finds the contents of a thin frame's bases."""

        def of_frame(frame: Frame) -> bytes:
            prefix = b""
            for base in tables.bases[frame.first_base : frame.first_base + frame.base_count]:
                entry = self.trees.get(base.snapshot, {}).get(base.path)
                data = self.objects.get(entry[1]) if entry else None
                found = data is not None and len(data) == base.length
                require(found, "a base is not there", "missing_dependency")
                prefix += data
            return prefix

        return of_frame
