"""What somebody does who follows what is said of a bad file: a new file, new options, or both."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import zipfile

NO_ARCHIVES = ("table: a spreadsheet",)
"""Cases that only begin as an archive does."""

UNPACK = {
    "gunzip": gzip.decompress,
    "bunzip2": bz2.decompress,
    "unxz": lzma.decompress,
    "unzip": lambda content: (archive := zipfile.ZipFile(io.BytesIO(content))).read(archive.namelist()[0]),
}


def _option(name):
    return lambda found, _, content, options: [(content, options | {name: found[1]})]


def _named(found, error, content, options):
    """The right name in place of the wrong one, as an option or in a list of them."""
    wrong, right = error.given.split("'")[1], found[1]

    def put(value):
        if isinstance(value, tuple):
            return tuple(map(put, value))
        return right if value == wrong else value

    return [(content, {name: put(value) for name, value in options.items()})]


def _row(found, error, content, options):
    """Without the row; with its value filled in; with the word as one like others."""
    number = error.where.position[0]
    lines = content.split(b"\n")
    ways = [(b"\n".join(lines[: number - 1] + lines[number:]), options)]
    if "missing: []" in error.hint:
        ways.append((content, options | {"missing": ()}))
    return ways


def _numbers(found, error, content, options):
    """Each of the numbers that it says to write, in place of what is there."""
    wrong = re.findall("'(.+?)'", error.given)[0].encode()
    assert wrong in content
    quoted = b'"' + wrong + b'"'
    old = quoted if quoted in content else wrong
    return [(content.replace(old, number.encode()), options) for number in re.findall(r"-?\d[\d.]*\d|\d", found[0])]


def _unpacked(found, _, content, options):
    return [(UNPACK[found[1]](content), options)]


def _as_utf8(_, error, content, options):
    encoding = re.search("UTF-(16|32)", error.given)
    if not encoding:
        return [(content.decode("latin-1").encode(), options)]
    wide = int(encoding[1]) // 8
    zeros_first = content[:1] == b"\0"
    has_mark = content[:2] in (b"\xff\xfe", b"\xfe\xff") or content[:4] in (b"\xff\xfe\0\0", b"\0\0\xfe\xff")
    name = f"utf-{8 * wide}" + ("" if has_mark else "-be" if zeros_first else "-le")
    return [(content.decode(name).encode(), options)]


def _edited(pattern, new):
    return lambda found, error, content, options: [(re.sub(pattern, new, content, flags=re.MULTILINE), options)]


def _without_input(found, error, content, options):
    name = error.where.position[-1]
    rest = tuple(dict.fromkeys(each for each in options["inputs"] if each != options["target"]))
    assert name in options["inputs"]
    return [(content, options | {"inputs": rest})]


WAYS = (
    (r"Did you mean '(.+)'\?", _named),
    (r"(?:Try|set) kind: (\w+)", _option("kind")),
    (r"Fill it in, or remove the row", _row),
    (r"Remove the row, or write a number", _row),
    (r"Write -?\d[\d.]*(, or -?[\d.]+)?", _numbers),
    (r"Unpack it first: (\w+)", _unpacked),
    (r"Save (it|the file) as UTF-8", _as_utf8),
    (r"A line that begins with # is not a comment here: delete it", _edited(rb"^#.*\n", b"")),
    (r"Remove the # before the names", _edited(rb"^# *", b"")),
    (r"Delete it", _edited(rb"\A(sep|SEP)=.*\n", b"")),
    (r"End each line with a line feed", _edited(rb"\r", b"\n")),
    (r"Remove it from inputs", _without_input),
    (r"in pandas, index=False leaves out the index", _edited(rb"^(\d*),", b"")),
)
"""A pattern of what is said, and what to do: the files and options of each way."""

ADVICE = (
    *("There is nothing to learn", "Check for an unclosed quote", "Save the sheet as CSV", "Download the data itself"),
    *(
        "Save it by its name, with np.savez",
        "Name it .npz",
        "Convert it first: pandas",
        "Save the file as CSV in UTF-8",
    ),
    *(
        "The first row must name the columns",
        "Rename one of them",
        "Name it, or delete it",
        "Use np.savez_compressed",
    ),
    *("The fields seem to be separated by spaces", "Quote a field with a delimiter in it", "The largest is about"),
    *(
        "Write a quote inside a quoted field twice",
        "Write numbers in this column",
        "Write one whole number per row",
    ),
)
"""Where to begin, for what only the owner of the data can do."""
