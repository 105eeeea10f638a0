"""Measure claims, in as many processes as there are processors, and judge them."""

from __future__ import annotations

import math
import multiprocessing
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import NoReturn

from nncli.analysis.claim_record import ClaimOutcome
from nncli.analysis.verdict import Judgment, together
from nncli.claims.claim import Claim, read_claim
from nncli.claims.measurements import Context
from nncli.errors import UserError, quoted
from nncli.registry import did_you_mean, unknown

FOLDER = Path("configs/claims")
"""The claims that come with nncli, as seen from a checkout."""
SENTENCE = re.compile(rb"^sentence\s*:", re.MULTILINE)
"""What a claim has, and a config has not."""


def find_claims(names: Sequence[str], folder: Path = FOLDER) -> list[Claim]:
    """The claims with these ids, or in these files or folders; all of `folder` if none is named.

    Raises:
        UserError: for a name that is neither, and for faulty files.
    """
    known = {path.stem: path for path in _claims_in(folder)}
    if not names and not known:
        raise UserError(f"there are no claims in {folder}", hint="Name a file, as in nncli claims mine.yaml")
    paths: list[Path] = []
    for name in names:
        path = Path(name)
        number = name.lstrip("0") or name
        short = [own for stem, own in known.items() if stem == name or stem.partition("_")[0].lstrip("0") == number]
        if short:
            paths += short
        elif path.is_dir():
            paths += _claims_in(path) or _none_in(path)
        elif path.is_file():
            paths.append(path)
        else:
            raise _unknown(name, known, folder)
    found = [read_claim(path) for path in dict.fromkeys(paths or known.values())]
    _check_names(found)
    return found


def _none_in(folder: Path) -> NoReturn:
    raise UserError("there are no claims in this folder", where=str(folder), hint="nncli new NAME --claim starts one")


def _unknown(name: str, known: Mapping[str, Path], folder: Path) -> UserError:
    """The error for what is neither a claim nor a file."""
    if Path(name).suffix in (".yaml", ".yml") or "/" in name:
        near = {str(path): path for path in sorted(Path(name).parent.glob("*.y*ml"))}
        return UserError("no such file", where=name, hint=did_you_mean(name, near))
    if not known:
        hint = f"There are no claims in {folder}: name a file, as in nncli claims mine.yaml"
        return UserError(f"unknown claim {quoted(name)}", hint=hint)
    return unknown("claim", name, known)


def _check_names(found: Sequence[Claim]) -> None:
    """Refuse two claims of one name: their runs and their copies would have one place."""
    paths: dict[str, Path] = {}
    for claim in found:
        other = paths.setdefault(claim.id, claim.path)
        if other != claim.path:
            given = f"it has the name of {other}"
            raise UserError(given, where=str(claim.path), hint="Rename one, or measure them one after the other")


def _claims_in(folder: Path) -> list[Path]:
    """The files of claims in a folder, which may hold configs too."""
    return [path for path in sorted(folder.glob("*.yaml")) if SENTENCE.search(path.read_bytes())]


def measured(claims: Sequence[Claim], path: Path, jobs: int) -> Iterator[ClaimOutcome]:
    """The outcomes of claims, in order, each as soon as it is known.

    Args:
        claims: what to measure.
        path: the folder for their runs; each claim has a folder of its own.
        jobs: the maximum number of processes.
    """
    work = partial(measure, runs_dir=path)
    if min(jobs, len(claims)) < 2:
        yield from map(work, claims)
        return
    files = [claim.path for claim in claims]
    with ProcessPoolExecutor(min(jobs, len(claims)), multiprocessing.get_context("spawn")) as pool:
        try:
            yield from pool.map(partial(_measure_file, runs_dir=path), files)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def measure(claim: Claim, runs_dir: Path) -> ClaimOutcome:
    """Measure one claim and judge it. An error in measuring is part of the outcome."""
    started = time.perf_counter()
    words = (claim.id, claim.sentence, claim.source, claim.chapter, claim.remark)
    try:
        context = Context(claim.path.parent, runs_dir / claim.id)
        found = {name: measurement.measure(context) for name, measurement in claim.measure.items()}
    except UserError as error:
        texts = tuple((expectation.text, None) for expectation in claim.expect)
        return ClaimOutcome(*words, "cannot conclude", texts, time.perf_counter() - started, str(error))
    judgments, errors = [], []
    for expectation in claim.expect:
        try:
            judgments.append((expectation.text, expectation.judged(found)))
        except UserError as error:  # of this one: the others are judged all the same
            errors.append(str(error))
            judgments.append((expectation.text, Judgment("cannot conclude", math.nan, math.nan, math.nan)))
    verdict = together([judgment for _, judgment in judgments])
    seconds = time.perf_counter() - started
    return ClaimOutcome(*words, verdict, tuple(judgments), seconds, "; ".join(errors) or None)


def _measure_file(path: Path, runs_dir: Path) -> ClaimOutcome:
    """In a process of its own: claims are read again, as syntax trees cannot be sent."""
    from nncli.threads import pin_threads

    pin_threads()
    return measure(read_claim(path), runs_dir)
