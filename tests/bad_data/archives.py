"""Malformed `.npz`, made byte by byte where no library would."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass

import numpy as np

X, Y = np.arange(12.0).reshape(4, 3), np.array([0, 1, 2, 0])


def npy(array, **options):
    """An array as a member."""
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.asarray(array), **options)
    return stream.getvalue()


def header(shape="(4, 3)", descr="'<f8'", text=None, version=(1, 0), length=None):
    """The header of an array, with anything in it."""
    text = (text or f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}").encode("latin-1")
    size = len(text) if length is None else length
    return b"\x93NUMPY" + bytes(version) + struct.pack("<H" if version == (1, 0) else "<I", size) + text


@dataclass(frozen=True)
class Member:
    """A member of an archive, with what the archive says of it.

    Attributes:
        data: its bytes before compression.
        size, packed_size, crc: what is claimed in place of the truth.
        method: 0 is stored, 8 deflated.
        content: what is there in place of the compressed data.
    """

    name: str
    data: bytes
    size: int | None = None
    packed_size: int | None = None
    crc: int | None = None
    method: int = 0
    flags: int = 0
    content: bytes | None = None
    offset: int | None = None

    def pack(self):
        """Its bytes in the archive, and the fields that both of its headers have."""
        deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
        content = self.data if self.method != 8 else deflate.compress(self.data) + deflate.flush()
        content = content if self.content is None else self.content
        crc = zlib.crc32(self.data) if self.crc is None else self.crc
        packed_size = len(content) if self.packed_size is None else self.packed_size
        size = len(self.data) if self.size is None else self.size
        fields = struct.pack("<5H3L2H", 20, self.flags, self.method, 0, 33, crc, packed_size, size, len(self.name), 0)
        return content, fields


def archive(*members, directory_size=None, entries=None):
    """An archive of members."""
    body, directory = bytearray(), bytearray()
    for member in members:
        content, fields = member.pack()
        offset = len(body) if member.offset is None else member.offset
        directory += b"PK\1\2" + struct.pack("<H", 20) + fields + struct.pack("<3H2L", 0, 0, 0, 0, offset)
        directory += member.name.encode()
        body += b"PK\3\4" + fields + member.name.encode() + content
    size = len(directory) if directory_size is None else directory_size
    count = len(members) if entries is None else entries
    return bytes(body + directory) + b"PK\5\6" + struct.pack("<4H2LH", 0, 0, count, count, size, len(body), 0)


def with_x(data, **claims):
    """An archive whose inputs are some bytes."""
    return archive(Member("X.npy", data, **claims), Member("y.npy", npy(Y)))


def saved(*, compressed=False, **arrays):
    """An archive as NumPy writes it, with good inputs and targets where no others are given."""
    stream = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(stream, **{"X": X, "y": Y} | arrays)
    return stream.getvalue()


def with_value(array, index, value):
    """A copy of an array with another number."""
    array = np.array(array, dtype=float)
    array[index] = value
    return array


def other_method():
    """An archive compressed as NumPy never does."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_LZMA) as file:
        file.writestr("X.npy", npy(X))
        file.writestr("y.npy", npy(Y))
    return stream.getvalue()


def many_members(count):
    """An archive with this number of names, all very long."""
    return archive(*(Member(f"{i:08}{'x' * 60_000}.npy", b"") for i in range(count)), entries=0)


HUGE = header("(400000000, 1)")
HUGE_SIZE = len(HUGE) + 3_200_000_000
BOMB = HUGE + bytes(1 << 20)

ARRAYS = {
    what: (content, options, place, words)
    for what, content, options, place, words in [
        # the archive
        ("nothing", b"", {}, "", "this is not an .npz archive: File is not a zip file."),
        ("text", b"X,y\n1,2\n", {}, "", "this is not an .npz archive: File is not a zip file."),
        ("a pickle", b"\x80\x04\x95\x0b\0\0\0\0\0\0\0]\x94.", {}, "", "this is not an .npz archive"),
        ("a single array", npy(X), {}, "", "this is a single array (.npy). Save it by its name, with np.savez."),
        ("cut off", saved()[:-100], {}, "", "this is not an .npz archive"),
        ("cut in the middle", saved()[:200], {}, "", "this is not an .npz archive"),
        ("its beginning cut off", saved()[100:], {}, ":X", "the archive is damaged or cut off: the array lies outside"),
        ("no members", archive(), {}, "", "no array 'X'. It is empty."),
        (
            "other names",
            saved(),
            {"inputs": "x", "targets": "t"},
            "",
            "no array 'x'. Did you mean 'X'? Known: 'X', 'y'.",
        ),
        ("no targets", archive(Member("X.npy", npy(X))), {}, "", "no array 'y'. Known: 'X'."),
        ("orders in a name", archive(Member("X\x07.npy", npy(X))), {}, "", r"no array 'X'. Known: 'X\x07'."),
        ("a member twice", archive(*[Member("X.npy", npy(X))] * 2), {}, "", "two members are named 'X'."),
        (
            "a member with and without ending",
            archive(Member("X.npy", npy(X)), Member("X", npy(X))),
            {},
            "",
            "two members are named 'X'.",
        ),
        (
            "a member outside",
            archive(Member("../../etc/X.npy", npy(X))),
            {},
            "",
            "the member '../../etc/X' is a path, not the name of an array.",
        ),
        ("an absolute member", archive(Member("/X.npy", npy(X))), {}, "", "the member '/X' is a path, not the name"),
        (
            "a member of Windows",
            archive(Member("..\\X.npy", npy(X))),
            {},
            "",
            r"the member '..\\X' is a path, not the name",
        ),
        (
            "a directory larger than the file",
            archive(Member("X.npy", npy(X)), directory_size=0xFFFFFFF0),
            {},
            "",
            "this is not an .npz archive",
        ),
        ("very many members", many_members(150), {}, "", "this is not an .npz archive: its directory is too long."),
        # a member
        ("an encrypted member", with_x(npy(X), flags=1), {}, ":X", "the array is encrypted."),
        ("an unusual compression", other_method(), {}, ":X", "the array is compressed in an unusual way."),
        ("a wrong checksum", with_x(npy(X), crc=7), {}, ":X", "the array cannot be read: Bad CRC-32 for file 'X.npy'."),
        (
            "a wrong place",
            with_x(npy(X), offset=50),
            {},
            ":X",
            "the array cannot be read: Bad magic number for file header.",
        ),
        (
            "damaged data",
            with_x(npy(X), method=8, content=b"\xff" * 60),
            {},
            ":X",
            "the array cannot be read: Error -3",
        ),
        (
            "a bomb",
            with_x(BOMB, method=8),
            {},
            ":X",
            f"the array of shape (400000000, 1) takes {HUGE_SIZE} bytes, but {len(BOMB)} are there.",
        ),
        (
            "a bomb that agrees with itself",
            with_x(BOMB, method=8, size=HUGE_SIZE),
            {},
            ":X",
            f"the archive is too short to hold the {HUGE_SIZE} bytes of the array.",
        ),
        (
            "a member longer than the archive",
            with_x(HUGE, size=HUGE_SIZE, packed_size=HUGE_SIZE),
            {},
            ":X",
            "the archive is damaged or cut off: the array lies outside it.",
        ),
        (
            "a member with two sizes",
            with_x(HUGE, size=HUGE_SIZE),
            {},
            ":X",
            f"the archive is too short to hold the {HUGE_SIZE} bytes of the array.",
        ),
        (
            "compressed data of more than it says",
            with_x(npy(X) + bytes(1 << 24), method=8, size=len(npy(X))),
            {},
            ":X",
            "the array cannot be read: Bad CRC-32",
        ),
        (
            "no array",
            with_x(b"hello"),
            {},
            ":X",
            "the array cannot be read: it does not begin like a NumPy array of numbers.",
        ),
        (
            "half a header",
            with_x(npy(X)[:40]),
            {},
            ":X",
            "the array cannot be read: it does not begin like a NumPy array of numbers.",
        ),
        (
            "a header of 4 GB",
            with_x(header(version=(2, 0), length=0xFFFFFFFF)),
            {},
            ":X",
            "the array cannot be read: it does not begin like a NumPy array of numbers.",
        ),
        (
            "a header of 12 kB",
            with_x(header(text="(" + "1," * 6000 + ")")),
            {},
            ":X",
            "the array cannot be read: it does not begin like a NumPy array of numbers.",
        ),
        ("a header that nests", with_x(header(text="(" * 9000)), {}, ":X", "the array cannot be read"),
        ("a header that runs", with_x(header(text="__import__('os').abort()")), {}, ":X", "the array cannot be read"),
        (
            "a header of version 9",
            with_x(header(version=(9, 0))),
            {},
            ":X",
            "the array cannot be read: it does not begin like a NumPy array of numbers.",
        ),
        (
            "a negative shape",
            with_x(header("(-4, 3)")),
            {},
            ":X",
            "the array cannot be read: its shape is impossible.",
        ),
        ("a shape beyond all numbers", with_x(header(f"({'9' * 4000},)")), {}, ":X", "the array cannot be read"),
        (
            "a shape larger than the data",
            with_x(header("(1000000, 1000)") + X.tobytes()),
            {},
            ":X",
            "the array of shape (1000000, 1000) takes 80000000",
        ),
        (
            "a shape smaller than the data",
            with_x(header("(2, 3)") + X.tobytes()),
            {},
            ":X",
            "the array of shape (2, 3) takes 11",
        ),
        (
            "elements of no size",
            with_x(header("(1000000000, 9)", "'<U0'")),
            {},
            ":X",
            "the array holds <U0, which are not numbers.",
        ),
        # what the arrays are made of
        (
            "objects",
            saved(X=np.array([{}, []], dtype=object)),
            {},
            ":X",
            "the array holds Python objects (a pickle), which are never read.",
        ),
        ("records with objects", with_x(header("(4,)", "[('a', '|O')]")), {}, ":X", "the array holds Python objects"),
        ("complex numbers", saved(X=X + 1j), {}, ":X", "the array holds complex128, which are not numbers"),
        ("texts", saved(y=np.array(["a", "b", "c", "d"])), {}, ":y", "the array holds <U1. Write numbers."),
        (
            "dates",
            saved(y=np.arange(4).astype("M8[s]")),
            {},
            ":y",
            "the array holds datetime64[s], which are not numbers.",
        ),
        # shapes and numbers
        (
            "inputs of one axis",
            saved(X=np.arange(4.0)),
            {},
            ":X",
            "the array of shape (4,) has rank 1. Allowed: 2 or 3 or 4; the first axis",
        ),
        (
            "inputs of five axes",
            saved(X=np.zeros((4, 1, 1, 1, 1))),
            {},
            ":X",
            "the array of shape (4, 1, 1, 1, 1) has rank 5.",
        ),
        (
            "targets of three axes",
            saved(y=np.zeros((4, 1, 1))),
            {},
            ":y",
            "the array of shape (4, 1, 1) has rank 3. Allowed: 1 or 2; the first axis",
        ),
        ("no rows", saved(X=np.zeros((0, 3)), y=np.zeros(0)), {}, ":X", "the array of shape (0, 3) is empty."),
        ("no columns", saved(X=np.zeros((4, 0))), {}, ":X", "the array of shape (4, 0) is empty."),
        (
            "fewer targets",
            saved(y=Y[:3]),
            {},
            ":y",
            "there are 3 rows, but 4 in X. Each row of inputs needs one row of targets.",
        ),
        (
            "more numbers than are read",
            saved(X=np.zeros((100_001, 1000), dtype=bool), y=np.zeros(100_001), compressed=True),
            {},
            ":X",
            "the array of shape (100001, 1000) is too large. At most 100000000 numbers, and 1000000 in a row.",
        ),
        (
            "more numbers in a row than are read",
            saved(X=np.zeros((2, 1_000_001), dtype=bool), y=np.arange(2), compressed=True),
            {},
            ":X",
            "the array of shape (2, 1000001) is too large.",
        ),
        ("nan", saved(X=with_value(X, (2, 1), np.nan)), {}, ":X", "X[2, 1] is nan. All numbers must be finite."),
        ("infinity", saved(y=with_value(Y, 3, -np.inf)), {}, ":y", "y[3] is -inf. All numbers must be finite."),
        ("beyond float64", saved(X=np.full((4, 3), "1e4000", dtype=np.longdouble)), {}, ":X", "X[0, 0] is inf."),
        # targets
        ("one class", saved(y=np.ones(4, dtype=int)), {}, ":y", "every row has the same target."),
        ("one number", saved(y=np.ones((4, 2))), {}, ":y", "every row has the same target."),
        (
            "three classes for yes or no",
            saved(),
            {"kind": "binary"},
            ":y",
            "there are 3 different targets, but a binary task has 2.",
        ),
        (
            "two targets for yes or no",
            saved(y=np.eye(4, 2)),
            {"kind": "binary"},
            ":y",
            "the array of shape (4, 2) has 2 targets per row.",
        ),
        ("no one-hot rows", saved(y=X), {"kind": "classes"}, ":y", "row 0 is not a single 1 among zeros."),
        (
            "two ones in a row",
            saved(y=np.array([[1, 0], [1, 1], [0, 1], [1, 0]])),
            {"kind": "classes"},
            ":y",
            "row 1 is not a",
        ),
        (
            "no one in a row",
            saved(y=np.array([[1, 0], [0, 1], [0, 0], [1, 0]])),
            {"kind": "classes"},
            ":y",
            "row 2 is not a",
        ),
        (
            "a class for each row",
            saved(X=np.zeros((1001, 1)), y=np.arange(1001)),
            {},
            ":y",
            "1001 rows have 1001 different targets. If they are quantities, set kind: regression. At most 1000",
        ),
    ]
}
