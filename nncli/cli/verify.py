"""`nncli verify`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from nncli.cli.options import Json, RunsDir
from nncli.errors import ExitCode, UserError, distinct
from nncli.storage.names import RUNS

if TYPE_CHECKING:
    from nncli.runs.directory import RunDirectory


def verify(
    runs: Annotated[
        list[str], typer.Argument(metavar="RUN...", help="Folders or names of runs or studies, or latest.")
    ],
    json: Json = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Check that the files of runs and studies are intact and unchanged; exit with 7 if not.

    Example: nncli verify runs/*
    """
    from nncli.cli.console import fitted, json_text, out, point
    from nncli.cli.progress import HashProgress
    from nncli.experiments.verify import verify as check
    from nncli.report.numbers import count

    directories, folders = _find(runs, runs_dir)
    with HashProgress().watching():
        verdicts = [check(directory) for directory in directories]
        reported = [fault for verdict in verdicts for fault in verdict.faults]
        studies = [_check_study(folder, reported) for folder in folders]
    if json:
        records = [
            {"run": d.folder, "status": v.status, "checked": v.checked, "faults": [*map(str, v.faults)]}
            for d, v in zip(directories, verdicts, strict=True)
        ]
        of_studies = [{"study": s.name, "checked": s.checked, "faults": [*map(str, s.faults)]} for s in studies]
        out(json_text({"runs": records, "studies": of_studies}))
    else:
        lines: list[tuple[str, str, tuple[str, ...], tuple[UserError, ...]]]
        lines = [(d.folder, v.status, v.checked, v.faults) for d, v in zip(directories, verdicts, strict=True)]
        lines += [(study.name, "study", study.checked, study.faults) for study in studies]
        for name, status, checked, faults in lines:
            word = count(len(faults), "fault") if faults else "whole"
            out(fitted(f"{name}   {status}   {count(len(checked), 'file')}   {word}"))
            for fault in faults:
                out(point(str(fault)))
    raise typer.Exit(max((*(v.code for v in verdicts), *(s.code for s in studies))))


class Found(NamedTuple):
    """Findings about a study: the files that were checked, and its faults."""

    name: str
    checked: tuple[str, ...]
    faults: tuple[UserError, ...]
    code: ExitCode


def _check_study(folder: Path, reported: list[UserError]) -> Found:
    """Check a study's own files and whether it can be shown; faults already reported for its runs are left out."""
    from nncli.claims.claims_file import claims_faults
    from nncli.experiments.verify import code_of
    from nncli.studies.study_directory import CLAIMS
    from nncli.studies.verify_study import study_faults, study_files

    is_of_claims = (folder / CLAIMS).is_file()
    checked = (CLAIMS,) if is_of_claims else study_files(folder)
    wrong = list(claims_faults(folder) if is_of_claims else study_faults(folder))
    faults = distinct(error for error in wrong if not any(error.where.covers(fault.where) for fault in reported))
    return Found(folder.name, checked, faults, code_of(wrong))


def _find(texts: list[str], runs_dir: Path) -> tuple[list[RunDirectory], list[Path]]:
    """The named runs and studies, with the runs of these studies; anything else is skipped with a note."""
    from nncli.claims.claims_folder import find_claims_folder
    from nncli.cli.console import note
    from nncli.cli.run_argument import named_run, named_study
    from nncli.runs.directory import check_permission, is_run
    from nncli.runs.listing import list_runs

    found: list[RunDirectory] = []
    studies: list[Path] = []
    for text in texts:
        path = Path(text)
        check_permission(path)
        if (claims := find_claims_folder(runs_dir, text)) is not None:
            studies.append(claims)
            found += [run for inside in sorted(claims.iterdir()) if inside.is_dir() for run in list_runs(inside)]
        elif is_run(path):
            found.append(named_run(runs_dir, text))
        elif (study := named_study(runs_dir, text)) is not None:
            studies.append(study)
            found += list_runs(study)
        elif not path.exists():
            found.append(named_run(runs_dir, text))
        elif path.is_dir() and (inside := list_runs(path)):
            found += inside
        else:
            note(f"note: {text} is not a run; skipped")
    if not (found or studies):
        raise UserError("none of these is a run or a study", where=" ".join(texts), code=ExitCode.FILES)
    return found, studies
