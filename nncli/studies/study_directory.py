"""A study's folder: `study.json`, tables as text, and the runs themselves."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import takewhile
from pathlib import Path

from nncli.analysis.comparison_record import ComparisonStudy, held_fixed
from nncli.errors import ExitCode, UserError
from nncli.runs.directory import CONFIG, RunDirectory, is_run
from nncli.runs.listing import ambiguous, list_runs
from nncli.runs.metrics_csv import csv_text
from nncli.runs.result_json import sound_result
from nncli.runs.result_record import FailedResult, Result, from_plain
from nncli.storage.checksums import SUMS, check_sums, file_sha256, sums_text
from nncli.storage.files import file_errors, remove, write_atomically
from nncli.storage.lock import is_held
from nncli.storage.strict_json import PlainObject, read_json_object, write_json
from nncli.studies.study_json import check_comparison, check_plan, study_from_plain

STUDY, PLAN, ATLAS = "study.json", "plan.json", "atlas.csv"
CLAIMS = "claims.json"
"""The file that makes a folder one of measured claims, which holds their runs and studies."""

OWN = (PLAN, STUDY, "results.csv", "leaderboard.csv", "table.md", ATLAS)
"""The files of a study, except its runs and `SHA256SUMS`; most studies do not have all of them."""

MANY = 50_000
"""Maximum number of seeds for which `study.json` includes results; beyond it, they stay in the runs."""


def create_study(runs_dir: Path, name: str) -> Path:
    """A new folder for a study, named like a run."""
    with RunDirectory.create(runs_dir, name) as directory:
        return directory.path


def drop_study(path: Path) -> None:
    """Remove the folder of a study that has written nothing, if it can be; leave one that holds more than its lock."""
    with suppress(OSError, UserError):  # what ended the study is what the user must hear
        if os.listdir(path) == ["lock"] and not is_held(path / "lock"):
            remove(path / "lock")
            path.rmdir()


def write_study(path: Path, study: Mapping[str, object], texts: Mapping[str, str]) -> None:
    """Write the files of a finished study: texts by file name, `study.json`, and the sums.

    When a study is rewritten, the old sums are removed first, so that they never refer to new files.
    """
    remove(path / SUMS)
    for name, text in texts.items():
        write_atomically(path / name, text)
    write_json(path / STUDY, study)
    sums = {name: file_sha256(path / name) for name in OWN if (path / name).is_file()}
    write_atomically(path / SUMS, sums_text(sums))


def list_studies(runs_dir: Path) -> list[Path]:
    """The folders of all studies, most recently written first."""
    return sorted((path for path in _folders(runs_dir) if is_study(path)), key=_written, reverse=True)


def list_broken(runs_dir: Path) -> list[Path]:
    """Folders where a file of a run or study is not a regular file, or that cannot be read."""
    return sorted(path for path in _folders(runs_dir) if is_broken(path))


def _folders(runs_dir: Path) -> list[Path]:
    with file_errors(runs_dir, "read"):
        return list(runs_dir.iterdir()) if os.path.isdir(runs_dir) else []


def find_study(runs_dir: Path, text: str) -> Path | None:
    """Find a study by its path, its name, an unambiguous start or end of it, or `latest`; else None.

    If several have the name, it is the newest. `latest` is a study only if no run is newer. A run's own name is never
    taken for the start or end of a study's.

    Raises: `UserError` (code FILES) if a study is meant, but which one is not clear.
    """
    studies = list_studies(runs_dir)
    if text == "latest":
        last_run = max((_written(run.path) for run in list_runs(runs_dir)[:1]), default=0.0)
        return studies[0] if studies and _written(studies[0]) >= last_run else None
    exact = [path for path in (Path(text), runs_dir / text) if text and is_study(path)]
    exact += [path for path in studies if RunDirectory(path).name == text]
    if exact:
        return exact[0]
    close = [path for path in studies if _begins_or_ends(path, text)]
    if not close or is_run(Path(text)):
        return None
    runs = list_runs(runs_dir)
    if any(text in (run.folder, run.name) for run in runs):
        return None
    beside = [run.path for run in runs if _begins_or_ends(run.path, text)]
    if len(found := [*close, *beside]) > 1:
        raise ambiguous(text, sorted(found, key=_written, reverse=True), "runs and studies" if beside else "studies")
    return close[0]


def _begins_or_ends(path: Path, text: str) -> bool:
    return text != "" and (path.name.startswith(text) or path.name.endswith(f"-{text}"))


def is_study(path: Path) -> bool:
    """Whether a path is that of a study: a folder with a record or a plan."""
    return os.path.isfile(path / STUDY) or os.path.isfile(path / PLAN)


def study_around(folder: Path) -> Path | None:
    """The outermost study, or folder of claims, that a folder is part of; None if it stands alone.

    The runs and studies of a claim are in a folder of its own: `runs/claims/a-claim/compare-xor/xor-tanh`.
    """
    above = Path(os.path.abspath(folder)).parents
    studies = list(takewhile(is_study, above))
    sealed = [path for path in above[len(studies) :][:2] if os.path.isfile(path / SUMS)]  # not a file of the user's
    claims = [path for path in sealed if os.path.isfile(path / CLAIMS)]
    return next(reversed([*studies, *claims]), None)


def place_of(folder: Path) -> str:
    """The path of a run or study, seen from where the folder of all runs is: `runs/compare-xor/xor-tanh`."""
    here = Path(os.path.abspath(folder))
    root = (study_around(here) or here).parent
    return here.relative_to(root.parent).as_posix() if root.name else here.as_posix()


def is_broken(path: Path) -> bool:
    """Whether a file of a run or study is not a regular file there, or cannot be read."""
    files = [path / name for name in (CONFIG, STUDY, PLAN)]
    if any(map(os.path.isfile, files)):
        return False
    try:
        return any(map(_is_there, files))
    except OSError:  # no permission to look, a link to itself
        return True


def _is_there(path: Path) -> bool:
    """Whether the path exists, even as a broken link."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _written(path: Path) -> float:
    return max(_modified(path / name) for name in (STUDY, PLAN, CONFIG))


def _modified(file: Path) -> float:
    """When a file was last modified; 0 if it does not exist."""
    try:
        return os.stat(file).st_mtime
    except OSError:
        return 0.0


def is_sweep(path: Path) -> bool:
    """Whether a study's folder belongs to a sweep, finished or not."""
    return os.path.isfile(path / PLAN)


def read_study(path: Path) -> ComparisonStudy:
    """The content of a comparison's `study.json`.

    Raises:
        UserError: (code FILES or CORRUPT) if it does not exist or cannot be read.
    """
    plain = read_json_object(path / STUDY)
    if plain is None:
        raise UserError("not a finished study: study.json is missing", where=str(path), code=ExitCode.CORRUPT)
    place = str(path / STUDY)
    check_comparison(plain, place)
    check_sums(path, (STUDY,))
    return study_from_plain(plain, list(_results(path, plain["variants"])), place)


def fixed_of(path: Path) -> tuple[str, ...]:
    """The overrides that all runs of a study share, from its own files alone; none if these are damaged."""
    try:
        if is_sweep(path):
            plan = read_json_object(path / PLAN) or {}
            check_plan(plan, str(path / PLAN))
            return held_fixed((plan.get("made_by") or ())[2:], plan["axes"])
        plain = read_json_object(path / STUDY) or {}
        check_comparison(plain, str(path / STUDY))
    except UserError:
        return ()
    overrides = plain["variants"][0].get("overrides") or ()
    return held_fixed(overrides[: len(overrides) - len(plain["axes"])], ())


def has_many_seeds(study: ComparisonStudy) -> bool:
    """Whether the results of a comparison are left to its runs."""
    return sum(len(variant.result.seeds) for variant in study.variants) > MANY


def _results(path: Path, variants: list[PlainObject]) -> Iterator[Result | FailedResult]:
    """The results of variants, some of which `study.json` leaves to the runs. Raises: `UserError` (code CORRUPT)."""
    runs, place = {run.path.name: run for run in list_runs(path)}, str(path / STUDY)
    for variant in variants:
        plain = variant["result"]
        if "seeds" in plain:
            yield from_plain(plain, place)
            continue
        run = runs.get(str(plain.get("run")))
        if run is None:
            raise UserError(f"the run of variant {variant['label']:.80} is missing", where=place, code=ExitCode.CORRUPT)
        yield sound_result(run) or from_plain(plain, place)


def results_csv(study: ComparisonStudy) -> str:
    """One row for each variant and seed of a comparison."""
    return seeds_csv(["variant"], [([variant.label], variant.result) for variant in study.variants])


def seeds_csv(headings: Sequence[str], entries: Sequence[tuple[Sequence[str], Result]]) -> str:
    """One row for each seed of some results.

    Args:
        headings: headings of the first columns.
        entries: for each result, the cells of these columns.
    """
    metrics = list(dict.fromkeys(name for _, result in entries for name in result.metrics))
    first, last = ("seed", "solved", "solved_epoch", "epochs", "stop_reason"), "weights_sha256"
    rows: list[Sequence[object]] = [[*headings, *first, *metrics, last]]
    for cells, result in entries:
        outcomes = (result.seeds, result.solved, result.solved_epoch, result.epochs, result.stop_reason)
        finals = [result.metrics.get(name, (None,) * len(result.seeds)) for name in metrics]
        columns: Iterable[Sequence[object]] = (*outcomes, *finals, result.weights_sha256)
        rows += [[*cells, *own] for own in zip(*columns, strict=True)]
    return csv_text(rows, len(rows[0]))
