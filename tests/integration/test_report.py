"""`nncli report`: a page that says what the files of a run or study say."""

import base64
import hashlib
import itertools
import json
import re
import shlex
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hostile_text import hostile_entries, hostile_run, hostile_story, hostile_study

from nncli.analysis.comparison_record import PairTest
from nncli.analysis.diagnosis_record import Cause, Diagnosis
from nncli.analysis.proof_record import Proof, ProvedFix, Reached
from nncli.diagnosis.diagnosis_json import write_diagnosis
from nncli.experiments.train import run
from nncli.pictures.run_kinds import KINDS
from nncli.pictures.story import story_of_run, story_of_study
from nncli.pictures.study_kinds import STUDY_KINDS
from nncli.pictures.subject import subject_of
from nncli.report.page.index_page import index_page
from nncli.report.page.markup import VOID
from nncli.report.page.run_page import curve_data, run_page
from nncli.report.page.study_page import study_page
from nncli.runs.directory import RunDirectory
from nncli.studies.plan import make_plan
from nncli.studies.sweep import sweep
from nncli.studies.variants import make_variants

FEW = {name: KINDS[name] for name in ("curves", "confusion")}
"""Kinds of pictures that are drawn quickly."""


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def moons(root):
    return run(Path("configs/moons.yaml"), ["training.epochs=6", "seeds=3"], runs_dir=root).path


@pytest.fixture(scope="module")
def page(moons):
    return Page(run_page(story_of_run(RunDirectory(moons), FEW)))


class Page(HTMLParser):
    """A page as a browser without scripts sees it; fails if elements do not nest, or numbers have no source.

    Attributes:
        elements: each with its attributes, and the tags around it.
        texts: with the tags around them.
        unsourced: texts with numbers, apart from commands, around which nothing says where they come from.
    """

    def __init__(self, html):
        super().__init__()
        self.html, self.open, self.elements, self.texts, self.unsourced = html, [], [], [], []
        self.sources = []
        self.feed(html)
        self.close()
        assert self.open == []
        assert self.unsourced == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs), tuple(self.open)))
        assert len(dict(attrs)) == len(attrs)
        if tag not in VOID:
            self.open.append(tag)
            self.sources.append(dict(attrs).get("data-source"))

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs), tuple(self.open)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        self.sources.pop()

    def handle_data(self, data):
        self.texts.append((tuple(self.open), data))
        said = not {"code", "nav", "title", "script", "style"} & {*self.open}
        if said and re.search(r"\d", data) and not any(self.sources):
            self.unsourced.append((self.open[-1], data))

    def handle_comment(self, data):
        raise AssertionError(data)

    def of(self, tag):
        return [attrs for own, attrs, _ in self.elements if own == tag]

    def text_of(self, tag):
        return [text for around, text in self.texts if around and around[-1] == tag]


@pytest.mark.parametrize("known", [FEW, pytest.param(KINDS, marks=pytest.mark.slow)], ids=["few", "all"])
def test_the_page_of_a_run(cli, xor, monkeypatch, known):
    monkeypatch.setattr(story_of_run, "__defaults__", (known,))
    cli("train", xor, "training.epochs=5", "seeds=2")
    code, out, err = cli("report", "xor")
    assert code == 0, err
    (path,) = Path("runs").glob("xor-2*/report.html")
    page = Page(path.read_text("utf-8"))
    assert Path(out.replace("\n", "")) == path
    kinds = [name for name, kind in known.items() if kind.fits(subject_of(RunDirectory(path.parent)))]
    assert [own["data-kind"] for own in page.of("figure")] == kinds
    assert [own["role"] for own in page.of("svg")] == ["img"] * len(kinds)
    assert [own["data-seed"] for own in page.of("tr") if "data-seed" in own] == ["0", "1"]


def test_the_same_run_gives_the_same_bytes(moons, page):
    assert run_page(story_of_run(RunDirectory(moons), FEW)) == page.html


def test_headings_are_in_order(page):
    levels = [int(tag[1]) for tag, _, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels))


def test_each_number_of_a_seed_is_that_of_its_file(moons, page):
    result = json.loads((moons / "result.json").read_text())
    known = {own["data-source"]: own["value"] for own in page.of("data")}
    for metric, values in result["metrics"].items():
        for r, number in enumerate(values):
            assert float(known[f"result.json metrics.{metric}[{r}]"]) == number
    assert known["result.json epochs[2]"] == "6"
    assert known["environment.json numpy"] == json.loads((moons / "environment.json").read_text())["numpy"]
    assert all(own["title"].startswith(own["data-source"]) for own in page.of("data"))


def test_the_curves_for_scripts_are_those_of_the_table(moons, page):
    (text,) = re.findall('<script type="application/json" id="curves-data">(.*?)</script>', page.html)
    data = json.loads(text)
    table = RunDirectory(moons).open_metrics()
    column = {name: at for at, name in enumerate(table.columns)}
    for row in table.rows:
        at = data["epochs"].index(row[column["epoch"]]), data["seeds"].index(str(row[column["seed"]]))
        for metric, curves in data["metrics"].items():
            if row[column[metric]] is not None:
                assert curves[at[1]][at[0]] == pytest.approx(row[column[metric]], rel=1e-3)


def test_many_curves_are_thinned_or_left_out(moons):
    curves = subject_of(RunDirectory(moons)).curves
    many = type(curves)(
        tuple(range(3000)), curves.epochs, {k: v.repeat(1000, axis=0) for k, v in curves.metrics.items()}
    )
    assert curve_data(many) is None


def test_the_policy_allows_exactly_what_the_page_has(page):
    (policy,) = [own["content"] for own in page.of("meta") if own.get("http-equiv")]
    for tag in ("script", "style"):
        (inside,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page.html, re.DOTALL)
        assert f"{tag}-src 'sha256-{base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert not [attrs for _, attrs, _ in page.elements if "style" in attrs]


def stays_text(html):
    """Whether no text of a page became an element or an attribute that runs, or a control character."""
    page = Page(html)
    scripts = [own for own in page.of("script") if own.get("type") != "application/json"]
    assert len(scripts) == len(page.of("style")) == len(page.of("h1")) == 1
    for tag, attrs, _ in page.elements:
        assert tag not in ("img", "textarea", "iframe", "object", "a") or re.match("#|%3C/script", attrs["href"])
        assert not [name for name in attrs if name.startswith("on") or name == "autofocus"], attrs
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]", html)
    return "&lt;" in html


def test_hostile_text_stays_text(tmp_path):
    story = story_of_run(hostile_run(tmp_path), FEW)
    assert all(map(stays_text, (run_page(story), run_page(hostile_story(story)), index_page(hostile_entries()))))


@pytest.fixture(scope="module")
def studies(root):
    axes, variants = make_variants(Path("configs/xor.yaml"), ["activation=tanh,relu", "training.epochs=150", "seeds=4"])
    return {"sweep": sweep(make_plan("xor", axes, variants), runs_dir=root).path}


def test_the_page_of_a_comparison(cli, tmp_path, xor):
    _, out, err = cli("compare", xor, "activation=tanh,relu", "training.epochs=40", "--seeds", "4")
    study = Path(out.strip().split("\n")[-1])
    code, out, err = cli("report", study)
    assert code == 0, err
    page = Page((study / "report.html").read_text("utf-8"))
    plain = json.loads((study / "study.json").read_text())
    known = {own["data-source"]: own["value"] for own in page.of("data")}
    for v, variant in enumerate(plain["variants"]):
        for r, loss in enumerate(variant["result"]["metrics"]["train_loss"]):
            assert float(known[f"study.json variants[{v}].result.metrics.train_loss[{r}]"]) == loss
    for t, test in enumerate(plain["comparison"]["variants"][1]["against_baseline"]):
        place = f"study.json comparison.variants[1].against_baseline[{t}]"
        assert float(known[f"{place}.p_adjusted"]) == test["p_adjusted"]
    told = known["study.json comparison.variants[1] solve_rate, epochs_to_solve, metrics, verdict, measure, p"]
    assert told.startswith("relu ends with a median loss of ")
    assert "A positive difference says that the variant is better than tanh: its loss is lower." in page.html
    few = {name: STUDY_KINDS[name] for name in ("intervals", "paired")}
    assert stays_text(study_page(story_of_study(hostile_study(study), few)))


@pytest.mark.parametrize("folder", ["runs", "lab"])
def test_the_commands_of_a_page_work_as_pasted(folder, cli, xor, monkeypatch):
    monkeypatch.setattr(story_of_study, "__defaults__", ({},))
    monkeypatch.setattr(story_of_run, "__defaults__", ({},))
    quick = ("training.epochs=5", "--seeds", "2", "--runs-dir", folder)
    out = cli("compare", xor, "activation=tanh,relu", "--baseline", "relu", *quick)[1]
    study = Path(out.split("\n")[-2])
    table = out.replace(f"{study}\n", "")
    ran = []
    for subject in (study, next(study.glob("xor-tanh-*"))):
        assert cli("report", subject)[0] == 0
        page = Page((subject / "report.html").read_text("utf-8"))
        text = next(text for around, text in page.texts if around[-2:] == ("pre", "code") and "nncli reproduce" in text)
        for line in re.findall("^nncli .*", text, re.MULTILINE):
            _, *words = shlex.split(line)
            code, out, err = cli(*words)
            assert code == 0, err
            assert words[0] != "compare" or out.startswith(table)
            ran.append(words[0])
    again = ["reproduce", "verify", "train", "train"]
    assert ran == ["compare", "verify", "reproduce", "train", "compare", *again]
    assert [path.name for path in Path().iterdir()] == [folder]
    assert len([*Path(folder).glob("xor-*")]) == ran.count("reproduce") + ran.count("train")


def test_the_page_of_a_sweep(studies):
    page = Page(study_page(story_of_study(studies["sweep"], {})))
    plain = json.loads((studies["sweep"] / "study.json").read_text())
    known = {own["data-source"] for own in page.of("data")}
    assert [row.split("=")[0] for row in page.text_of("data") if " comes " in row] == ["activation"] * 2
    assert "tanh, relu" in page.text_of("data")
    for place, row in enumerate(plain["leaderboard"]):
        assert f"study.json leaderboard[{place}].solve_rate" in known
        assert any(re.fullmatch(rf"xor-{row['trial']}-\S+/result.json metrics.train_loss\[3\]", own) for own in known)


def test_what_has_no_page_is_said(cli, moons):
    assert cli("report", "nothing")[0] == 4
    code, _, err = cli("report")
    assert (code, "RUN|STUDY" in err) == (2, True), err


def test_the_page_tells_a_proof_that_was_kept(cli, moons):
    before, after = Reached(1, 3, 1 / 3, (0.0615, 0.7923)), Reached(3, 3, 1.0, (0.4385, 1.0))
    test = PairTest("goal", None, 2 / 3, (-0.1, 0.9), 0.25, None, None, 2, None, None, 0.25)
    fix = ProvedFix(("dead_units",), ("activation=<b>",), "again", "", before, after, (1, 2), (0,), test, "better")
    cause = Cause(
        "dead_units",
        (1, 2),
        (1,),
        {"dead_share": 0.123456, "expected": 1, "mended": 1.0, "tried": 1},
        ("activation=<b>",),
        "They are dead.",
    )
    run = RunDirectory(moons)
    write_diagnosis(run, Diagnosis("x", "all rows", (0, 1, 2), (1, 2), (cause,)), Proof((fix,)))
    html = run_page(story_of_run(run, {}))
    known = {own["data-source"]: own["value"] for own in Page(html).of("data")}
    assert known["diagnosis.json causes[0].evidence.dead_share"] == "0.123456"
    assert known["diagnosis.json proof.fixes[0].p"] == "0.25"
    assert known["diagnosis.json proof.fixes[0].before"].startswith("1 of 3, 33.3 %")
    assert known["diagnosis.json proof.fixes[0].verdict"].endswith("; seed 0 reached it only before")
    assert ">0.1235 (expected 1)<" in html
    assert ">1 of 1 seed tried, of the 2 that missed<" in html
    kept = moons / "diagnosis.json"
    kept.write_text(kept.read_text("utf-8").replace(json.loads(kept.read_text("utf-8"))["result_sha256"], "0" * 64))
    assert "diagnosis.json" not in run_page(story_of_run(run, {}))
    kept.write_text("{}")
    code, _, err = cli("report", moons)
    kept.unlink()
    assert (code, "result_sha256 is missing" in err) == (7, True), err


def test_without_its_rows_a_run_has_a_page_without_pictures(tmp_path):
    run_of_table = hostile_run(tmp_path)
    (tmp_path / "rows.csv").unlink()
    page = Page(run_page(story_of_run(run_of_table)))
    assert page.of("svg") == []
    assert "There are no pictures, as they need the rows: " in page.html
    assert [own["data-seed"] for own in page.of("tr") if "data-seed" in own] == ["0", "1"]


def test_a_run_that_recorded_its_weights_has_films(cli, xor):
    cli("train", xor, "training.epochs=5", "seeds=2", "training.record=[weights]")
    (run,) = Path("runs").glob("xor-2*")
    few = {name: KINDS[name] for name in ("curves", "boundary")}
    (film,) = story_of_run(RunDirectory(run), few).films
    assert (film.kind, film.source) == ("boundary", "weights-history.npz")
    assert [epoch for epoch, _ in film.frames] == [*range(6)]
    assert all(png.startswith(b"\x89PNG") for _, png in film.frames)
