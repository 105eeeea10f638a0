"""Malformed CSV."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile

ROWS = "a,b,y\n1,2,cat\n3,4,dog\n"


def row(text, **options):
    """A case of two good rows and a third."""
    return (ROWS + text).encode(), options


def whole(text, **options):
    """A case of a text of its own."""
    return text if isinstance(text, bytes) else text.encode(), options


def zipped(name):
    """An archive with a member of that name."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, ROWS)
    return stream.getvalue()


TABLES = {
    what: (content, {"target": "y", **options}, place, words)
    for what, (content, options), place, words in [
        # the whole file
        ("nothing", whole(""), "", "the file is empty."),
        ("a byte order mark and no more", whole(b"\xef\xbb\xbf"), "", "the file is empty."),
        ("empty lines and no more", whole("\n\r\n\n"), "", "the file is empty."),
        ("a header and no more", whole("a,b,y\n"), "", "no rows below the header."),
        ("UTF-16", whole("a,y\n1,2\n".encode("utf-16")), ":1", "the file is UTF-16. Save it as UTF-8."),
        ("Latin-1", whole((ROWS + "5,6,caf\xe9\n").encode("latin-1")), ":4", "the byte 0xe9 is not UTF-8."),
        (
            "a spreadsheet",
            whole(b"PK\x03\x04\x14\0\x06\0"),
            ":1",
            "the file is a zip archive. Unpack it first: unzip data.csv.",
        ),
        (
            "a NumPy array",
            whole(b"\x93NUMPY\x01\0v\0{'descr'"),
            ":1",
            "the file is a NumPy array. Save it by its name, with np.savez, as .npz.",
        ),
        ("UTF-32", whole("a,y\n1,2\n".encode("utf-32")), ":1", "the file is UTF-32. Save it as UTF-8."),
        (
            "UTF-16 without a mark",
            whole("a,y\n1,2\n".encode("utf-16-le")),
            ":1",
            "the file is UTF-16. Save it as UTF-8.",
        ),
        (
            "UTF-32 without a mark",
            whole("a,y\n1,2\n".encode("utf-32-be")),
            ":1",
            "the file is UTF-32. Save it as UTF-8.",
        ),
        (
            "gzip",
            whole(gzip.compress(ROWS.encode())),
            ":1",
            "the file is a gzip file. Unpack it first: gunzip -k data.csv.",
        ),
        (
            "bzip2",
            whole(bz2.compress(ROWS.encode())),
            ":1",
            "the file is a bzip2 file. Unpack it first: bunzip2 -k data",
        ),
        ("xz", whole(lzma.compress(ROWS.encode())), ":1", "the file is an xz file. Unpack it first: unxz -k data.csv."),
        ("zip", whole(zipped("data.csv")), ":1", "the file is a zip archive. Unpack it first: unzip data.csv."),
        ("xlsx", whole(zipped("[Content_Types].xml")), ":1", "the file is an Excel workbook. Save the sheet as CSV."),
        ("openpyxl", whole(zipped("docProps/app.xml")), ":1", "the file is an Excel workbook. Save the sheet as CSV."),
        (
            "npz",
            whole(zipped("X.npy")),
            ":1",
            "the file is a NumPy archive. Name it .npz and read it with task: arrays.",
        ),
        (
            "Parquet",
            whole(b"PAR1\x15\x04\x15"),
            ":1",
            "the file is a Parquet file. Convert it first: pandas.read_parquet(",
        ),
        (
            "xls",
            whole(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0"),
            ":1",
            "the file is an old Excel workbook. Save the sheet",
        ),
        ("HTML", whole("\n<!DOCTYPE html>\n<p>"), ":1", "the file is a web page. Download the data itself."),
        ("a NUL byte", row("5,\x006,cat\n"), ":4", "the row has a NUL byte, so this is not text."),
        (
            "an old Macintosh",
            whole("a,y\r1,2\r3,4\r"),
            ":1",
            "a lone carriage return. End each line with a line feed",
        ),
        # the header
        ("no such target", row("", target="z"), ":1", "no column 'z'. Known: a, b, y."),
        ("a mistyped target", row("", target="Y "), ":1", "no column 'Y '. Did you mean 'y'? Known: a, b, y."),
        ("a mistyped input", row("", inputs=("a", "bb")), ":1", "no column 'bb'. Did you mean 'b'?"),
        ("another delimiter", whole("a;b;y\n1;2;3\n"), ":1", "no column 'y'. Try delimiter: semicolon."),
        ("tabs", whole("a\tb\ty\n1\t2\t3\n"), ":1", "no column 'y'. Try delimiter: tab."),
        (
            "a note to Excel",
            whole("sep=;\na;y\n1;2\n"),
            ":1",
            "the first row is 'sep=;', which is an Excel directive, not column names. Delete it. Try delimiter: semi",
        ),
        (
            "a note to Excel that is obeyed",
            whole("SEP=;\na;y\n1;2\n", delimiter=";"),
            ":1",
            "the first row is 'SEP=;', which is an Excel directive, not column names. Delete it.\n",
        ),
        (
            "no header",
            whole("1,2,3\n4,5,6\n"),
            ":1",
            "no column 'y'. The first row must name the columns, but this one looks like data. Known: 1, 2",
        ),
        (
            "no header, and classes",
            whole("1,2,cat\n4,5,dog\n"),
            ":1",
            "no column 'y'. The first row must name the columns, but this one looks like data. Known: 1, 2",
        ),
        (
            "no header, and a number twice",
            whole("5,5,cat\n4,5,dog\n"),
            ":1:5",
            "columns 1 and 2 have the same name. The first row must name the columns, but this one looks like data.",
        ),
        (
            "a mistyped name beside a number",
            whole("2024,kind\n1,2\n", target="knd"),
            ":1",
            "no column 'knd'. Did you mean 'kind'? Known: 2024, kind.",
        ),
        ("one name twice", whole("a,y,a\n1,2,3\n"), ":1:a", "columns 1 and 3 have the same name. Rename one of them."),
        (
            "an index of pandas",
            whole(",a,y\n0,1,2\n"),
            ":1",
            "column 1 has no name. Name it, or delete it; in pandas, index=False leaves out the index",
        ),
        ("a delimiter too many", whole("a,y,\n1,2,\n"), ":1", "column 3 has no name. Name it, or delete it."),
        ("only a target", whole("y\n1\n2\n"), ":1", "no columns besides the target."),
        (
            "the target as input",
            row("", inputs=("a", "y")),
            ":1:y",
            "the target is among the inputs. Remove it from inputs.",
        ),
        (
            "an input twice",
            row("", inputs=("a", "b", "a")),
            ":1:a",
            "the column is in inputs twice. Remove it from inputs.",
        ),
        (
            "too many columns",
            whole(",".join(f"x{i}" for i in range(100_001)) + "\n"),
            ":1",
            "there are 100001 columns. At most 100000.",
        ),
        (
            "spaces",
            whole("a b y\n1 2 3\n"),
            ":1",
            "no column 'y'. The fields seem to be separated by spaces, which are not supported: use commas",
        ),
        (
            "aligned columns",
            whole("   1.5   2\n"),
            ":1",
            "no column 'y'. The fields seem to be separated by spaces",
        ),
        (
            "a comment above",
            whole("# by me\na,y\n1,2\n"),
            ":1",
            "no column 'y'. A line that begins with # is not a comment here: delete it.",
        ),
        ("names in a comment", whole("# y,a\n1,2\n"), ":1", "no column 'y'. Remove the # before the names."),
        (
            "a comment between rows",
            row("# more\n5,6,cat\n"),
            ":4",
            "the row has 1 field, but the header has 3. A line that begins",
        ),
        (
            "a row in a comment",
            row("#5,6,cat\n"),
            ":4:a",
            "'#5' is not a number. A line that begins with # is not a comment",
        ),
        # a row
        ("a short row", row("5,6\n"), ":4", "the row has 2 fields, but the header has 3."),
        ("a shorter row", row("\n5\n"), ":5", "the row has 1 field, but the header has 3."),
        (
            "a long row",
            row("5,6,dog, small\n"),
            ":4",
            "the row has 4 fields, but the header has 3. Quote a field with a delimiter",
        ),
        ("a quote never closed", row('5,6,"dog\n7,8,cat\n'), ":4", "a quote is never closed."),
        (
            "a quote never closed before much text",
            row('5,"6,dog\n' + "7,8,cat\n" * 30_000),
            ":4",
            "a field has more than 131072 characters. Check for an unclosed quote",
        ),
        (
            "letters after a quote",
            row('5,6,"dog"s\n'),
            ":4",
            "something other than a delimiter follows a closing quote.",
        ),
        ("a huge field", row(f"5,6,{'x' * 200_000}\n"), ":4", "a field has more than 131072 characters."),
        ("a huge row", row("5," * 1_000_000), ":4", "the row has more than 1048576 bytes."),
        (
            "a row of very many lines",
            row('5,6,"\n' + '","\n' * 300_000),
            ":4",
            "the row has more than 1048576 bytes. Check for an unclosed quote",
        ),
        # a field
        ("an empty field", row("5,,cat\n"), ":4:b", "the value is missing. Fill it in, or remove the row."),
        ("a blank field", row('5,"  ",cat\n'), ":4:b", "the value is missing. Fill it in, or remove the row."),
        ("NA", row("NA,6,cat\n"), ":4:a", "the value is missing: 'NA'."),
        ("nan", row("5,nan,cat\n"), ":4:b", "the value is missing: 'nan'."),
        *(
            (f"{word} as an input", row(f"5,{word},cat\n"), ":4:b", f"the value is missing: {word!r}. Fill it in, or")
            for word in ("None", "?", "<NA>", "\\N", "-", ".", "NaT", "#DIV/0!", "N/A", "null")
        ),
        *(
            (
                f"{word} as a target",
                row(f"5,6,{word}\n"),
                ":4:y",
                f"the value is missing: {word!r}. Fill it in, or remove",
            )
            for word in ("None", "?", "<na>", "\\N", "-", ".", "NAT", "#N/A", "#DIV/0!")
        ),
        (
            "a class called NA",
            row("5,6,NA\n"),
            ":4:y",
            "the value is missing: 'NA'. Fill it in, or remove the row; if it n",
        ),
        ("a word for missing", row("5,gone,cat\n", missing=("GONE",)), ":4:b", "the value is missing: 'gone'."),
        ("a number for missing", row("-999,6,cat\n", missing=("-999",)), ":4:a", "the value is missing: '-999'."),
        ("no word for missing", row("5,NA,cat\n", missing=()), ":4:b", "'NA' is not a number."),
        (
            "an empty target and no words",
            row("5,6,\n", missing=()),
            ":4:y",
            "the value is missing. Fill it in, or remove",
        ),
        ("a target left out", row("5,6,\n"), ":4:y", "the value is missing."),
        ("a target of nan", row("5,6,NaN\n"), ":4:y", "the value is missing: 'NaN'."),
        (
            "a word for a number",
            row("5,six,cat\n"),
            ":4:b",
            "'six' is not a number. Write numbers in this column, or leave",
        ),
        ("infinity", row("5,-inf,cat\n"), ":4:b", "'-inf' is not finite."),
        ("beyond all floats", row("5,1e999,cat\n"), ":4:b", "'1e999' is too large for a number."),
        ("underscores", row("5,1_000,cat\n"), ":4:b", "'1_000' is not a number."),
        ("digits of another script", row("5,\u0663,cat\n"), ":4:b", "'\u0663' is not a number."),
        ("hexadecimal", row("5,0x10,cat\n"), ":4:b", "'0x10' is not a number."),
        (
            "a decimal comma",
            whole("a;y\n1,5;2\n", delimiter=";"),
            ":2:a",
            "'1,5' is not a number. Write 1.5, with a decimal point.",
        ),
        (
            "a decimal comma with three digits after it",
            whole("a;y\n1,200;2\n", delimiter=";"),
            ":2:a",
            "'1,200' is not a number. Write 1.200, with a decimal point.",
        ),
        (
            "a comma that is decimal or of thousands",
            row('5,"1,200",cat\n'),
            ":4:b",
            "'1,200' is not a number. Write 1200, or 1.2.",
        ),
        ("a negative one", row('5,"-12,000",cat\n'), ":4:b", "'-12,000' is not a number. Write -12000, or -12."),
        (
            "a comma that is decimal",
            row('5,"1,25",cat\n'),
            ":4:b",
            "'1,25' is not a number. Write 1.25, with a decimal point.",
        ),
        ("one after a zero", row('5,"0,125",cat\n'), ":4:b", "'0,125' is not a number. Write 0.125, with a decimal"),
        *(
            (
                f"{field!a} for thousands",
                whole(f"a;y\n{field};2\n", delimiter=";"),
                ":2:a",
                f"{field!r} is not a number. {hint}",
            )
            for field, hint in (
                ("1.000,92", "Write 1000.92, with a decimal point."),
                ("1 000,92", "Write 1000.92, with a decimal point."),
                ("1.234.567", "Write 1234567."),
                ("-12’000.5", "Write -12000.5, with a decimal point."),
            )
        ),
        ("millions", row('5,"1,200,300",cat\n'), ":4:b", "'1,200,300' is not a number. Write 1200300, without commas."),
        ("dollars and cents", row('5,"1,200.50",cat\n'), ":4:b", "'1,200.50' is not a number. Write 1200.50, without"),
        ("orders for a terminal", row("5,\x1b[31m\x07,cat\n"), ":4:b", r"'\x1b[31m\x07' is not a number."),
        ("a target with orders in it", whole("a,y\x07\n1,2\n"), ":1", r"no column 'y'. Known: a, 'y\x07'."),
        ("a name with orders in it", whole("\x1b[2J,y\n1,2\n,4\n"), r":3:'\x1b[2J'", "the value is missing."),
        # the target
        ("one class", whole("a,y\n1,cat\n2,cat\n"), ":y", "every row has the same target. There is nothing to learn."),
        ("one number", whole("a,y\n1,7\n2,7.0\n"), ":y", "every row has the same target. There is nothing to learn."),
        (
            "a word among numbers",
            whole("a,y\n1,7\n2,8\n3,many\n"),
            ":4:y",
            "'many' is not a number, while the targets above are numbers. If they are names, set kind: classes.",
        ),
        (
            "a decimal comma among targets",
            whole("a;y\n1;7\n2;8,5\n", delimiter=";"),
            ":3:y",
            "'8,5' is not a number, while the targets above are numbers. Write 8.5, with a decimal point.",
        ),
        (
            "a number among words",
            row("5,6,7\n"),
            ":4:y",
            "'7' is a number, while the targets above are words. If they are names, set kind: classes.",
        ),
        (
            "words for a regression",
            row("", kind="regression"),
            ":2:y",
            "'cat' is not a number. If they are names, set kind: classes.",
        ),
        (
            "three classes for yes or no",
            row("5,6,cow\n", kind="binary"),
            ":y",
            "there are 3 different targets, but a binary task has 2. Try kind: classes.",
        ),
        (
            "a class for each row",
            whole("a,y\n" + "".join(f"{i},n{i}\n" for i in range(1001))),
            ":y",
            "1001 rows have 1001 different targets. If they are quantities, set kind: regression. At most 1000",
        ),
    ]
}
