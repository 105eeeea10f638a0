"""`claims.json`: the verdicts on claims in the folder of their runs, sealed by `SHA256SUMS`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from nncli.analysis.claim_record import ClaimOutcome
from nncli.analysis.verdict import Judgment, Word
from nncli.errors import ExitCode, UserError
from nncli.storage.checksums import SUMS, check_sums, file_sha256, sums_text
from nncli.storage.files import write_atomically
from nncli.storage.json_shape import COUNT, FLAG, NUMBER, TEXT, Keys, Leaf, Maybe, require
from nncli.storage.strict_json import read_json_object, write_json
from nncli.studies.study_directory import CLAIMS

_WORD = Leaf(f"one of {', '.join(get_args(Word))}", (str,), among=get_args(Word))
_JUDGED: Keys = {
    "expect": TEXT,
    "verdict": Maybe(_WORD),
    "value": Maybe(NUMBER),
    "low": Maybe(NUMBER),
    "high": Maybe(NUMBER),
    "seeds": Maybe(COUNT),
    "reason": Maybe(TEXT),
    "right": Maybe(NUMBER),
    "paired": Maybe(FLAG),
}
_SHAPE: Keys = {
    "claims": [
        {
            **dict.fromkeys(("id", "sentence", "source", "chapter", "remark"), TEXT),
            "verdict": _WORD,
            "measured": [_JUDGED],
            "seconds": NUMBER,
            "error": Maybe(TEXT),
        }
    ]
}


def write_claims(folder: Path, outcomes: Sequence[ClaimOutcome]) -> dict[str, object]:
    """Write `claims.json` and the sums, and give the object."""
    plain: dict[str, object] = {"claims": [outcome.as_plain() for outcome in outcomes]}
    write_json(folder / CLAIMS, plain)
    write_atomically(folder / SUMS, sums_text({CLAIMS: file_sha256(folder / CLAIMS)}))
    return plain


def read_claims(folder: Path) -> list[ClaimOutcome]:
    """The verdicts in a folder. Raises: `UserError` (code FILES or CORRUPT) if they cannot be read, or have changed."""
    plain = read_json_object(folder / CLAIMS)
    if plain is None:
        raise UserError("it is missing", where=str(folder / CLAIMS), code=ExitCode.CORRUPT)
    require(plain, _SHAPE, str(folder / CLAIMS), "the verdicts on claims")
    check_sums(folder, (CLAIMS,))
    return [
        ClaimOutcome(
            claim["id"],
            claim["sentence"],
            claim["source"],
            claim["chapter"],
            claim["remark"],
            claim["verdict"],
            tuple((own["expect"], _judgment(own)) for own in claim["measured"]),
            claim["seconds"],
            claim.get("error"),
        )
        for claim in plain["claims"]
    ]


def claims_faults(folder: Path) -> Iterator[UserError]:
    """Why the verdicts in a folder cannot be read."""
    try:
        read_claims(folder)
    except UserError as error:
        yield error


def _judgment(plain: Mapping[str, Any]) -> Judgment | None:
    if plain.get("verdict") is None:
        return None
    value, low, high = (
        math.nan if plain.get(name) is None else float(plain[name]) for name in ("value", "low", "high")
    )
    return Judgment(
        plain["verdict"],
        value,
        low,
        high,
        plain.get("seeds"),
        plain.get("reason") or "",
        paired=bool(plain.get("paired")),
        right=plain.get("right"),
    )
