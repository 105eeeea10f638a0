"""Find the run or study that an argument names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nncli.pictures.study_subject import StudySubject
    from nncli.pictures.subject import Subject
    from nncli.runs.directory import RunDirectory


def is_config(text: str) -> bool:
    """Whether an argument that may be a run or a config is a config: a file, or the name of a YAML file."""
    return Path(text).suffix in (".yaml", ".yml") or Path(text).is_file()


def named_run(runs_dir: Path, text: str) -> RunDirectory:
    """Find a run; if several have the name, take the newest and print a note. Raises: `UserError`, also for a study."""
    from nncli.errors import ExitCode, UserError
    from nncli.runs.listing import find_run, list_runs
    from nncli.studies.study_directory import find_study

    try:
        run = find_run(runs_dir, text)
    except UserError:
        if text == "latest" or (study := find_study(runs_dir, text)) is None:
            raise
        inside = ", ".join(own.name for own in list_runs(study)[:3])
        hint = f"Name one of its runs: {inside}" if inside else ""
        given = "this is a study, with runs of its own"
        raise UserError(given, where=str(study), hint=hint, code=ExitCode.FILES) from None
    if text == run.name != run.folder and run.path.parent == runs_dir:
        _tell(text, run.folder, len(list_runs(runs_dir, {text})), "runs")
    return run


def named_study(runs_dir: Path, text: str) -> Path | None:
    """Find a study, with the same note; None if the text does not name one."""
    from nncli.runs.directory import RunDirectory
    from nncli.studies.study_directory import find_study, list_studies

    study = find_study(runs_dir, text)
    if study is not None and text == RunDirectory(study).name != study.name:
        same = [path for path in list_studies(runs_dir) if RunDirectory(path).name == text]
        _tell(text, study.name, len(same), "studies")
    return study


def named_folder(runs_dir: Path, text: str) -> Path:
    """The folder of the claims, the study or the run that a text names, with the same note. Raises: `UserError`."""
    from nncli.claims.claims_folder import find_claims_folder

    found = find_claims_folder(runs_dir, text) or named_study(runs_dir, text)
    return named_run(runs_dir, text).path if found is None else found


def run_or_study(runs_dir: Path, text: str, seed: int | None) -> Subject | StudySubject:
    """The run or study that a text names, as pictures look at it, with one seed or all. Raises: `UserError`."""
    from nncli.errors import UserError
    from nncli.pictures.study_subject import study_subject
    from nncli.pictures.subject import subject_of

    if (study := named_study(runs_dir, text)) is None:
        return subject_of(named_run(runs_dir, text), seed)
    if seed is not None:
        given = "pictures of a study are of all its seeds"
        raise UserError(given, where="--seed", hint="Leave it out, or name one of its runs")
    return study_subject(study)


def _tell(text: str, folder: str, number: int, kind: str) -> None:
    from nncli.cli.console import fitted, note

    if number > 1:
        note(fitted(f"note: {number} {kind} are named {text}; using the newest, {folder}"))
