"""What is said to do about a bad file is done, and the error is gone."""

from __future__ import annotations

import re

import pytest
from bad_data import BAD_FILES
from bad_data.followed import ADVICE, NO_ARCHIVES, WAYS

from nncli.errors import UserError
from nncli.tasks import tasks


def error_of(task, path, content, options):
    """What is said of a file; None if it can be read."""
    path.write_bytes(content)
    try:
        tasks.get(task)(file=str(path), **options).data()
    except UserError as error:
        return error
    return None


@pytest.mark.parametrize("case", BAD_FILES)
def test_suggestions_for_data_work(case, tmp_path):
    task, name, content, options, _, _ = BAD_FILES[case]
    error = error_of(task, tmp_path / name, content, options)
    said = f"{error.hint}. {error.allowed}" if "Try delimiter" in error.allowed else error.hint
    if not said or said.startswith(ADVICE) or case in NO_ARCHIVES:
        return
    found = [(match, follow) for pattern, follow in WAYS if (match := re.search(pattern, said))]
    if delimiter := re.search(r"Try delimiter: (\w+)", said):
        options = options | {"delimiter": delimiter[1]}
        found = found or [(delimiter, lambda _found, _error, content, options: [(content, options)])]
    assert found, said
    match, follow = found[0]
    for mended, chosen in follow(match, error, content, options):
        assert (mended, chosen) != (content, BAD_FILES[case][3])
        after = error_of(task, tmp_path / name, mended, chosen)
        assert after is None or (after.given, after.where) != (error.given, error.where), said
