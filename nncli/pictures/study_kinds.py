"""The kinds of pictures of a study."""

from __future__ import annotations

from collections.abc import Mapping

from nncli.pictures import comparisons, sweeps
from nncli.pictures.kind import Kind
from nncli.pictures.study_subject import StudySubject

STUDY_KINDS: Mapping[str, Kind[StudySubject]] = comparisons.KINDS | sweeps.KINDS
"""In the order in which they are drawn."""
