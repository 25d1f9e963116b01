"""The tutorial runs, and so do the page for users of other libraries and the notebook."""

import re

import pytest

from conftest import ROOT


def blocks(text):
    return re.findall(r"```python\n(.*?)```", text, re.S)


def sections():
    """The sections of a page that have code, by title."""
    text = (ROOT / "docs" / "python-from.md").read_text()
    parts = re.split(r"^## ", text, flags=re.M)[1:]
    return {part.splitlines()[0]: "\n".join(blocks(part)) for part in parts if blocks(part)}


def test_the_tutorial_is_one_session_that_runs(capsys):
    found = blocks((ROOT / "docs" / "python.md").read_text())
    assert len(found) >= 6
    exec(compile("\n".join(found), "docs/python.md", "exec"), {})
    assert "retry-loop" not in capsys.readouterr().err


@pytest.mark.parametrize("title", sections())
def test_code_from_other_libraries_runs(title):
    code = sections()[title]
    for module in re.findall(r"^import (quantecon|mdptoolbox|gymnasium|stormpy|scipy)", code, re.M):
        pytest.importorskip(module)
    exec(compile(code, title, "exec"), {"__name__": title})


def test_there_is_a_section_for_each_library():
    assert list(sections()) == ["From QuantEcon", "From pymdptoolbox", "From Gymnasium", "From stormpy"]


def test_the_notebook_runs_and_finds_the_mistake():
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    notebook = nbformat.read(ROOT / "python" / "examples" / "reinforce.ipynb", as_version=4)
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    shown = str([cell.get("outputs") for cell in notebook.cells])
    assert "gamma-dropped" in shown and "image/svg+xml" in shown
