"""The tables: every rule that needs no frame's contents."""

from __future__ import annotations

from dataclasses import dataclass

from . import sections as s
from .layout import FIRST_FRAME, FRAME_HEADER_BYTES, THIN, Counts, Trailer
from .payload import ZSTD_BASES, ZSTD_IDS, is_possible_size
from .paths import check_path
from .refusal import newer, require

MIB = 1 << 20
MAX_WHOLE_OBJECT_BYTES = 4 * MIB
MAX_CHUNK_BYTES = 4 * MIB
MIN_CHUNK_BYTES = 64 * 1024
RECORD_FRAME_BYTES = 2 * MIB
MAX_BASE_BYTES = 16 * MIB
MAX_BASES = 100_000
MAX_PREFIX_ID_BYTES = MIB
MAX_PARENTS = 64
NONE = 0xFFFF_FFFF
EDGE = 1 << 31


@dataclass(frozen=True)
class Kind:
    """One kind of entry: its frames' tag, its sections and its limits."""

    tag: bytes
    ids: int
    rows: int
    offsets: int
    row_form: str
    frame_bytes: int
    entry_bytes: range
    codecs: tuple[int, ...]


OBJECTS = Kind(
    b"O", s.OBJECT_IDS, s.OBJECT_ROWS, s.OBJECT_OFFSETS, "<I",
    16 * MIB, range(0, MAX_WHOLE_OBJECT_BYTES + 1), (0, 1, 2),
)  # fmt: skip
CHUNKS = Kind(
    b"K", s.CHUNK_IDS, s.CHUNK_ROWS, s.CHUNK_OFFSETS, "<I",
    MAX_CHUNK_BYTES, range(1, MAX_CHUNK_BYTES + 1), (0, 1),
)  # fmt: skip
COMMITS = Kind(
    b"C", s.COMMIT_IDS, s.COMMIT_ROWS, s.COMMIT_OFFSETS, "<IIqIII",
    4 * MIB, range(1, 4 * MIB + 1), (0, 1, 3),
)  # fmt: skip
SNAPSHOTS = Kind(
    b"S", s.SNAPSHOT_IDS, s.SNAPSHOT_ROWS, s.SNAPSHOT_OFFSETS, "<II",
    RECORD_FRAME_BYTES, range(1, 256 * MIB + 1), (0, 1, 3),
)  # fmt: skip
KINDS = (OBJECTS, CHUNKS, COMMITS, SNAPSHOTS)


@dataclass
class Frame:
    """A row of section 1."""

    tag: bytes
    codec: int
    first: int
    first_base: int
    base_count: int
    offset: int
    stored_bytes: int
    raw_bytes: int


@dataclass
class Entry:
    """Where an entry lies: in one frame, or from its start on in several."""

    id: bytes
    row: tuple
    frames: list[Frame]
    start: int
    length: int


@dataclass
class Base:
    """What a thin frame is compressed against."""

    snapshot: bytes
    path: str
    length: int


class Tables:
    """Tables that keep every rule. Those of a thin mpack know no ids of objects at first."""

    def __init__(self, sections: s.Sections, trailer: Trailer):
        self.sections = sections
        self.trailer = trailer
        self.frames = self._frames(trailer)
        self.externals = {
            s.CHUNK_IDS: sections.ids(s.EXTERNAL_CHUNKS),
            s.COMMIT_IDS: sections.ids(s.EXTERNAL_COMMITS),
            s.SNAPSHOT_IDS: sections.ids(s.EXTERNAL_SNAPSHOTS),
        }
        self._used: set[bytes] = set()
        self.entries = {kind.tag: self._entries(kind) for kind in KINDS}
        self.large_objects = self._large_objects()
        self.parents = self._parents()
        self.snapshots = self._snapshots()
        self.bases = self._bases(trailer)
        self._check_externals()

    def with_objects(self, objects: list[bytes]) -> Tables:
        """The same tables, with the ids of these objects, which are all, in file order."""
        return Tables(self.sections.with_objects(objects), self.trailer)

    def counts(self) -> Counts:
        """What `H` must announce."""
        whole = sum(frame.raw_bytes for frame in self.frames_of(OBJECTS))
        lists = self.large_objects.values()
        return Counts(
            objects=self.sections.count(s.OBJECT_OFFSETS) + len(self.large_objects),
            commits=self.sections.count(s.COMMIT_IDS),
            snapshots=self.sections.count(s.SNAPSHOT_IDS),
            object_bytes=whole + sum(length for chunks in lists for _, length in chunks),
            base_bytes=sum(base.length for base in self.bases),
        )

    def frames_of(self, kind: Kind) -> list[Frame]:
        """The frames of a kind, in file order."""
        return [frame for frame in self.frames if frame.tag == kind.tag]

    def resolve(self, ids: int, reference: int) -> bytes:
        """The id that a reference names."""
        count = self.sections.count(ids)
        if reference < count:
            return self.sections.bytes[ids][reference * 32 : reference * 32 + 32]
        external = self.externals[ids]
        require(reference - count < len(external), "a reference names nothing")
        self._used.add(external[reference - count])
        return external[reference - count]

    def _frames(self, trailer: Trailer) -> list[Frame]:
        frames, expected, kind_index = [], FIRST_FRAME, 0
        for tag, codec, reserved, *numbers in self.sections.rows(s.FRAMES, "<cB2sIIIQQQ"):
            frame = Frame(tag, codec, *numbers)
            later = [index for index, kind in enumerate(KINDS) if kind.tag == tag]
            require(later != [] and later[0] >= kind_index, "a frame's tag is out of order")
            kind_index = later[0]
            kind = KINDS[kind_index]
            if codec > ZSTD_IDS:
                raise newer(f"a frame is stored with codec {codec}")
            require(codec in kind.codecs, "a codec is not for what the frame holds")
            require(reserved == b"\0\0", "reserved bytes are not 0")
            if codec == ZSTD_IDS:
                fits = len(self.sections.all_ids()) <= MAX_PREFIX_ID_BYTES
                require(fits, "there are too many ids for a prefix")
            expected += FRAME_HEADER_BYTES
            require(frame.offset == expected, "a frame does not start behind the one before")
            require(frame.raw_bytes <= kind.frame_bytes, "a frame is too long")
            possible = is_possible_size(codec, frame.stored_bytes, frame.raw_bytes)
            require(possible, "a frame cannot be stored in so many bytes")
            expected += frame.stored_bytes
            frames.append(frame)
        require(expected == trailer.tables_offset, "the frames do not end at the tables")
        return frames

    def _entries(self, kind: Kind) -> list[Entry]:
        """The entries of a kind in file order."""
        ids = self._ascending(self.sections.ids(kind.ids))
        rows = self.sections.rows(kind.rows, kind.row_form)
        require(
            sorted(row[0] for row in rows) == list(range(len(rows))),
            "positions are not each taken once",
        )
        by_position = sorted(zip(rows, ids))
        offsets = self.sections.words(kind.offsets)
        if not ids:
            # Those of a thin mpack's objects are not known yet.
            by_position = [((position,), b"") for position in range(len(offsets))]
        frames = self.frames_of(kind)
        firsts = [frame.first for frame in frames] + [len(offsets)]
        require(firsts[0] == 0, "entries begin in no frame")
        entries: list[Entry] = []
        goes_on = False
        for frame, first, end in zip(frames, firsts, firsts[1:]):
            require(first <= end <= len(offsets), "a frame's entries do not follow those before")
            if first == end:
                require(goes_on and frame.raw_bytes > 0, "nothing is in a frame")
                entries[-1].frames.append(frame)
                entries[-1].length += frame.raw_bytes
            else:
                require(offsets[first] == 0, "a frame's first entry is not at 0")
                starts = offsets[first:end] + [frame.raw_bytes]
                for position, start, next_ in zip(range(first, end), starts, starts[1:]):
                    require(start <= next_ <= frame.raw_bytes, "an entry is outside its frame")
                    row, id_ = by_position[position]
                    entries.append(Entry(id_, row, [frame], start, next_ - start))
            several = kind is COMMITS and end - first > 1
            require(not several or frame.raw_bytes <= RECORD_FRAME_BYTES, "a frame is too long")
            alone = end - first == 1 or first == end
            goes_on = kind is SNAPSHOTS and alone and frame.raw_bytes == RECORD_FRAME_BYTES
        lengths_fit = all(entry.length in kind.entry_bytes for entry in entries)
        require(lengths_fit, "an entry is too long or too short")
        return entries

    def _large_objects(self) -> dict[bytes, list[tuple[bytes, int]]]:
        """The chunks of each large object, with their lengths."""
        ids = self._ascending(self.sections.ids(s.LARGE_IDS))
        whole = set(self.sections.ids(s.OBJECT_IDS))
        require(whole.isdisjoint(ids), "an object is stored both whole and as chunks")
        references = self.sections.rows(s.CHUNK_REFERENCES, "<II")
        firsts = self.sections.words(s.LARGE_ROWS) + [len(references)]
        require(firsts[0] == 0 and firsts == sorted(firsts), "lists of chunks do not follow")
        lengths = {entry.id: entry.length for entry in self.entries[b"K"]}
        large: dict[bytes, list[tuple[bytes, int]]] = {}
        for id_, first, end in zip(ids, firsts, firsts[1:]):
            chunks = []
            for reference, length in references[first:end]:
                chunk = self.resolve(s.CHUNK_IDS, reference)
                possible = (lengths[chunk],) if chunk in lengths else range(1, MAX_CHUNK_BYTES + 1)
                require(length in possible, "a chunk has another length")
                chunks.append((chunk, length))
            shortest = min((length for _, length in chunks[:-1]), default=MIN_CHUNK_BYTES)
            require(shortest >= MIN_CHUNK_BYTES, "a chunk before the last is too short")
            total = sum(length for _, length in chunks)
            require(total > MAX_WHOLE_OBJECT_BYTES, "an object is too short for chunks")
            large[id_] = chunks
        return large

    def _parents(self) -> dict[bytes, list[bytes]]:
        """The parents of each commit."""
        rows = self.sections.rows(s.COMMIT_ROWS, COMMITS.row_form)
        edges = self.sections.words(s.EDGES)
        ids = self.sections.ids(s.COMMIT_IDS)
        next_edge = 0
        parents: dict[bytes, list[bytes]] = {}
        for id_, (position, generation, _, snapshot, first, second) in zip(ids, rows):
            require(generation > 0, "a generation is 0")
            self.resolve(s.SNAPSHOT_IDS, snapshot)
            references = []
            if first != NONE:
                references.append(first)
            else:
                require(second == NONE, "a commit has a second parent, but no first")
            if second != NONE and second & EDGE:
                require(second & ~EDGE == next_edge, "edges do not follow those before")
                is_last = False
                while not is_last:
                    require(next_edge < len(edges), "edges do not end")
                    is_last = edges[next_edge] & EDGE != 0
                    references.append(edges[next_edge] & ~EDGE)
                    next_edge += 1
                require(3 <= len(references) <= MAX_PARENTS, "a number of parents is wrong")
            elif second != NONE:
                references.append(second)
            for reference in references:
                if reference < len(rows):
                    parent = rows[reference]
                    require(parent[0] < position, "a parent comes after its child")
                    require(parent[1] < generation, "a generation is not above a parent's")
            parents[id_] = [self.resolve(s.COMMIT_IDS, reference) for reference in references]
        require(next_edge == len(edges), "there are edges of no commit")
        return parents

    def _snapshots(self) -> dict[bytes, bytes | None]:
        """The base of each snapshot record."""
        rows = self.sections.rows(s.SNAPSHOT_ROWS, SNAPSHOTS.row_form)
        bases: dict[bytes, bytes | None] = {}
        for id_, (position, base) in zip(self.sections.ids(s.SNAPSHOT_IDS), rows):
            if base < len(rows):
                require(rows[base][0] < position, "a base comes after what builds on it")
            bases[id_] = None if base == NONE else self.resolve(s.SNAPSHOT_IDS, base)
        return bases

    def _bases(self, trailer: Trailer) -> list[Base]:
        rows = self.sections.rows(s.BASES, "<II")
        paths = self.sections.bytes[s.BASE_PATHS].split(b"\0")
        require(paths.pop() == b"" and len(paths) == len(rows), "paths and bases differ")
        require(len(rows) <= MAX_BASES, "there are too many bases")
        external = set(self.externals[s.SNAPSHOT_IDS])
        bases = []
        for (reference, length), path in zip(rows, paths):
            snapshot = self.resolve(s.SNAPSHOT_IDS, reference)
            require(snapshot in external, "a base's snapshot is not external")
            require(1 <= length <= MAX_WHOLE_OBJECT_BYTES, "a base's length is wrong")
            bases.append(Base(snapshot, check_path(path), length))
        next_base = 0
        for frame in self.frames:
            if frame.codec != ZSTD_BASES:
                require((frame.first_base, frame.base_count) == (0, 0), "a frame has bases")
                continue
            require(frame.base_count > 0, "a thin frame has no base")
            require(frame.first_base == next_base, "bases do not follow those before")
            next_base += frame.base_count
            require(next_base <= len(bases), "bases do not follow those before")
            total = sum(base.length for base in bases[frame.first_base : next_base])
            require(total <= MAX_BASE_BYTES, "a frame's bases are too large together")
        require(next_base == len(bases), "there are bases of no frame")
        require(bool(trailer.flags & THIN) == bool(bases), "the flag for thin frames is wrong")
        return bases

    def _check_externals(self) -> None:
        for ids, external in self.externals.items():
            self._ascending(external)
            require(self._used.issuperset(external), "nothing refers to an external id")
            own = set(self.sections.ids(ids))
            require(own.isdisjoint(external), "an external id is in the mpack")

    @staticmethod
    def _ascending(ids: list[bytes]) -> list[bytes]:
        require(all(a < b for a, b in zip(ids, ids[1:])), "ids are not ascending")
        return ids
