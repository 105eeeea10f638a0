"""Disks that are really full, or not to be written: exit 4, one sentence, the earlier checkpoint whole, resumable."""

from __future__ import annotations

import json
import re
import resource
import shlex
import subprocess
import sys

import pytest
from conftest import unfolded

from nncli.experiments.verify import verify
from nncli.runs.directory import RunDirectory
from nncli.runs.listing import list_runs

CONFIG = """
task: {function: {expression: "sin(3*x)", samples: 64}}
architecture: [16]
training: {epochs: 300, batch_size: 16, log_every: 1, checkpoint: {every: 5 epochs, keep: 1}}
"""
KEPT = ("weights_sha256", "optimizer_sha256", "metrics", "status")


@pytest.fixture
def mounted(tmp_path, environment):
    """Runs a script of a shell in a namespace in which it may mount a small disk at `disk`: its output and errors."""
    (tmp_path / "disk").mkdir()

    def run(mount, script):
        text = f'set -u; {mount}\nnncli() {{ {shlex.quote(sys.executable)} -m nncli "$@"; }}\n{script}'
        command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-ec", text]
        try:
            done = subprocess.run(
                command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
            )
        except OSError as error:
            pytest.skip(f"no unshare: {error}")
        if re.match(r"(unshare|mount): ", done.stderr):
            pytest.skip(f"this user may not mount a disk: {done.stderr.strip()}")
        return done.stdout, done.stderr

    return run


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text(CONFIG)
    return path


@pytest.fixture
def expected(cli, config):
    """What comes out on a disk with room."""
    assert cli("train", config, "-q", "--runs-dir", "whole")[0] == 0
    return outcome(list_runs(config.parent / "whole")[0])


def outcome(run: RunDirectory):
    result = json.loads((run.path / "result.json").read_text())
    return {key: result[key] for key in KEPT}, (run.path / "metrics.csv").read_bytes()


def assert_cut_short(code, err, run):
    """What is said of a full disk, and what is there."""
    assert code == 4
    assert err.count("\n") == 1, err
    assert "cannot write: " in err
    assert f"Then resume: nncli resume {run.path.parent.name}/{run.path.name}." in err
    assert verify(run).faults == ()
    assert run.status == "interrupted"
    assert run.checkpoints()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on file sizes")
def test_a_limit_on_file_sizes(nncli, config, expected, tmp_path):
    limit = len(expected[1]) // 2
    given = {
        "preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        "env": {"PYTHONDONTWRITEBYTECODE": "1"},  # Python would cut off compiled modules too, and say nothing
    }
    code, _, err = nncli("train", config, **given)
    (run,) = list_runs(tmp_path / "runs")
    assert_cut_short(code, err, run)
    assert "File too large. Raise the limit of file sizes (ulimit -f)." in err
    code, _, err = nncli("resume", run.path, "-q")
    assert code == 0
    assert re.fullmatch(r"note: training continues in epoch \d+, after step \d+\n", err)
    assert outcome(run) == expected


@pytest.mark.slow
def test_a_full_disk(mounted, expected, tmp_path):
    """48 kB are enough for a checkpoint, and not for all metrics."""
    out, err = mounted(
        "mount -t tmpfs -o size=48k tmpfs disk",
        """
        nncli train x.yaml -q --runs-dir disk || echo "exit $?"
        cp -r disk full
        mount -o remount,size=4m disk
        nncli resume latest -q --runs-dir disk || echo "exit $?"
        cp -r disk room
        """,
    )
    (cut,), (whole,) = list_runs(tmp_path / "full"), list_runs(tmp_path / "room")
    first, note = unfolded(err).splitlines()
    assert_cut_short(int(out.split()[1]), first.replace("disk/", "full/") + "\n", cut)
    assert "No space left on device. Free some space" in first
    assert note.startswith("note: training continues in epoch ")
    assert out.split() == ["exit", "4", f"disk/{whole.path.name}"]
    assert outcome(whole) == expected


@pytest.mark.slow
def test_a_disk_that_cannot_be_written(mounted, expected, tmp_path):
    """What is on it can be read, but not gone on with, and nothing new is begun."""
    out, err = mounted(
        "rm whole/*/result.json && mount --bind whole disk && mount -o remount,ro,bind disk",
        """
        run=disk/$(ls disk)
        nncli train x.yaml -q --runs-dir disk || echo "train $?"
        nncli resume "$run" -q || echo "resume $?"
        nncli verify "$run" || echo "verify $?"
        nncli show "$run" > /dev/null || echo "show $?"
        nncli runs --runs-dir disk > /dev/null || echo "runs $?"
        """,
    )
    assert re.fullmatch(r"train 4\nresume 4\nx-\S+   interrupted   \d files   whole\n", out), out
    assert re.fullmatch(
        r"(disk/x-\S+: cannot \w+: Read-only file system\. Choose a folder [^\n]+\n){2}", unfolded(err)
    ), err


@pytest.mark.slow
def test_a_trash_on_another_disk(mounted, expected, tmp_path):
    """Too full, the run stays; killed while it copies, the same command again moves it, with files of any size."""
    (run,) = list_runs(tmp_path / "whole")
    out, err = mounted(
        f"""
        cd whole; truncate -s 70M {run.folder}/large; mkdir .trash; mount -t tmpfs -o size=20m tmpfs .trash
        verify() {{ nncli verify {run.folder} > /dev/null && stat -c "whole, %s" {run.folder}/large; }}""",
        f"""
        nncli rm {run.folder} --runs-dir . || echo "full $?"
        verify; ls -A .trash
        mount -o remount,size=300m .trash
        {sys.executable} -m nncli rm {run.folder} --runs-dir . & rm=$!
        while ! ls .trash/.copied.*/*/large > /dev/null 2>&1 && kill -0 $rm; do :; done
        kill -9 $rm; wait $rm || echo "killed $?"
        verify; ls -A .trash | sed "s/[0-9a-f]*.tmp/X/"
        nncli rm {run.folder} --runs-dir . > /dev/null; ls -A .trash
        nncli rm --runs-dir . --restore {run.folder}; verify
        nncli rm {run.folder} --runs-dir . > /dev/null
        nncli rm --runs-dir . --empty-trash > /dev/null; ls -A . .trash
        """,
    )
    assert out.split("\n") == [
        "full 4",
        f"whole, {70 * 2**20}",
        "killed 137",
        f"whole, {70 * 2**20}",
        ".copied.X",
        run.folder,
        run.folder,
        f"whole, {70 * 2**20}",
        ".:",
        ".trash",
        "",
        ".trash:",
        "",
    ]
    assert "large: cannot write: No space left on device" in unfolded(err)
