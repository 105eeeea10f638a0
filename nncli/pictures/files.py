"""Pictures as files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from nncli.report.plots.style import Format


def write_pictures(pictures: Iterable[tuple[str, Figure]], folder: Path, form: Format) -> Iterator[Path]:
    """Write pictures by kind as `<kind>.<form>`, and yield the path of each.

    Raises: `UserError` (code FILES) if one cannot be written.
    """
    from nncli.report.plots.style import picture

    return write_files(((f"{kind}.{form}", picture(figure, form)) for kind, figure in pictures), folder)


def write_files(contents: Iterable[tuple[str, bytes]], folder: Path) -> Iterator[Path]:
    """Write files by name, each as it comes, and yield the path of each. Raises: `UserError` (code FILES)."""
    from nncli.storage.files import make_folder, write_atomically

    for name, content in contents:
        make_folder(folder)
        write_atomically(folder / name, content)
        yield folder / name
