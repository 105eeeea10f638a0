"""Measure claims, in as many processes as there are processors, and judge them."""

from __future__ import annotations

import multiprocessing
import re
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from nncli.analysis.claim_record import ClaimOutcome
from nncli.analysis.verdict import together
from nncli.claims.claim import Claim, read_claim
from nncli.claims.measurements import Context
from nncli.errors import UserError
from nncli.registry import unknown

FOLDER = Path("configs/claims")
"""The claims that come with nncli, as seen from a checkout."""
CLAIMS = "claims.json"
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
        short = [own for stem, own in known.items() if stem == name or stem.partition("_")[0].lstrip("0") == name]
        if short:
            paths += short
        elif path.is_dir():
            paths += _claims_in(path)
        elif path.is_file():
            paths.append(path)
        else:
            raise unknown("claim", name, known)
    return [read_claim(path) for path in dict.fromkeys(paths or known.values())]


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
        judgments = [(expectation.text, expectation.judged(found)) for expectation in claim.expect]
    except UserError as error:
        texts = tuple((expectation.text, None) for expectation in claim.expect)
        return ClaimOutcome(*words, "cannot conclude", texts, time.perf_counter() - started, str(error))
    verdict = together([judgment for _, judgment in judgments])
    return ClaimOutcome(*words, verdict, tuple(judgments), time.perf_counter() - started)


def _measure_file(path: Path, runs_dir: Path) -> ClaimOutcome:
    """In a process of its own: claims are read again, as syntax trees cannot be sent."""
    from nncli.threads import pin_threads

    pin_threads()
    return measure(read_claim(path), runs_dir)
