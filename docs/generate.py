"""Write the pages generated from the schema: `python docs/generate.py`. A test fails if they are stale."""

from __future__ import annotations

import json
from pathlib import Path

from nncli.config.option_reference import markdown
from nncli.config.schema import json_schema

DOCS = Path(__file__).resolve().parent

INTRODUCTION = """\
# The config

<!-- Written by `python docs/generate.py`; edit that, or the descriptions in `nncli/`. -->

One YAML file is one experiment. Only `task` is required; this is a whole config:

```yaml
task: xor
architecture: [4]
```

`nncli check CONFIG --all` prints it with every default filled in, `nncli new NAME --task TASK` writes a commented one,
and [nncli.schema.json](nncli.schema.json) lets an editor complete and validate it if the file begins with

```yaml
# yaml-language-server: $schema=../docs/nncli.schema.json
```

**Parts.** A part (a task, a layer, an activation, ...) is written as its name, or as a mapping from its name
to its options; `nncli list activations leaky_relu` prints its formula, options and source:

```yaml
task: parity
activation:
  leaky_relu: {slope: 0.1}
training:
  optimizer:
    momentum: {momentum: 0.95}
```

**Layers.** `architecture` lists the hidden layers; a whole number N is a dense layer of N units. What a layer
does not set itself is taken from `activation`, `initializer` and `regularizer` of the config. The task chooses the
output layer and the loss, unless `output` says otherwise.

```yaml
task: sine
architecture:
  - 32
  - dense: {units: 16, activation: relu, regularizer: {dropout: 0.2}}
```

`{dropout: 0.2}` is short for `{dropout: {rate: 0.2, per: unit}}`: each unit is dropped independently, after `conv` each
pixel of each channel. `{dropout: {rate: 0.2, per: channel}}` drops whole channels of an image or a sequence.

**YAML.** Scalars follow YAML 1.2: `1e-3` is a number; `no` and `on` are text. Anchors, aliases, tags and duplicate
keys are rejected. Errors are reported with file, line and column and a suggestion, before anything is trained.

**Overrides.** `nncli train` and `nncli check` take overrides after the file, as `key=value` without spaces: keys are
dotted, indices follow a dot or go in brackets (quote those in the shell), and the value is YAML:

```
nncli train configs/xor.yaml activation=relu training.learning_rate=0.01
nncli train configs/xor.yaml 'architecture=[8, 8]' 'regularizer={l2: 1e-4}'
nncli check configs/xor.yaml architecture.0.units=8 training.optimizer.beta1=0.8
nncli check configs/xor.yaml 'architecture[0].activation=relu'
nncli train configs/csv_example.yaml task.table.file=fruit.tsv task.table.delimiter=tab
```

"""


def pages() -> dict[Path, str]:
    """The text of every generated page."""
    return {
        DOCS / "nncli.schema.json": json.dumps(json_schema(), indent=0, ensure_ascii=False) + "\n",
        DOCS / "config.md": INTRODUCTION + markdown(),
    }


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8", newline="\n")
        print(path)
