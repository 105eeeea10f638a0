"""A claim's file: what is read, and what is refused with its place."""

from __future__ import annotations

import pytest

from nncli.claims.claim import read_claim
from nncli.claims.measurements.training import Train
from nncli.errors import UserError

WHOLE = """\
sentence: XOR is learned.
source: Somebody (1986)
measure:
  net: {train: {config: ../xor.yaml, overrides: [seeds=3]}}
expect:
  - net.solved > 0.5
"""


def written(tmp_path, text):
    path = tmp_path / "xor.yaml"
    path.write_text(text)
    return path


def test_a_claim_is_read(tmp_path):
    claim = read_claim(written(tmp_path, WHOLE))
    assert (claim.id, claim.sentence, claim.chapter) == ("xor", "XOR is learned.", "")
    assert claim.measure == {"net": Train(config="../xor.yaml", overrides=("seeds=3",))}
    assert [expectation.text for expectation in claim.expect] == ["net.solved > 0.5"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("sentence:", "sentense:", "xor.yaml:1:1: sentense: unknown key 'sentense'. Did you mean 'sentence'"),
        ("source: Somebody (1986)\n", "", "xor.yaml: the claim has no source"),
        ("XOR is learned.", "[1]", "xor.yaml:1:11: sentence: sentence must be text"),
        ("{train:", "{trian:", "xor.yaml:4:8: measure.net: unknown measurement 'trian'. Did you mean 'train'"),
        ("config:", "confg:", "unknown option 'confg'. Did you mean 'config'"),
        ("config: ../xor.yaml, ", "", "measure.net.train: the option config is missing"),
        ("[seeds=3]", "3", "measure.net.train.overrides: expected a list, but found 3"),
        ("net.solved", "nte.solved", "xor.yaml:6:5: expect[0]: unknown measurement 'nte'. Did you mean 'net'"),
        ("> 0.5", "", "xor.yaml:6:5: expect[0]: 'net.solved' is not an expectation"),
    ],
)
def test_a_faulty_claim_is_refused(tmp_path, old, new, words):
    with pytest.raises(UserError) as error:
        read_claim(written(tmp_path, WHOLE.replace(old, new)))
    assert words in str(error.value)


def test_what_is_not_a_mapping_is_refused(tmp_path):
    with pytest.raises(UserError, match="a claim is a mapping of keys"):
        read_claim(written(tmp_path, "[1, 2]\n"))
