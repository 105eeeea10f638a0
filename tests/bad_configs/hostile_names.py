"""Names that are meant to leave the folder of runs, to be more than a name, or to look like another."""

from __future__ import annotations

PATHS = [
    *("..", ".", "../x", "../../etc/passwd", "a/b", "a/../../b", "x/", "x/.", "./x", "....//x", "/x", "/etc/passwd"),
    *("//host/share", "..\\x", "..\\..\\windows", "C:\\x", "C:x", "\\\\server\\share", "\\\\?\\C:\\x", "file:///x"),
    *("%2e%2e%2fx", "..%2fx", "..%c0%afx", "%00", "x:stream", "..;/x"),
]
DEVICES = ["CON", "con.", "nul.txt", "PRN", "Aux.yaml.txt", "COM1", "com9.tar.gz", "lpt1", "LPT¹", "CONIN$", "CLOCK$"]
CONTROLS = ["a\0b", "a\nb", "\nx", "a\rb", "a\tb", "\x1b[31mx", "\x1b]0;owned\x07", "a\x7fb", "a\x85b", "\x9b31m", "\b"]
SHAPES = ["", " ", "   ", " x", "x ", ".hidden", "-x", "--help", "-rf", "_x", "x" * 81, "x" * 300, "é" * 120]
EXPANSIONS = [
    *("~", "~root", "$HOME", "${HOME}", "$(touch owned)", "`touch owned`", "%PATH%", "a;b", "a|b", "a&b", "a>b", "a b"),
    *("*", "?", "x*", "[ab]", "{a,b}", "!x", "a'b", 'a"b', "a=b", "#x", "@x", "a,b", "{{x}}", "%s%n", "[red]x[/red]"),
]
LETTERS = [
    *("\u202erox", "xor\u200b", "\u2066xor", "хor", "ｘor", "ﬁt", "é", "e\u0301", "😀", "\ufeffx", "x\u00a0", "٣"),
    *("\ud800", "x\udcff", "\U000e0001x", "x\u2028y"),
]

HOSTILE_NAMES = [*PATHS, *DEVICES, *CONTROLS, *SHAPES, *EXPANSIONS, *LETTERS]
