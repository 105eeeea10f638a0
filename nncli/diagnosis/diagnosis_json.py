"""`diagnosis.json`: a diagnosis and its proof in the folder of the run, for its page."""

from __future__ import annotations

from nncli.analysis.diagnosis_record import CERTAINTIES, Diagnosis
from nncli.analysis.proof_record import Proof
from nncli.runs.directory import RESULT, RunDirectory
from nncli.storage.checksums import file_sha256
from nncli.storage.json_shape import COUNT, FLAG, NUMBER, TEXT, Keys, Leaf, Maybe, require
from nncli.storage.strict_json import PlainObject, read_json_object, write_json

DIAGNOSIS = "diagnosis.json"

_REACHED: Keys = {"reached": COUNT, "of": COUNT, "share": NUMBER, "interval": (NUMBER, NUMBER)}
_SHAPE: Keys = {
    "result_sha256": TEXT,
    "goal": TEXT,
    "seeds": [COUNT],
    "missed": [COUNT],
    "remark": Maybe(TEXT),
    "causes": [
        {
            "cause": TEXT,
            "seeds": [COUNT],
            "layers": [COUNT],
            "evidence": {},
            "fix": Maybe(TEXT),
            "explanation": TEXT,
            "certainty": Leaf(f"one of {', '.join(CERTAINTIES)}", (str,), among=CERTAINTIES),
        }
    ],
    "proof": Maybe(
        {
            "fixes": [
                {
                    "causes": [TEXT],
                    "fix": TEXT,
                    "run": TEXT,
                    "before": _REACHED,
                    "after": _REACHED,
                    "difference": Maybe(NUMBER),
                    "interval": (NUMBER.or_null, NUMBER.or_null),
                    "p": NUMBER,
                    "verdict": TEXT,
                    "helps": Maybe(FLAG),
                }
            ]
        }
    ),
}


def write_diagnosis(run: RunDirectory, found: Diagnosis, proof: Proof) -> None:
    """Write a diagnosis with its proof into the folder of its run. Raises: `UserError` (code FILES)."""
    result = file_sha256(run.path / RESULT)
    write_json(run.path / DIAGNOSIS, {"result_sha256": result, **found.as_plain(), "proof": proof.as_plain()})


def read_diagnosis(run: RunDirectory) -> PlainObject | None:
    """The diagnosis in the folder of a run; None if there is none, or it is of another result, before a resume.

    Raises:
        UserError: (code FILES or CORRUPT) if it cannot be read.
    """
    plain, place = read_json_object(run.path / DIAGNOSIS), str(run.path / DIAGNOSIS)
    if plain is None:
        return None
    require(plain, _SHAPE, place, "a diagnosis")
    return plain if plain["result_sha256"] == file_sha256(run.path / RESULT) else None
