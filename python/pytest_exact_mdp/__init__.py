"""A pytest plugin that holds one's code against references: files `NAME.exact-mdp.json`.

A reference is what `exact-mdp reference MODEL -o NAME.exact-mdp.json` writes. Each is a module of tests, one for
each quantity in it. What computes one's numbers is named by the option `exact_mdp_solver` of the configuration,
as "package.module:function", or is the fixture `exact_mdp_solver` of a conftest.py. It is called once for each
file, with an `exact_mdp.testing.Reference`, and gives a dict from quantities to numbers; what it leaves out is
skipped.

Where no such file is collected nothing is imported, NumPy least of all.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

ENDING = ".exact-mdp.json"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of the command line and of the configuration."""
    says = "what computes the numbers that are held against *.exact-mdp.json, as package.module:function"
    parser.getgroup("exact-mdp").addoption("--exact-mdp-solver", metavar="MODULE:FUNCTION", help=says)
    parser.addini("exact_mdp_solver", says)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """References are test modules."""
    if file_path.name.endswith(ENDING):
        return ReferenceFile.from_parent(parent, path=file_path)
    return None


@pytest.fixture
def exact_mdp_solver(request: pytest.FixtureRequest) -> Callable[[Any], Mapping[str, Any]]:
    """What computes the numbers that are held against references; override it, or name it by the option."""
    name = request.config.getoption("--exact-mdp-solver") or request.config.getini("exact_mdp_solver")
    if not name:
        pytest.skip("nothing is named that computes numbers: set exact_mdp_solver = package.module:function, or write the fixture")
    module, _, function = str(name).partition(":")
    try:
        found = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise pytest.UsageError(f"exact_mdp_solver = {name}: {error}; expected package.module:function") from error
    return found  # type: ignore[no-any-return]


class ReferenceFile(pytest.File):
    """A reference and what the solver made of it."""

    _made: Any = None

    def collect(self) -> Iterator[pytest.Item]:
        """A test for each quantity."""
        from exact_mdp.testing import Reference

        try:
            self.reference = Reference(self.path)
        except ValueError as error:
            raise self.CollectError(str(error)) from None
        for quantity in self.reference.quantities:
            yield Quantity.from_parent(self, name=quantity, callobj=self._test(quantity))

    def _test(self, quantity: str) -> Callable[..., None]:
        def test(exact_mdp_solver: Callable[[Any], Mapping[str, Any]]) -> None:
            __tracebackhide__ = True
            mine = self._answers(exact_mdp_solver)
            if quantity not in mine:
                pytest.skip(f"{quantity} is not computed")
            self.reference.check(quantity, mine[quantity])

        return test

    def _answers(self, solver: Callable[[Any], Mapping[str, Any]]) -> Mapping[str, Any]:
        """What the solver says, asked once; what it says beyond the reference is an error."""
        if self._made is None or self._made[0] is not solver:
            mine = solver(self.reference)
            if not isinstance(mine, Mapping):
                raise pytest.UsageError(f"exact_mdp_solver gave a {type(mine).__name__}; expected a dict from quantities to numbers")
            for name in mine:
                self.reference.expected(name)
            self._made = (solver, mine)
        return self._made[1]  # type: ignore[no-any-return]


class Quantity(pytest.Function):
    """One quantity of a reference."""

    def reportinfo(self) -> tuple[Path, int, str]:
        """The reference, not the plugin."""
        return self.path, 0, f"{self.path.name}: {self.name}"

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *arguments: Any) -> Any:
        """The diagnosis alone where a number is wrong; the traceback where the solver raised."""
        if excinfo.errisinstance(AssertionError) and excinfo.traceback[-1].name in ("check", "assert_gradient"):
            return str(excinfo.value)
        return super().repr_failure(excinfo, *arguments)
