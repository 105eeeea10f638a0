"""Texts that are meant to hurt: to run code, to take memory or time, to command a terminal, to mean two things.

A case is {what: (the text, where the answer points, its words)}.
"""

from __future__ import annotations

from typing import Any

from faults.counts import count

from nncli.config.yaml_reader import MAX_SIZE

MB = 1_000_000
MANY = count(100_000, 10_000)
XOR = "task: xor\n"
HUGE = "99999999999999999999"
"""The longest integer that is read: 20 digits."""


def filled(head: str, piece: str, tail: str = "") -> str:
    """As many pieces between head and tail as a file may be long."""
    return head + piece * ((MB - len(head) - len(tail)) // len(piece)) + tail


OPTIONS = ", ".join(f"k{i}: 1" for i in range(50))

LAUGHS = "a: &a [lol]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
"""Billion laughs: nine lines that stand for 10^9 words."""

EXPANSION = {
    "billion laughs": (LAUGHS, "1:4", "anchors (&) are not supported"),
    "an anchor that contains itself": ("task: &a [*a]\n", "1:7", "anchors (&)"),
    "an alias of nothing": (XOR + "seeds: *nobody\n", "2:8", "aliases (*)"),
    "a merge key": (XOR + "<<: {seeds: 100}\n", "2:1", "merge keys (<<)"),
    "a list of merges": (XOR + "<<: [{a: 1}, {b: 2}]\n", "2:1", "merge keys (<<)"),
    "a merged alias": ("a: &a {seeds: 9}\ntask: xor\n<<: *a\n", "1:4", "anchors (&)"),
    "a quadratic blow-up": ("a: &a " + "x" * 9999 + "\nb: [" + "*a, " * 9999 + "]\n", "1:4", "anchors (&)"),
    "an anchor on a key": ("&k task: xor\n", "1:1", "anchors (&)"),
    "two dozen mistakes": (XOR + "x: [" + "*a, " * 24 + "]\n", "2:5", "aliases (*)"),
}
"""Little that stands for much."""

CODE = {
    "a call of the system": ('task: !!python/object/apply:os.system ["touch owned"]\n', "1:7", "tags (!)"),
    "a new object": ("task: !!python/object/new:os.system [touch owned]\n", "1:7", "tags (!)"),
    "a module": ("task: !!python/module:os xor\n", "1:7", "tags (!)"),
    "a tag in angle brackets": ("task: !<tag:yaml.org,2002:python/name:os.system> x\n", "1:7", "tags (!)"),
    "a tag on a key": ("!!python/name:os.system task: xor\n", "1:1", "tags (!)"),
    "a tag of a known type": (XOR + "seeds: !!int '3'\n", "2:8", "tags (!)"),
    "binary": ("task: !!binary eG9y\n", "1:7", "tags (!)"),
    "a set": ("task: !!set {xor}\n", "1:7", "tags (!)"),
    "the tag of no type": ("task: ! xor\n", "1:7", "tags (!)"),
    "a directive that names tags": ("%TAG ! tag:evil,2026:\n---\ntask: xor\n", "1:1", "directives (%)"),
    "a directive after many lines": (filled("", "\n", "%YAML 1.1\n---\ntask: xor\n"), "999977:1", "directives (%)"),
    "a template": ("task: {{ config.__class__ }}\n", "1:8", "a key is not text"),
    "a format string": ("task: '{0.__class__.__mro__} %n%s'\n", "1:7: task", "unknown task '{0.__class__"),
    "a shell command": ("task: $(touch owned)`touch owned`\n", "1:7: task", "unknown task '$(touch owned)"),
}
"""What another reader of YAML would run."""

TWICE = {
    "a key twice": ("task: xor\ntask: and\n", "2:1", "the key 'task' was given in line 1 already"),
    "a quoted key twice": ("task: xor\n'task': and\n", "2:1", "the key 'task' was given"),
    "an escaped key twice": ('task: xor\n"\\x74\\u0061sk": and\n', "2:1", "the key 'task' was given"),
    "a long-escaped key twice": ('task: xor\n"\\U00000074ask": and\n', "2:1", "the key 'task' was given"),
    "an explicit key twice": ("task: xor\n? task\n: and\n", "2:3", "the key 'task' was given"),
    "a key twice in braces": ("task: {sine: {noise: 0, noise: 9}}\n", "1:25", "the key 'noise' was given"),
    "a folded key twice": ("task: xor\n? >-\n  task\n: and\n", "2:3", "the key 'task' was given"),
    "a key of look-alikes": (XOR + "ѕeeds: 2\n", "2:1: ѕeeds", "unknown key. Did you mean 'seeds'?"),
    "a key of wide letters": (XOR + "ｓｅｅｄｓ: 2\n", "2:1: ｓｅｅｄｓ", "unknown key"),
    "an invisible letter in a key": (XOR + "se\u200beds: 2\n", "2:3", "U+200B (zero width space) is invisible"),
    "1,000 keys twice": (XOR + "seeds: 1\n" * 1000, "3:1", "the key 'seeds' was given in line 2 already"),
}
"""Two readers could take it for two things."""

DEEP = {
    "10,000 brackets": ("task: " + "[" * 10_000 + "]" * 10_000, "1:38", "nested more than 32 deep"),
    "a million open brackets": ("[" * MB, "1:33", "nested more than 32 deep"),
    "10,000 braces": ("{a: " * 10_000 + "}" * 10_000, "1:129", "nested more than 32 deep"),
    "1,400 indents": ("".join(f"{' ' * i}a:\n" for i in range(1400)), "33:33", "nested more than 32 deep"),
    "10,000 dashes": ("- " * 10_000 + "x\n", "1:65", "nested more than 32 deep"),
    "10,000 keys that are keys": ("? " * 10_000 + "x\n", "1:3", "a key is not text"),
    "20 blocks in blocks": (
        XOR + "architecture: " + "[{residual: " * 20 + "[4]" + "}]" * 20,
        "2:196",
        "nested more than 32 deep",
    ),
    "10 times 1,000 times": (
        XOR + "architecture: " + "[{repeat: {times: 1000, layers: " * 10 + "[4]" + "}}]" * 10,
        "2:336: architecture[0]" + ".repeat.layers[0]" * 10,
        "there are more than 20000 layers",
    ),
}

LARGE = {
    "10 MB of comment": (XOR + "#" * (10 * MB), "", "the text is too long. At most 4,000,000 characters"),
    "10 MB of spaces": (XOR + " " * (10 * MB), "", "the text is too long"),
    "a byte too many": (XOR + "#" * (MAX_SIZE + 1 - len(XOR)), "", "the text is too long"),
    "one line of one word": (filled("task: ", "x"), "1:7: task", f"unknown task '{'x' * 39}…'. Known: "),
    "one long key": (filled(XOR + "? ", "k", "\n: 1\n"), f"2:3: {'k' * 39}…", "unknown key. Known: "),
    "one long quote": (filled('task: "', "\\x41"), "1:7", "the quote that opens here is not closed"),
    "one long name": (filled(XOR + "name: ", "x"), "2:7: name", "cannot name a run"),
    "one long number": (filled(XOR + "seeds: ", "9"), "2:8", f"the integer '{'9' * 39}…' is too long"),
    "one long fraction": (filled(XOR + "training: {clip_norm: -0.", "9", "}"), "2:23: training.clip_norm", "range"),
    "one long condition": (
        filled(XOR + "training: {stop: {target: ", "x <", "}}"),
        "2:27: training.stop.target",
        "is not a condition. Write a metric",
    ),
    "one long formula": (filled("task: {function: ", "x+", "x}"), "1:18: task.function.expression", "At most 500"),
    "one long table": (filled("task: {boolean: '", "01", "'}"), "1:17: task.boolean.table", "999980 digits"),
    "a million layers": (filled(XOR + "architecture: [", "4,", "]"), "2:240010", "more than 120,000 values"),
    "very many layers": (
        XOR + f"architecture: [{'4,' * MANY}]",
        "2:15: architecture",
        f"{MANY} layers are written out. Write at most 1000, and use repeat for more",
    ),
    "1,001 layers in blocks": (
        XOR + f"architecture: [{'{residual: [4, 4, 4, 4]},' * 200}4]",
        "2:15: architecture",
        "1001 layers are written out",
    ),
    "1,000 unknown layers": (
        XOR + f"architecture: [{'a,' * 1000}]",
        "2:16: architecture[0]",
        "unknown layer 'a'. Known: activation",
    ),
    "very many keys": (XOR + "".join(f"k{i}: 1\n" for i in range(MANY)), "51:1", "more than 50 keys in one mapping"),
    "very many options": (
        XOR + "architecture: [" + f"{{dense: {{{OPTIONS}}}}}, " * (MANY // 125) + "]",
        "2:24: architecture[0].dense",
        "the key 'units' is missing",
    ),
    "very many empty lists": (XOR + f"x: [{'[],' * MANY}]", "2:1: x", "unknown key. Known: name, task"),
    "very many equal seeds": (XOR + f"seeds: [{'1,' * MANY}]", "2:8: seeds", "seed 1 is given twice"),
    "more than very many seeds": (XOR + f"seeds: [{'1,' * 100_001}]", "2:8: seeds", "a list is not a count of seeds"),
    "two of very many seeds": (
        XOR + f"seeds: [{','.join(map(str, range(MANY - 1)))},7]",
        "2:8: seeds",
        "seed 7 is given twice",
    ),
    "very many columns that are numbers": (
        f"task: {{table: {{file: a.csv, target: y, inputs: [{'1,' * MANY}]}}}}",
        "1:49: task.table.inputs[0]",
        "1 is not text",
    ),
}
"""More than anyone needs."""

COUNTS = {
    "10^12 seeds": (XOR + "seeds: 1000000000000\n", "2:8: seeds", "1000000000000 is not a count of seeds"),
    "seeds beyond 64 bits": (XOR + f"seeds: [{HUGE}]\n", "2:8: seeds", f"{HUGE} is not a seed"),
    "10^18 epochs": (XOR + "training: {epochs: 1000000000000000000}\n", "2:20: training.epochs", "at most 100000000"),
    "10^9 units": (XOR + "architecture: [1000000000]\n", "2:16: architecture[0].dense.units", "at most 1000000"),
    "10^12 rows": ("task: {sine: {samples: 1000000000000}}\n", "1:24: task.sine.samples", "at most 1000000"),
    "2^64 rows of a truth table": ("task: {parity: {bits: 64}}\n", "1:23: task.parity.bits", "at most 10"),
    "20 GB of rows": (
        "task: {delayed_recall: {delay: 1000, symbols: 26, samples: 100000}}\n",
        "1:60: task.delayed_recall.samples",
        "samples is 100000, too many for rows of 27054 numbers. At most 3696",
    ),
    "a layer wider than memory": (
        f"task: sine_forecast\narchitecture: [{{attention: {{units: {HUGE}}}}}, flatten]\n",
        "2:16: architecture[0]",
        "needs 1e+40 numbers, more than any computer can hold. Try fewer units",
    ),
    "layers wider than memory": (
        f"task: glyphs\nseeds: 100000\narchitecture: [{', '.join(['{conv: 1000000}'] * 3)}, flatten]\n",
        "3:16: architecture[0]",
        "needs 9e+16 numbers, more than any computer can hold",
    ),
    "10^400": (XOR + f"seeds: 1{'0' * 400}\n", "2:8", "the integer '1000000000"),
    "hexadecimal digits": (XOR + f"seeds: 0x{'f' * 5000}\n", "2:8", "the integer '0xfffff"),
    "a negative count": (XOR + f"training: {{epochs: -{HUGE}}}\n", "2:20: training.epochs", "out of range"),
    "1e308 epochs": (XOR + "training: {epochs: 1e308}\n", "2:20: training.epochs", "1e+308 is not a whole number"),
    "1e999": (XOR + "training: {learning_rate: 1e999}\n", "2:27: training.learning_rate", "inf is not a finite number"),
    "infinity": (XOR + "training: {clip_norm: .inf}\n", "2:23: training.clip_norm", "inf is not a finite number"),
    "minus infinity": ("task: {sine: {noise: -.inf}}\n", "1:22: task.sine.noise", "-inf is not a finite number"),
    "not a number": (XOR + "training: {stop: {tolerance: .nan}}\n", "2:30: training.stop.tolerance", "nan is not"),
    "an endless interval": (
        "task: {sine: {domain: [-1e308, 1e308]}}\n",
        "1:23: task.sine.domain",
        "domain is [-1e+308, 1e+308]. Write [low, high], both finite",
    ),
}
"""Numbers that ask for too much."""

CHARACTERS = {
    "NUL": ("task: x\0or\n", "1:8", "the character U+0000 is not allowed"),
    "a bell": ("task: xor\a\n", "1:10", "U+0007"),
    "a backspace": (XOR + "# \b\b\b\n", "2:3", "U+0008"),
    "DEL": (XOR + "name: x\x7f\n", "2:8", "U+007F"),
    "the title of the terminal": (XOR + "name: \x1b]0;owned\x07\n", "2:7", "U+001B"),
    "an escaped escape": (XOR + 'name: "\\e[31m"\n', "2:7: name", "cannot name a run"),
    "an escape as a task": (
        'task: "\\x1b]8;;file:///etc\\x07"\n',
        "1:7: task",
        r"unknown task '\x1b]8;;file:///etc\x07'",
    ),
    "an escape as a key": (XOR + '"\\e[2J": 1\n', '2:1: "\\u001b[2J"', "unknown key"),
    "a C1 control": (XOR + "name: \x9b31m\n", "2:7", "U+009B"),
    "NEL": ("task: xor\x85seeds: 2\n", "1:10", "U+0085"),
    "a line separator": ("task: xor\u2028seeds: 2\n", "1:10", "U+2028"),
    "a paragraph separator": ("task: xor\u2029seeds: 2\n", "1:10", "U+2029"),
    "a byte order mark in the middle": ("task: \ufeffxor\n", "1:7", "U+FEFF"),
    "two byte order marks": ("\ufeff\ufefftask: xor\n", "1:1", "U+FEFF"),
    "half of a surrogate pair": (b"task: \xed\xa0\x80\n", "1:7", "the byte 0xed is not UTF-8"),
    "an escaped surrogate": ('task: "\\ud800"\n', "1:10", "an unknown escape in double quotes"),
    "a noncharacter": ("task: \uffff\n", "1:7", "U+FFFF"),
    "UTF-16": ("task: xor\n".encode("utf-16"), "1:1", "the byte 0xff is not UTF-8"),
    "UTF-16 without a mark": ("task: xor\n".encode("utf-16-le"), "1:2", "U+0000"),
    "UTF-32": ("task: xor\n".encode("utf-32-be"), "1:1", "U+0000"),
    "Latin 1": (b"task: caf\xe9\n", "1:10", "the byte 0xe9 is not UTF-8"),
    "an overlong slash": (b"name: a\xc0\xafb\n", "1:8", "the byte 0xc0 is not UTF-8"),
    "a character cut off": (b"task: \xf0\x9f\x98", "1:7", "the byte 0xf0 is not UTF-8"),
    "beyond Unicode": (b"task: \xf5\x80\x80\x80\n", "1:7", "the byte 0xf5 is not UTF-8"),
    "an archive": (b"PK\x03\x04\x14\0\0\0\x08\0", "1:3", "U+0003"),
    "an override of direction": ("task: \u202erox\n", "1:7", "U+202E (right-to-left override) is invisible"),
    "an isolate in a key": (XOR + "\u2066seeds: 2\n", "2:1", "U+2066 (left-to-right isolate) is invisible"),
    "a tab as indent": ("task:\n\txor: {}\n", "2:1", "a tab where a space is expected"),
    "markup as a task": ("task: '[red]x[/red]'\n", "1:7: task", "unknown task '[red]x[/red]'"),
    "a link as a key": (XOR + "'[link=file:///etc/passwd]x': 1\n", '2:1: "[link=file:///etc/passwd]x"', "unknown key"),
    "broken markup as a layer": (
        XOR + "architecture: ['[/]', ':boom:']\n",
        "2:16: architecture[0]",
        "unknown layer '[/]'",
    ),
    "new lines in a task": (
        'task: "a\\nx.yaml:1:1: all is well"\n',
        "1:7: task",
        r"unknown task 'a\nx.yaml:1:1: all is",
    ),
}
"""What a terminal obeys, and what is not text."""

SHAPES = {
    "nothing": ("", "", "the file is empty"),
    "one comment": ("# task: xor\n", "", "the file is empty"),
    "spaces": (" \n  \n", "", "the file is empty"),
    "only the end of a document": ("...\n", "1:1", "'.' where a value is expected"),
    "null": ("null\n", "", "a config is a mapping of keys such as task and architecture, not an empty value"),
    "a list": ("- task: xor\n", "", "not a list"),
    "a text": ("xor\n", "", "not 'xor'"),
    "a number": ("3.5\n", "", "not 3.5"),
    "two documents": ("task: xor\n---\ntask: and\n", "2:1", "a second document begins here"),
    "10,000 documents": ("---\ntask: xor\n" * 10_000, "3:1", "a second document begins here"),
    "a stream of empty documents": ("---\n" * 100_000, "2:1", "a second document begins here"),
    "a key of a list": (XOR + "[a, b]: 1\n", "2:1", "a key is not text"),
    "a key of a mapping": (XOR + "{a: b}: 1\n", "2:1", "a key is not text"),
    "a key of nothing": (XOR + "?\n: 1\n", "2:2", "a key is missing before ':'"),
    "a key of null": (XOR + "null: 1\n", "2:1: null", "unknown key"),
    "a key of a number": (XOR + "1.5: 1\n", '2:1: "1.5"', "unknown key"),
    "a key of Python": (XOR + "__class__: {__init__: {__globals__: 1}}\n", "2:1: __class__", "unknown key"),
    "a date": (XOR + "seeds: 2026-11-22\n", "2:8: seeds", "'2026-11-22' is not a count of seeds"),
    "sexagesimal": (XOR + "training: {epochs: 1:30}\n", "2:20: training.epochs", "'1:30' is not a whole number"),
    "octal": (XOR + "seeds: 0777\n", "2:8", "'0777' begins with a zero"),
    "a yes": (XOR + "training: {shuffle: yes}\n", "2:21: training.shuffle", "'yes' is not true or false"),
    "an integer with underscores": (XOR + "seeds: 1_000\n", "2:8: seeds", "'1_000' is not a count of seeds"),
    "digits of another script": (XOR + "seeds: ٣\n", "2:8: seeds", "'٣' is not a count of seeds"),
    "a superscript as a layer": (XOR + "architecture: ['²']\n", "2:16: architecture[0]", "'²'"),
    "a list where a name stands": ("task: [xor, and]\n", "1:7: task", "a list is not the name of a task"),
    "a list with holes": (XOR + "architecture: [,]\n", "2:16", "',' where a value is expected"),
}
"""No config at all."""

_KINDS: dict[str, dict[str, tuple[Any, ...]]] = {
    "expansion": EXPANSION,
    "code": CODE,
    "twice": TWICE,
    "deep": DEEP,
    "large": LARGE,
    "count": COUNTS,
    "character": CHARACTERS,
    "shape": SHAPES,
}
HOSTILE = {f"{kind}: {what}": case for kind, cases in _KINDS.items() for what, case in cases.items()}
