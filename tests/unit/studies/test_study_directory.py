"""Where a folder is among runs, studies and claims."""

from __future__ import annotations

import pytest

from nncli.studies.study_directory import place_of, study_around

CLAIMS = ["claims/claims.json", "claims/SHA256SUMS"]


@pytest.mark.parametrize(
    ("files", "folder", "around"),
    [
        ([], "xor", None),
        (["compare/study.json"], "compare", None),
        (["compare/study.json"], "compare/tanh", "compare"),
        (["sweep/plan.json"], "sweep/trial", "sweep"),
        (CLAIMS, "claims", None),
        (CLAIMS, "claims/xavier/xor", "claims"),
        ([*CLAIMS, "claims/xavier/compare/study.json"], "claims/xavier/compare", "claims"),
        ([*CLAIMS, "claims/xavier/compare/study.json"], "claims/xavier/compare/tanh", "claims"),
        (["../plan.json", "../claims.json"], "xor", None),  # files that are the user's own
    ],
)
def test_the_place_of_a_folder_begins_with_the_folder_of_all_runs(files, folder, around, tmp_path):
    root = tmp_path / "lab"
    (root / folder).mkdir(parents=True)
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).touch()
    assert study_around(root / folder) == (around and root / around)
    assert place_of(root / folder) == f"lab/{folder}"
