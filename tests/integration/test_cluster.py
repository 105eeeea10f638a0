"""A sweep on a real Dask cluster: a scheduler and two worker processes on this machine, in a folder of their own."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress

import pytest
from conftest import unfolded
from samples import crossed

from nncli.errors import UserError
from nncli.storage.lock import is_held
from nncli.studies.executors import cluster as cluster_module
from nncli.studies.executors.handshake import parse_address

FILES = ("plan.json", "leaderboard.csv", "results.csv", "table.md", "study.json")


@pytest.fixture
def dask(tmp_path, environment):
    """Starts `dask ...` with a log, in a folder that no other process uses."""
    started = []

    def run(*arguments):
        there = tmp_path / "elsewhere" / str(len(started))
        there.mkdir(parents=True)
        log = there / "log"
        command = [sys.executable, "-m", "dask", *arguments]
        with log.open("wb") as output:
            given = {"cwd": there, "env": environment | {"TMPDIR": str(there)}, "stdout": output, "stderr": output}
            started.append(subprocess.Popen(command, **given))
        return started[-1], log

    yield run
    for process in reversed(started):
        process.kill()
        process.wait()


def said(log, pattern):
    """What a process says sooner or later."""
    for _ in range(600):
        if found := re.search(pattern, log.read_text("utf-8", errors="replace")):
            return found
        time.sleep(0.05)
    raise TimeoutError(f"never said {pattern}: {log.read_text('utf-8', errors='replace')}")


@pytest.fixture
def scheduler(dask):
    """A scheduler: its process, and its address."""
    process, log = dask("scheduler", "--port", "0", "--no-dashboard", "--host", "127.0.0.1")
    return process, said(log, r"Scheduler at:\s+(tcp://\S+)")[1]


@pytest.fixture
def cluster(dask, scheduler):
    """The address of a scheduler with two workers, and the workers: (process, log) each."""
    _, address = scheduler
    workers = [dask("worker", address, "--nthreads", "2", "--no-nanny", "--no-dashboard") for _ in range(2)]
    for _, log in workers:
        said(log, "Registered to")
    return address, workers


ENDLESS = ["training.epochs=100000000", "training.stop.solved=false"]
COMMAND = ["activation=tanh,relu", "training.learning_rate=0.01,0.02,0.03,0.04", "training.stop.solved=false"]


def folder_of(tmp_path, name):
    (path,) = (tmp_path / name).iterdir()
    return path


@pytest.mark.slow
def test_the_bytes_are_those_of_one_process(cli, xor, cluster, tmp_path):
    address, _ = cluster
    sine = xor.with_name("sine.yaml")
    quick = ["sweep", sine, *COMMAND, "training.epochs=50", "--seeds", "2"]
    assert cli(*quick, "--runs-dir", "alone", "--jobs", "1")[0] == 0
    code, out, err = cli(*quick, "--runs-dir", "cluster", "--cluster", address, "--quiet")
    assert (code, err) == (0, ""), out
    alone, there = folder_of(tmp_path, "alone"), folder_of(tmp_path, "cluster")
    assert {name: (there / name).read_bytes() for name in FILES} == {n: (alone / n).read_bytes() for n in FILES}
    for run in there.glob("sine-*"):
        files = {path.name for path in run.iterdir()}
        texts = {"config.yaml", "data.json", "environment.json", "metrics.csv", "result.json", "SHA256SUMS"}
        assert files == texts | {"weights.npz"}


@pytest.mark.slow
def test_a_lost_worker_loses_nothing(nncli, start, xor, cluster, tmp_path):
    address, workers = cluster
    long = ["sweep", xor.with_name("sine.yaml"), *COMMAND, "training.epochs=4000", "--seeds", "2"]
    sweep = start(*long, "--runs-dir", "cluster2", "--cluster", address)
    process, log = workers[0]
    while not list(log.parent.glob("nncli-*/sine-*")):  # its unit is in work
        assert sweep.poll() is None
        time.sleep(0.02)
    process.kill()
    out, err = sweep.communicate(timeout=120)
    assert (sweep.returncode, err) == (0, ""), out
    assert nncli(*long, "--runs-dir", "alone2", "--jobs", "1")[0] == 0
    alone, there = folder_of(tmp_path, "alone2"), folder_of(tmp_path, "cluster2")
    assert {name: (there / name).read_bytes() for name in FILES} == {n: (alone / n).read_bytes() for n in FILES}
    assert len(list(there.glob("sine-*"))) == 8


@pytest.mark.exhaustive  # the client tries for ten seconds to find it again
def test_a_lost_scheduler_is_said_in_one_sentence(start, xor, cluster, scheduler, tmp_path):
    address, workers = cluster
    sweep = start("sweep", xor, "activation=tanh,relu,elu", *ENDLESS, "--cluster", address)
    while not any(list(log.parent.glob("nncli-*/xor-*")) for _, log in workers):
        assert sweep.poll() is None
        time.sleep(0.02)
    scheduler[0].kill()
    out, err = sweep.communicate(timeout=120)
    err = unfolded(err)
    assert (sweep.returncode, out) == (6, "")
    assert f"--cluster: the scheduler at {address} is gone" in err
    assert len(err.splitlines()) == 1


@pytest.mark.slow
def test_an_interrupted_sweep_gives_the_workers_back(nncli, start, xor, cluster, tmp_path):
    address, workers = cluster
    sweep = start("sweep", xor, "activation=tanh,relu,elu,gelu", *ENDLESS, "--cluster", address)
    while not all(list(log.parent.glob("nncli-*/xor-*")) for _, log in workers):
        assert sweep.poll() is None
        time.sleep(0.02)
    sweep.send_signal(signal.SIGINT)
    assert sweep.communicate(timeout=60)[0] == ""
    assert sweep.returncode == 130
    code, out, err = nncli("compare", xor, "activation=tanh,relu", "training.epochs=5", "--cluster", address, "-q")
    assert (code, err) == (0, ""), out


def test_without_dask_it_says_what_to_install(cli, xor, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "distributed", None)
    code, out, err = cli("sweep", xor, "activation=tanh,relu", "--cluster", "tcp://127.0.0.1:8786")
    assert (code, out) == (2, "")
    assert "pip install 'nncli[cluster]'" in err


MALFORMED = [
    "nonsense://x:1",
    "127.0.0.1",
    "tcp://127.0.0.1",
    "tcp://127.0.0.1:port",
    "tcp://127.0.0.1:0",
    "tcp://127.0.0.1:65536",
    "tcp://[::1:9999",
    "tcp://::1:9999",
    "tcp://127.0.0.1:8786/status",
    "tcp://a b:1",
    "",
]


@pytest.mark.parametrize("address", MALFORMED)
def test_an_address_that_is_malformed_is_2(address):
    with pytest.raises(UserError) as raised:
        parse_address(address)
    assert str(raised.value) == f"--cluster: '{address}' is not an address. Write it as tcp://HOST:PORT."
    assert raised.value.code == 2


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("tcp://127.0.0.1:8786", ("127.0.0.1", 8786)),
        ("tls://host-1.example:1", ("host-1.example", 1)),
        ("tcp://[::1]:65535", ("::1", 65535)),
        ("tcp://[fe80::1%eth0]:80", ("fe80::1%eth0", 80)),
    ],
)
def test_an_address(address, place):
    assert parse_address(address) == place


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(cluster_module, "PATIENCE", 1.0)


@contextmanager
def serve(answer):
    """A server on this machine: its address. It answers each connection with these bytes, if any, and keeps it open."""
    server, kept = socket.create_server(("127.0.0.1", 0)), []

    def accept():
        with suppress(OSError):
            while True:
                kept.append(server.accept()[0])
                kept[-1].sendall(answer)

    thread = threading.Thread(target=accept)
    thread.start()
    yield f"tcp://127.0.0.1:{server.getsockname()[1]}"
    server.shutdown(socket.SHUT_RDWR)
    thread.join()
    for connection in (server, *kept):
        connection.close()


SERVERS = {
    "silent": b"",
    "http": b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n",
    "ssh": b"SSH-2.0-OpenSSH_9.6\r\n",
    "frames of nothing": bytes(64),
}


@pytest.mark.parametrize(("kind", "scheme"), crossed(SERVERS, ["tcp", "tls"]))
def test_a_server_that_is_no_scheduler_is_one_sentence(kind, scheme, cli, xor, impatient, tmp_path):
    with serve(SERVERS[kind]) as plain:
        address = plain.replace("tcp", scheme)
        code, out, err = cli("sweep", xor, "activation=tanh,relu", "--cluster", address)
    assert (code, out) == (4, "")
    assert err.startswith(f"--cluster: what listens at {address} is not a Dask scheduler. Start one with")
    assert err.count("\n") == 1
    assert not is_held(folder_of(tmp_path, "runs") / "lock")


@pytest.mark.parametrize("command", ["compare", "sweep"])
@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-host.invalid", "a" * 70])
def test_where_nobody_listens(command, host, cli, xor, impatient, tmp_path):
    code, out, err = cli(command, xor, "activation=tanh,relu", "--seeds", "20", "--cluster", f"tcp://{host}:1")
    assert (code, out, err.count("\n")) == (4, "", 1)
    assert err.startswith(f"--cluster: nothing is listening at tcp://{host}:1: ")
    assert not list(tmp_path.glob("runs/compare-*"))


@pytest.mark.slow
def test_a_worker_is_no_scheduler_and_a_scheduler_alone_trains_nothing(cli, xor, monkeypatch, scheduler, dask):
    monkeypatch.setattr(cluster_module, "PATIENCE", 3.0)
    _, address = scheduler
    command = ["sweep", xor, "activation=tanh,relu", "--quiet", "--cluster"]
    code, _, err = cli(*command, address)
    assert (code, err.count("\n")) == (4, 1)
    assert f"the scheduler at {address} has no running worker. Start one with: dask worker {address}" in err
    _, log = dask("worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard")
    worker = said(log, r"Start worker at:\s+(tcp://\S+)")[1]
    code, _, err = cli(*command, worker)
    assert (code, err.count("\n")) == (4, 1)
    assert f"a Dask worker answers at {worker}, not a scheduler" in err


@pytest.mark.slow
def test_a_first_signal_ends_the_wait(start, xor, tmp_path):
    with serve(b"") as address:
        sweep = start("sweep", xor, "activation=tanh,relu", "--cluster", address)
        while not list(tmp_path.glob("runs/*/lock")):
            assert sweep.poll() is None
            time.sleep(0.02)
        sweep.send_signal(signal.SIGTERM)
        out, err = sweep.communicate(timeout=60)
    assert (sweep.returncode, out) == (143, "")
    assert unfolded(err) == f"interrupted while waiting for the scheduler at {address}. Nothing was trained.\n"
    assert not is_held(folder_of(tmp_path, "runs") / "lock")
