"""Recognize files that are not UTF-8 CSV by their first bytes."""

from __future__ import annotations

import shlex

HEAD_BYTES = 512
"""The number of bytes inspected."""

UNPACK = "Unpack it first: "
EXPORT = "Export the table as CSV"
UTF8 = "Save it as UTF-8"

MAGIC = (
    (b"\x1f\x8b", "a gzip file", UNPACK + "gunzip -k {}"),
    *((b"BZh%d1AY&SY" % level, "a bzip2 file", UNPACK + "bunzip2 -k {}") for level in range(1, 10)),
    (b"\xfd7zXZ\0", "an xz file", UNPACK + "unxz -k {}"),
    (b"\x28\xb5\x2f\xfd", "a zstd file", UNPACK + "unzstd {}"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK + "7z x {}"),
    (b"PAR1\x15", "a Parquet file", 'Convert it first: pandas.read_parquet(...).to_csv("data.csv", index=False)'),
    (b"ARROW1\0", "an Arrow file", 'Convert it first: pandas.read_feather(...).to_csv("data.csv", index=False)'),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", EXPORT),
    (b"SQLite format 3\0", "an SQLite database", EXPORT),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook", "Save the sheet as CSV"),
    (b"%PDF-", "a PDF", EXPORT),
    (b"\x80\x04\x95", "a Python pickle", EXPORT),
    (b"\x93NUMPY", "a NumPy array", "Save it by its name, with np.savez, as .npz"),
    (b"\xff\xfe\0\0", "UTF-32", UTF8),
    (b"\0\0\xfe\xff", "UTF-32", UTF8),
    (b"\xff\xfe", "UTF-16", UTF8),
    (b"\xfe\xff", "UTF-16", UTF8),
)
"""The first bytes of each kind of file, its name, and what to do with it."""

IN_A_ZIP = (
    (b"[Content_Types].xml", "an Excel workbook", "Save the sheet as CSV"),
    (b"docProps/", "an Excel workbook", "Save the sheet as CSV"),
    (b"xl/", "an Excel workbook", "Save the sheet as CSV"),
    (b"mimetypeapplication/vnd.oasis", "an OpenDocument file", "Save the sheet as CSV"),
    (b".npy", "a NumPy archive", "Name it .npz and read it with task: arrays"),
    (b"", "a zip archive", UNPACK + "unzip {}"),
)
"""Kinds of zip archives, by their first member."""

WITHOUT_MARK = {2: "UTF-16", 4: "UTF-32"}
"""Encodings by bytes per character: for plain letters, all but one of these are NUL."""

NEAR = 0.06
"""The tolerance for the share of NUL bytes: some letters are not plain."""


def other_format(head: bytes, path: str) -> tuple[str, str] | None:
    """The kind of a file with this beginning, and what to do; None if it may be CSV.

    Args:
        head: its first `HEAD_BYTES` bytes, or all of them.
        path: the path of the file, for the command that unpacks it.
    """
    found = next((case for case in MAGIC if head.startswith(case[0])), None)
    if head.startswith(b"PK\x03\x04"):
        found = next(case for case in IN_A_ZIP if case[0] in head)
    if found is not None:
        return f"the file is {found[1]}", found[2].format(shlex.quote(path))
    if head.lstrip().lower().startswith((b"<!doctype html", b"<html")):
        return "the file is a web page", "Download the data itself"
    for size, name in WITHOUT_MARK.items():
        if len(head) >= 2 * size and abs(head.count(0) / len(head) - (1 - 1 / size)) < NEAR:
            return f"the file is {name}", UTF8
    return None
