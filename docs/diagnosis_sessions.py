"""Write a section for each cause into docs/diagnosis.md, with a real session: python docs/diagnosis_sessions.py."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from nncli.diagnosis.diagnose import RULES

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "diagnosis.md"
START, END = "## Causes\n", "\n## How often it is right"
MOST = 24
"""The most lines of a session's output."""

TABLE = "task: {table: {file: rows.csv, target: y}}\narchitecture: [8]\ntraining: {learning_rate: 0.05, epochs: 200}\n"
FILES = {
    "rows.yaml": TABLE,
    "rows.csv": "x1,x2,y\n0,0,no\n0,1,yes\n0,1,no\n1,0,yes\n1,1,no\n",
    "same.yaml": TABLE.replace("rows.csv", "same.csv"),
    "same.csv": "x1,x2,y\n" + "".join(f"7,3,{'yes' if n % 3 else 'no'}\n" for n in range(12)),
    "rare.yaml": TABLE.replace("epochs: 200", "epochs: 200, test: 0.25"),
    "few.yaml": "task: {spirals: {samples: 40}}\narchitecture: [64, 64]\n"
    "training: {learning_rate: 0.01, epochs: 400, test: 0.5}\nseeds: 5\n",
}
"""Configs and tables of the sessions that no config of the repository can show."""

SESSIONS = {
    "missing_class": "rare.yaml task.table.file=rare.csv",
    "contradictory_rows": "rows.yaml",
    "not_representable": "configs/xor.yaml 'architecture=[]'",
    "constant_input": "same.yaml",
    "output_out_of_reach": "configs/sine.yaml output.activation=sigmoid",
    "float32_resolution": "configs/sine.yaml"
    " 'task={function: {expression: sin(3*x), domain: [1000000000, 1000000002]}}'",
    "mismatched_loss": "configs/moons.yaml output.loss=mean_absolute_error training.optimizer=sgd",
    "symmetric_initialization": "configs/xor.yaml initializer=zeros output.initializer=zeros",
    "unscaled_inputs": "configs/csv_example.yaml training.standardize=false --seeds 5",
    "unscaled_targets": "configs/sine.yaml 'task={function: {expression: 1000*sin(x)+3000}}' --seeds 5",
    "dropout_too_strong": "configs/moons.yaml regularizer.dropout=0.95",
    "penalty_too_strong": "configs/moons.yaml regularizer.l2=10",
    "batch_too_small": "configs/moons.yaml regularizer.normalization=batch training.batch_size=2 training.epochs=40",
    "initialization_too_small": "configs/spirals_mlp.yaml 'initializer={normal: {std: 1e-5}}' training.optimizer=sgd"
    " training.learning_rate=0.2",
    "initialization_too_large": "configs/moons.yaml 'initializer={normal: {std: 30}}'",
    "learning_rate_too_high": "configs/spirals_mlp.yaml training.learning_rate=3 training.epochs=60",
    "dead_units": "configs/xor.yaml activation=relu --seeds 50",
    "saturated_units": "configs/moons.yaml"
    " 'architecture=[{dense: {units: 24, bias_initializer: {constant: {value: 30}}}}]'",
    "vanishing_gradient": "configs/moons.yaml 'architecture=[{repeat: {times: 10, layers: [16]}}]' activation=sigmoid"
    " training.optimizer=sgd training.learning_rate=0.2",
    "learning_rate_too_low": "configs/xor.yaml training.learning_rate=0.00001",
    "stopped_too_early": "configs/xor.yaml training.epochs=20 --seeds 5",
    "underfitting": "configs/parity4.yaml 'architecture=[2]' --seeds 5",
    "random_labels": "configs/moons.yaml 'task={random_labels: {inputs: 2, samples: 100}}' 'architecture=[200]'"
    " training.epochs=1500 training.batch_size=20",
    "too_few_rows": "few.yaml",
    "overfitting": "configs/overfit_noise.yaml --seeds 5",
}
"""What is trained for each cause."""


def section(name: str, folder: Path) -> str:
    """The section of a cause: what its rule looks at, and a session in which it is named."""
    rule = next((rule for rule in RULES if rule.__name__ == name), None)
    told = " ".join((rule.__doc__ or "").split("\n\n")[0].split()) if rule else ""
    text = [f"### {name}", "", told, ""]
    if (command := SESSIONS.get(name)) is not None:
        trained = f"nncli train {command} -q"
        shown = [f"$ {trained} && nncli diagnose latest"]
        for file in (word for word in shlex.split(command) if word.endswith((".yaml", ".csv"))):
            own = file.partition("=")[2] or file
            if (folder / own).is_file() and own in {*FILES, "rare.csv"}:
                shown = [f"$ cat {own}", *(folder / own).read_text("utf-8").splitlines()[:8], *shown]
        environment = os.environ | {"COLUMNS": "80", "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        done = subprocess.run(  # noqa: S602 (the commands are those above)
            f"{trained} && nncli diagnose latest",
            shell=True,
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        lines = re.sub(r"-\d{8}T\d{6}Z-[0-9a-f]{6}", "-20261129T060000Z-5c1f0e", done.stdout).splitlines()[1:]
        if f"1. {name.replace('_', ' ')}" not in done.stdout:
            print(f"{name}: not named first: {done.stdout[-600:]}{done.stderr[-300:]}", file=sys.stderr)
        text += ["```console", *shown, *lines[:MOST], "```", ""]
    return "\n".join(text)


def main() -> None:
    """Replace the sections of the page; only those of some causes, if they are named."""
    page = PAGE.read_text("utf-8")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        shutil.copytree(ROOT / "configs", folder / "configs")
        for name, text in FILES.items():
            (folder / name).write_text(text, "utf-8")
        rows = "".join(f"{n},{n % 7},{'rare' if n == 0 else 'yes' if n > 9 else 'no'}\n" for n in range(20))
        (folder / "rare.csv").write_text("x1,x2,y\n" + rows, "utf-8")
        names = sys.argv[1:] or [rule.__name__ for rule in RULES]
        sections = {name: section(name, folder) for name in names}
    start = page.find(START)
    body, tail = (page, "") if END not in page else (page[: page.index(END)], page[page.index(END) :])
    old = {} if start < 0 else dict(re.findall(r"^### (\w+)\n(.*?)(?=^### |\Z)", body[start:], re.M | re.S))
    known = {name: f"### {name}\n{text}" for name, text in old.items()} | sections
    ordered = [known[rule.__name__].strip() for rule in RULES if rule.__name__ in known]
    head = body if start < 0 else body[:start]
    PAGE.write_text(f"{head.rstrip()}\n\n{START}\n" + "\n\n".join(ordered) + "\n" + tail, "utf-8")


if __name__ == "__main__":
    main()
