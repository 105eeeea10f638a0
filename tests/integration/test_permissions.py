"""What the system does not let us read is said as that: exit 4, and never called damaged or missing.

The commands run in a child process of another user, as root may read everything.
"""

from __future__ import annotations

import os
import shutil

import pytest

NOBODY = 65534

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A folder that everybody may read, with runs of which one is whole."""
    from nncli.experiments.train import run

    folder = tmp_path_factory.mktemp("permissions")
    for path in (folder, *folder.parents):
        if path.stat().st_uid == os.geteuid() and path != path.parent:
            path.chmod(path.stat().st_mode | 0o055)
    config = folder / "x.yaml"
    config.write_text("task: and\narchitecture: [2]\ntraining: {epochs: 3}\n")
    run(config, runs_dir=folder / "runs").path.rename(folder / "runs" / "whole")
    return folder


@pytest.fixture
def as_nobody(cli, world, monkeypatch):
    """Runs `nncli ...` as a user without rights, who may not enter or read some paths: exit code and stderr."""

    def run(command, forbidden):
        monkeypatch.chdir(world)
        for warm_up in (command, "show nothing"):  # loads what the other user may not even read
            cli(*warm_up.split())
        path = world / forbidden
        mode = path.stat().st_mode
        path.chmod(0)
        try:
            reader, writer = os.pipe()
            child = os.fork()
            if child == 0:
                try:
                    if os.geteuid() == 0:
                        os.setgroups([])
                        os.setgid(NOBODY)
                        os.setuid(NOBODY)
                    code, _, err = cli(*command.split())
                    os.write(writer, err.encode())
                    os._exit(code)
                except BaseException as error:
                    os.write(writer, repr(error).encode())
                finally:
                    os._exit(99)
            os.close(writer)
            with open(reader, encoding="utf-8") as pipe:
                err = pipe.read()
            _, status = os.waitpid(child, 0)
        finally:
            path.chmod(mode)
        return os.waitstatus_to_exitcode(status), err

    return run


COMMANDS = ["show", "verify", "reproduce", "evaluate", "resume"]


@pytest.mark.parametrize(
    ("command", "forbidden", "words"),
    [
        *((f"{command} runs/whole", "runs/whole", "runs/whole: cannot read: Perm") for command in COMMANDS),
        ("show runs/whole", "runs", "runs: cannot read: Perm"),
        ("verify whole", "runs", "runs: cannot read: Perm"),
        ("show latest", "runs", "runs: cannot read: Perm"),
        ("runs", "runs", "runs: cannot read: Perm"),
        ("train x.yaml", "runs", "cannot create: Perm"),
        ("sweep x.yaml activation=tanh,relu", "runs", "Permission denied"),
        ("evaluate runs/whole", "runs/whole/weights.npz", "runs/whole/weights.npz: cannot read: Perm"),
        ("reproduce runs/whole", "runs/whole/weights.npz", "runs/whole/weights.npz: cannot read: Perm"),
        ("reproduce runs/whole", "runs/whole/metrics.csv", "runs/whole/metrics.csv: cannot read: Perm"),
        ("verify runs/whole", "runs/whole/result.json", ""),
    ],
)
def test_what_may_not_be_read_is_4(command, forbidden, words, as_nobody):
    code, err = as_nobody(command, forbidden)
    assert words in err
    assert "damaged" not in err
    assert "holds no" not in err
    assert code == 4


def test_damage_outweighs_what_cannot_be_read(as_nobody, world):
    shutil.copytree(world / "runs" / "whole", world / "runs" / "damaged")
    (world / "runs" / "damaged" / "metrics.csv").write_text("no")
    assert as_nobody("verify runs/damaged", "runs/damaged/weights.npz")[0] == 7
    assert as_nobody("verify runs/damaged runs/whole", "runs/whole/weights.npz")[0] == 7


@pytest.mark.parametrize("command", ["sweep ü.yaml activation=tanh,relu", "compare ü.yaml activation=tanh,relu"])
def test_a_study_of_a_file_that_names_no_folder_goes_by_the_name_in_it(command, cli, xor, tmp_path):
    (tmp_path / "ü.yaml").write_text(xor.read_text("utf-8").replace("name: xor", "name: umlaut"), "utf-8")
    code, out, err = cli(*command.split(), "--seeds", "2", "training.epochs=5", "--quiet")
    assert (code, err) == (0, "")
    assert out.startswith("umlaut   ")
    (study,) = (tmp_path / "runs").iterdir()
    assert study.name.startswith(f"{command.split()[0]}-umlaut-activation")
