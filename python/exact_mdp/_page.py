"""The page of everything about a policy."""

from __future__ import annotations

from html import escape
from os import PathLike
from pathlib import Path

from . import _core

__all__ = ["Page"]


class Page:
    """Everything about a policy on a model as one HTML page, which asks for no other file.

    >>> page = exact_mdp.bundled("two-state").solve_policy().report()
    >>> page
    <Page of two-state: ... kB>
    """

    def __init__(self, model: str, html: str, warnings: list[str]) -> None:
        self._model = model
        self._html = html
        self._warnings = list(warnings)

    @property
    def html(self) -> str:
        """Its text.

        >>> "</html>" in exact_mdp.bundled("two-state").solve_policy().report().html
        True
        """
        return self._html

    @property
    def warnings(self) -> list[str]:
        """What should be known beside it, as sentences.

        >>> exact_mdp.bundled("two-state").solve_policy().report().warnings
        []
        """
        return list(self._warnings)

    def save(self, path: str | PathLike[str], *, force: bool = False) -> None:
        """Writes it to a file that is not there yet; `force` writes over one that is.

        >>> import tempfile, pathlib
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "heater.html"
        >>> exact_mdp.bundled("two-state").solve_policy().report().save(path)
        >>> path.read_text(encoding="utf-8")[:15]
        '<!DOCTYPE html>'
        """
        if Path(path).suffix.lower() not in (".html", ".htm"):
            raise _core.ExactMdpError(f"a page is written as HTML, and {str(path)!r} is named otherwise; expected a path that ends in .html")
        with Path(path).open("w" if force else "x", encoding="utf-8", newline="\n") as file:
            file.write(self._html)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Page) and self._html == other._html

    def __hash__(self) -> int:
        return hash(self._html)

    def __repr__(self) -> str:
        return f"<Page of {self._model}: {len(self._html.encode()) / 1000:.0f} kB>"

    def _repr_html_(self) -> str:
        # in a frame of its own, where neither its looks nor its script touch the notebook
        return f'<iframe sandbox="allow-scripts" width="100%" height="800" srcdoc="{escape(self._html)}"></iframe>'
