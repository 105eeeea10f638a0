"""Write a commented starter claim."""

from __future__ import annotations

import os
from pathlib import Path

from nncli.errors import UserError
from nncli.storage.files import write_atomically
from nncli.storage.names import check_name

TEXT = """\
# A claim: a sentence that measurements show true or false. Judge it: nncli claims {path}
sentence: With a hidden layer, a network learns XOR.
source: Rumelhart, Hinton & Williams (1986)
# The topic that it belongs to; may be left out.
chapter: Depth

# What is measured, by names of your choice. Paths start from the folder of this file. nncli list measurements
measure:
  net: {{train: {{config: {config}, overrides: [seeds=20]}}}}

# What has to hold, all of it: two formulas over numbers and quantities, compared by > >= < <= == or !=.
expect:
  # The rate of these seeds has an interval, and all of it must be above.
  - net.solved > 0.5
  # min, max, mean and sum are exact: about these seeds alone.
  - min(net.train_accuracy) >= 0.5
"""


def write_starter_claim(path: Path) -> Path:
    """Write a starter claim, about the first config, to a new file.

    Raises:
        UserError: for a bad name, or a file that already exists.
    """
    check_name(path.stem)
    if os.path.lexists(path):
        raise UserError("file exists; not overwritten", where=str(path))
    config = os.path.relpath("configs/xor.yaml", path.parent)
    write_atomically(path, TEXT.format(path=path, config=config))
    return path
