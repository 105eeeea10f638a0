"""What is not YAML, or more of YAML than a config may use; and how the other cases write theirs."""

from __future__ import annotations

XOR = "task: xor\n"
DENSE = "task: xor\narchitecture: [4]\n"


def xor(what, text, *answers):
    """A second line that is wrong."""
    return (what, XOR + text + "\n", answers)


def hidden(what, text, *answers):
    """A third line that is wrong."""
    return (what, DENSE + text + "\n", answers)


SYNTAX = [
    ("an empty file", "", [("", "the file is empty")]),
    ("comments alone", "# soon\n", [("", "the file is empty")]),
    ("a list", "- xor\n", [("", "a config is a mapping of keys such as task and architecture, not a list")]),
    ("a word", "xor\n", [("", "not 'xor'")]),
    ("a tab", "task:\n\txor: {}\n", [("2:1", "a tab where a space is expected. Indent with spaces")]),
    ("a key twice", "task: xor\ntask: and\n", [("2:1", "the key 'task' was given in line 1 already")]),
    ("an anchor", "task: &t xor\n", [("1:7", "anchors (&) are not supported")]),
    ("an alias", "task: *t\n", [("1:7", "aliases (*) are not supported")]),
    ("a tag", "task: !!python/object:os.system xor\n", [("1:7", "tags (!) are not supported")]),
    ("a merge key", "task: xor\n<<: {}\n", [("2:1", "merge keys (<<) are not supported")]),
    ("an open bracket", "task: xor\narchitecture: [4\n", [("2:15", "closing bracket")]),
    ("30,000 open brackets", "[" * 30_000, [("1:33", "nested more than 32 deep")]),
    ("a quote not closed", "task: 'xor\n", [("1:7", "the quote that opens here is not closed")]),
    ("a second document", "task: xor\n---\ntask: and\n", [("2:1", "a second document begins here")]),
    ("a leading zero", "task: xor\nseeds: 010\n", [("2:8", "'010' begins with a zero")]),
    ("no space after a colon", "task: xor\ntraining: {epochs:3}\n", [("2:12", "no space after the colon")]),
    ("too much indentation", "task: xor\ntraining:\n  epochs: 3\n   test: 0\n", [("4:8", "Check the indentation")]),
    ("5 MB", f"task: xor # {'x' * 5_000_000}\n", [("", "the text is too long. At most 4,000,000 characters")]),
    ("not UTF-8", b"task: xor # caf\xe9\n", [("1:16", "the byte 0xe9 is not UTF-8. Save the file as UTF-8")]),
    ("a control character", "task: x\x00or\n", [("1:8", "U+0000 is not allowed")]),
]
