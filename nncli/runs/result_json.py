"""Read `result.json`."""

from __future__ import annotations

from nncli.errors import ExitCode, UserError
from nncli.runs.directory import CONFIG, DATA, RESULT, RunDirectory
from nncli.runs.result_record import FailedResult, Result, from_plain
from nncli.storage.checksums import wrong_sums


def whole_result(run: RunDirectory) -> Result | FailedResult | None:
    """The result in `result.json`, or None if the file is missing.

    Raises: `UserError` with code FILES if it cannot be read, CORRUPT if it is not the result of a run.
    """
    plain = run.read_result()
    return None if plain is None else from_plain(plain, str(run.path / RESULT))


def sound_result(run: RunDirectory) -> Result | FailedResult | None:
    """The same, after checking that config, data and result are what this run wrote.

    Raises: see `whole_result`; also CORRUPT if a hash differs from the recorded one, or it is another run's.
    """
    result = whole_result(run)
    if not isinstance(result, Result):
        return result
    for error in wrong_sums(run.path, own := (CONFIG, DATA, RESULT), own):
        raise error
    check_owner(run, result)
    return result


def check_owner(run: RunDirectory, result: Result | FailedResult) -> None:
    """Refuse, with a `UserError` (code CORRUPT), the result of another run."""
    if result.run != run.folder and not run.is_renamed:
        given = f"it is the result of another run: {result.run:.80}"
        raise UserError(given, where=str(run.path / RESULT), code=ExitCode.CORRUPT)
