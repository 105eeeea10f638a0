"""Draw the pictures of docs/pictures.md with the commands on the page: python docs/pictures.py [KIND...]."""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "pictures.md"
FOLDER = PAGE.parent / "pictures"
WIDTH = 900
"""The most pixels across."""
COLORS = 256
"""Of a picture, so that it is small."""


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the page.

    Attributes:
        subject: what it is a picture of, as the heading above says: `A run` or `A study`.
        kind: of the picture.
        text: what it says.
        commands: those that make the picture; the last one draws it.
        picture: the name of its file.
    """

    subject: str
    kind: str
    text: str
    commands: tuple[str, ...]
    picture: str


def sections(page: str) -> Iterator[Section]:
    """The sections of the page with a picture, in their order."""
    for subject, body in re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", page, re.M | re.S):
        for kind, text in re.findall(r"^### `(\w+)`\n(.*?)(?=^### |\Z)", body, re.M | re.S):
            (picture,) = re.findall(r"^!\[[^\]]+\]\(pictures/([\w.-]+)\)$", text, re.M)
            (block,) = re.findall(r"^```\n(.*?)^```$", text, re.M | re.S)
            yield Section(subject, kind, text, tuple(block.replace("\\\n", " ").splitlines()), picture)


def run(command: str, folder: Path) -> str:
    """Run a command of the page: what it prints."""
    environment = os.environ | {"COLUMNS": "80", "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(  # noqa: S603 (the commands are those of the page)
        shlex.split(command), cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{command}: {done.stderr}")
    return done.stdout


def small(picture: bytes) -> bytes:
    """A PNG of few pixels and colors; nothing else changes."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    if image.width > WIDTH:
        image = image.resize((WIDTH, round(image.height * WIDTH / image.width)), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    few = image.quantize(COLORS, Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE)  # keeps color scales
    few.save(stream, "PNG", optimize=True)
    return stream.getvalue()


def draw(section: Section, folder: Path, done: set[str]) -> None:
    """Run the commands of a section that are not done yet, and keep its picture."""
    *before, last = section.commands
    for command in before:
        if command not in done:
            run(command, folder)
            done.add(command)
    path = Path(section.picture)
    form = [] if path.suffix != ".svg" else ["--format", "svg"]
    run(shlex.join([*shlex.split(last), "--out", "drawn", *form]), folder)
    (drawn,) = (folder / "drawn").iterdir()
    content = drawn.read_bytes()
    (FOLDER / path).write_bytes(small(content) if path.suffix == ".png" else content)
    shutil.rmtree(folder / "drawn")


def in_terminal(page: str, folder: Path, done: set[str]) -> str:
    """The page with the output of its console blocks as it is today."""

    def session(block: re.Match[str]) -> str:
        *before, last = re.findall(r"^\$ (.*)$", block[1], re.M)
        for command in before:
            if command not in done:
                run(command, folder)
                done.add(command)
        printed = "\n".join(line.rstrip() for line in run(last, folder).splitlines())
        return "\n".join(["```console", *(f"$ {command}" for command in [*before, last]), printed, "```"])

    return re.sub(r"^```console\n(.*?)^```$", session, page, flags=re.M | re.S)


def main() -> None:
    """Draw all pictures, or those of some kinds, and what the page shows of a terminal."""
    page, wanted = PAGE.read_text("utf-8"), set(sys.argv[1:])
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder, done = Path(temporary), set[str]()
        shutil.copytree(ROOT / "configs", folder / "configs")
        for section in sections(page):
            if not wanted or section.kind in wanted:
                draw(section, folder, done)
        if not wanted:
            PAGE.write_text(in_terminal(page, folder, done), "utf-8")


if __name__ == "__main__":
    main()
