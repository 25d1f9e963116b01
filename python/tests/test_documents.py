"""The tutorial runs."""

import re

from conftest import ROOT


def test_the_tutorial_is_one_session_that_runs(capsys):
    text = (ROOT / "docs" / "python.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", text, re.S)
    assert len(blocks) >= 6
    exec(compile("\n".join(blocks), "docs/python.md", "exec"), {})
    assert "retry-loop" not in capsys.readouterr().err
