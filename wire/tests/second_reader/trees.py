"""Trees: what a snapshot's changes give, and the snapshot's id."""

import struct
from hashlib import sha256

from .records import Snapshot
from .refusal import require

DIRECTORY_DOMAIN = b"muse/dir/1\0"
DIRECTORY = 3

Tree = dict[str, tuple[int, bytes]]


def apply(base: Tree, record: Snapshot) -> Tree:
    """The tree of a record, given its base's; it must have the record's id."""
    tree = dict(base)
    for path, entry in record.changes:
        if entry is None:
            require(path in tree, f"{path!r} is taken away, but not there", "snapshot_invalid")
            del tree[path]
    for path, entry in record.changes:
        if entry is not None:
            tree[path] = entry
    require(snapshot_id(tree) == record.id, "the changes give another id", "snapshot_invalid")
    return tree


def snapshot_id(tree: Tree) -> bytes:
    """The hash of the root directory."""
    root: dict = {}
    for path, entry in tree.items():
        *above, name = path.encode().split(b"/")
        directory = root
        for component in above:
            directory = directory.setdefault(component, {})
            require(isinstance(directory, dict), f"a file is above {path!r}", "snapshot_invalid")
        require(name not in directory, f"{path!r} is also a directory", "snapshot_invalid")
        directory[name] = entry
    return directory_hash(root)


def directory_hash(directory: dict) -> bytes:
    """The hash of a directory and all below it."""
    hasher = sha256(DIRECTORY_DOMAIN)
    for name, item in sorted(directory.items()):
        kind, id_ = (DIRECTORY, directory_hash(item)) if isinstance(item, dict) else item
        hasher.update(struct.pack("<BH", kind, len(name)) + name + id_)
    return hasher.digest()
