"""What users write wrong: the text, and how each line of the answer begins and what it says further.

A case is (what is wrong, the text, answers); an answer is (`line:column: key` or nothing for the file itself, words).
"""

from __future__ import annotations

from bad_configs.conflicts import CONFLICTS, SEVERAL, SHAPES
from bad_configs.names import KEYS, NAMES
from bad_configs.overrides import BAD_OVERRIDES
from bad_configs.text import SYNTAX
from bad_configs.values import RANGES, VALUES

__all__ = ["BAD_CONFIGS", "BAD_OVERRIDES"]

BAD_CONFIGS = {
    f"{kind}: {what}": (text, answers)
    for kind, cases in {
        "syntax": SYNTAX,
        "key": KEYS,
        "name": NAMES,
        "value": VALUES,
        "range": RANGES,
        "conflict": CONFLICTS,
        "shape": SHAPES,
        "several": SEVERAL,
    }.items()
    for what, text, answers in cases
}
