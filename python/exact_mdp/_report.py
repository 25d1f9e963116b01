"""What a command of the program answers, by the names of its JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from fractions import Fraction
from html import escape
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from . import _core
from ._pickle import same_parts
from .pictures import Picture

__all__ = ["Report"]

# what holds names, which may look like numbers
_NAMES = {
    "model", "states", "actions", "pairs", "to", "transient", "parameters", "kind", "parametrization", "name", "greedy", "labels",
    "method", "stop", "description", "version", "source", "model_hash",
}


class Report(Mapping[str, Any]):
    """What a command of the program answers, by the names of its JSON, as `report["name"]` or `report.name`.

    It is a mapping, whose `keys`, `items`, `values` and `get` are methods: of a sweep the numbers are `report["values"]`.
    Lists of numbers are read-only arrays, null among them is NaN; parts are dicts. With `arithmetic="exact"` numbers
    are Fractions, in lists. `warnings` says what the program would say beside the answer.

    >>> chain = exact_mdp.bundled("two-state").solve_policy().chain()
    >>> chain.kind, chain.transition.shape
    ('unichain', (2, 2))
    """

    def __init__(self, command: str, document: Mapping[str, Any], warnings: list[str] | None = None, answer: Any = None) -> None:
        self._command = command
        self._document = dict(document)
        self._warnings = list(warnings or [])
        self._answer = answer
        self._picture: Picture | None = None

    @classmethod
    def _read(cls, command: str, text: str, exact: bool, warnings: list[str], answer: Any = None) -> "Report":
        document = json.loads(text)
        if command == "check":  # of one model
            document = document["models"][0]
        return cls(command, {name: _value(name, value, exact) for name, value in document.items()}, warnings, answer)

    @property
    def command(self) -> str:
        """The command of the program that answers the same.

        >>> exact_mdp.bundled("two-state").solve_policy().chain().command
        'chain'
        """
        return self._command

    @property
    def warnings(self) -> list[str]:
        """What should be known beside the answer, as sentences.

        >>> exact_mdp.bundled("two-state").solve_policy().chain().warnings
        []
        """
        return list(self._warnings)

    def to_dict(self) -> dict[str, Any]:
        """The names and what they hold.

        >>> exact_mdp.bundled("two-state").solve_policy().evaluate().to_dict()["j"]
        5.547945205479452
        """
        return dict(self._document)

    def plot(self) -> Picture:
        """The picture that the command draws of it. Raises ExactMdpError where there is none.

        >>> exact_mdp.bundled("two-state").solve_policy().chain().plot()
        <Picture: the chain of a policy on two-state>
        """
        if self._picture is None and self._answer is not None:
            drawn = self._answer.draw()
            self._picture = None if drawn is None else Picture(drawn[1], drawn[0])
        if self._picture is None:
            raise _core.ExactMdpError(f"there is no picture of this answer of {self._command!r}")
        return self._picture

    def to_json(self) -> str:
        """The JSON that the program writes.

        >>> import json
        >>> json.loads(exact_mdp.bundled("two-state").solve_policy().evaluate().to_json())["j"]
        5.547945205479452
        """
        if self._answer is None:  # of a pickle
            return json.dumps(_plain(self._document))
        text: bytes = self._answer.written("json")
        return text.decode()

    def save(self, path: str | PathLike[str], *, test: str | None = None, force: bool = False) -> None:
        """Writes what the program writes with -o: .json, .yaml, .csv, or .npz for NumPy, to a file that is not there yet.

        Of a reference `test`, "pytest" or "cargo", also writes a test beside it that reads the JSON, and a file
        for the function of yours that it asks, which is never written over. `force` writes over the others. A
        report out of a pickle is written as .json alone.

        >>> import tempfile, pathlib
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> exact_mdp.bundled("two-state").solve_policy().reference().save(folder / "heater.json", test="pytest")
        >>> sorted(file.name for file in folder.iterdir())
        ['heater.json', 'mine_heater.py', 'test_heater.py']
        """
        path = Path(path)
        files = {path: self._written(path)}
        mine: dict[Path, bytes] = {}
        if test is not None:
            if self._command != "reference" or path.suffix != ".json":
                raise _core.ExactMdpError(f"a test reads the JSON of a reference; {path.name} of {self._command!r} is none")
            found, asked = _core._test_files(test, path.stem)
            files[path.with_name(found[0])] = found[1].encode()
            mine[path.parent / asked[0]] = asked[1].encode()
        there = [file for file in files if file.exists()]
        if there and not force:
            raise FileExistsError(f"{there[0]} is there already, and is not written over without force=True")
        for file, content in files.items():
            file.write_bytes(content)
        for file, content in mine.items():
            if not file.exists():
                file.parent.mkdir(exist_ok=True)
                file.write_bytes(content)

    def _written(self, path: Path) -> bytes:
        ending = path.suffix.removeprefix(".")
        if self._answer is not None:
            written: bytes = self._answer.written(ending)
            return written
        if ending == "json":
            return self.to_json().encode()
        raise _core.ExactMdpError(f"a report out of a pickle is written as JSON; {path.name} ends in {path.suffix!r}")

    def __getitem__(self, name: str) -> Any:
        return self._document[name]

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and name in self._document:
            return self._document[name]
        raise AttributeError(f"the answer of {self._command!r} has no {name!r}; it has {', '.join(self._document)}")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._document]

    def __iter__(self) -> Iterator[str]:
        return iter(self._document)

    def __len__(self) -> int:
        return len(self._document)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Report) and self._command == other._command and same_parts(self._document, other._document)

    def __hash__(self) -> int:
        return hash((self._command, *self._document))

    def __reduce__(self) -> tuple[Any, ...]:
        return (_restored, (self._command, self._document, self._warnings, self._seen()))

    def __copy__(self) -> "Report":
        return self

    def __deepcopy__(self, memo: Any) -> "Report":
        copied = Report(self._command, deepcopy(self._document, memo), self._warnings, self._answer)
        copied._picture = self._picture
        return copied

    def _seen(self) -> Picture | None:
        """The picture, if there is one."""
        try:
            return self.plot()
        except _core.ExactMdpError:
            return None

    def __repr__(self) -> str:
        return f"<Report of {self._command}: {', '.join(self._document)}>"

    def _repr_html_(self) -> str:
        rows = (f"<tr><th>{escape(name)}</th><td>{escape(_short(value))}</td></tr>" for name, value in self.items())
        seen = self._seen()
        picture = "" if seen is None else f"<div>{seen._image()}</div>"
        return f"{picture}<table>{''.join(rows)}</table>"


def _restored(command: str, document: Mapping[str, Any], warnings: list[str], picture: Picture | None) -> Report:
    """A report out of a pickle."""
    report = Report(command, document, warnings)
    report._picture = picture
    return report


def written(report: Any) -> str:
    """The JSON of a report, as the program would have written it."""
    if not isinstance(report, Report):
        raise _core.ExactMdpError(f"resume is a {type(report).__name__}; expected a path or the Report of an earlier run")
    return report.to_json()


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, Fraction):
        return str(value)
    return None if isinstance(value, float) and np.isnan(value) else value


def _value(name: str, value: Any, exact: bool) -> Any:
    if isinstance(value, dict):
        return {key: _value(key, part, exact) for key, part in value.items()}
    if isinstance(value, list):
        if not exact and _is_numeric(value):
            array = np.array(value, dtype=float)
            array.flags.writeable = False
            return array
        return [_value(name, part, exact) for part in value]
    if exact and isinstance(value, str) and name not in _NAMES:
        return _fraction(value)
    return value


def _is_numeric(value: list[Any]) -> bool:
    """Whether a list is a vector, or a matrix, of numbers, with at least one."""
    flat = value
    while flat and all(isinstance(part, list) for part in flat):
        if len({len(part) for part in flat}) > 1:
            return False
        flat = [entry for part in flat for entry in part]
    numbers = [isinstance(entry, (int, float)) and not isinstance(entry, bool) for entry in flat]
    return any(numbers) and all(number or entry is None for number, entry in zip(numbers, flat))


def _fraction(text: str) -> Any:
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        return text


def _short(value: Any) -> str:
    if isinstance(value, np.ndarray) and value.size > 12:
        return f"float64 {list(value.shape)}, from {np.nanmin(value):.6g} to {np.nanmax(value):.6g}"
    text = str(value)
    return text if len(text) <= 200 else text[:199] + "…"
