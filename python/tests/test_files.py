"""Answers as files: the bytes that the program writes, and tests beside references."""

import copy
import json
import os
import pickle
import re
import subprocess
import sys

import pytest

import exact_mdp
from test_studies import file

ENDINGS = ["json", "yaml", "csv", "npz"]


def written(program, tmp_path, ending, *arguments):
    """The bytes of what a command writes to a file."""
    path = tmp_path / f"theirs.{ending}"
    subprocess.run([program, *arguments, "-q", "-o", str(path)], check=True)
    return path.read_bytes()


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("command", ["evaluate", "chain", "gradient", "solve", "reference", "check"])
def test_files_are_those_of_the_program(command, ending, program, tmp_path):
    m = exact_mdp.bundled("retry-loop")
    s = m.solve_policy()
    calls = {"gradient": s.derivatives, "solve": m.solve, "check": m.check}
    report = (calls.get(command) or getattr(s, command))()
    path = tmp_path / f"ours.{ending}"
    report.save(path)
    theirs = written(program, tmp_path, ending, command, file("retry-loop"))
    if command == "check":  # the program names the file
        assert len(path.read_bytes()) > 100 and json.loads(report.to_json())["models"][0]["valid"]
    else:
        assert path.read_bytes() == theirs


def test_exact_and_certified_files(program, tmp_path):
    s = exact_mdp.bundled("two-state").solve_policy()
    for arithmetic, flag in (("exact", "--exact"), ("certified", "--certify")):
        theirs = written(program, tmp_path, "json", "evaluate", file("two-state"), flag)
        assert s.evaluate(arithmetic=arithmetic).to_json().encode() == theirs


def test_nothing_is_written_over(tmp_path):
    report = exact_mdp.bundled("two-state").solve_policy().evaluate()
    path = tmp_path / "v.json"
    report.save(path)
    with pytest.raises(FileExistsError, match="force=True"):
        report.save(path)
    path.write_text("other")
    report.save(path, force=True)
    assert json.loads(path.read_text())["j"] == report.j
    with pytest.raises(exact_mdp.ExactMdpError, match=r"\.json, \.yaml, \.csv or \.npz"):
        report.save(tmp_path / "v.txt")
    with pytest.raises(exact_mdp.ExactMdpError, match="reference"):
        report.save(tmp_path / "w.json", test="pytest")
    assert [one.name for one in tmp_path.iterdir()] == ["v.json"]


def test_copies_and_pickles_are_written_too(tmp_path):
    s = exact_mdp.bundled("two-state").solve_policy()
    for arithmetic in ("float", "exact"):
        report = s.evaluate(returns=True, arithmetic=arithmetic)
        for same in (copy.copy(report), copy.deepcopy(report)):
            assert same == report and same.to_json() == report.to_json()
        again = pickle.loads(pickle.dumps(report))
        assert again == report and json.loads(again.to_json()) == json.loads(report.to_json())
        assert again.plot() == report.plot()
    again.save(tmp_path / "a.json")
    with pytest.raises(exact_mdp.ExactMdpError, match="pickle"):
        again.save(tmp_path / "a.npz")


@pytest.mark.parametrize("tool", ["pytest", "cargo"])
def test_tests_beside_references_are_those_of_the_program(tool, program, tmp_path):
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for folder in (ours, theirs):
        folder.mkdir()
    report = exact_mdp.bundled("retry-loop").solve_policy().reference(arithmetic="exact")
    report.save(ours / "retry.json", test=tool)
    command = [program, "reference", file("retry-loop"), "--exact", "-q", "--for", tool, "-o", str(theirs / "retry.json")]
    subprocess.run(command, check=True)
    texts = [{str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.*")} for folder in (ours, theirs)]
    assert texts[0] == texts[1] and len(texts[0]) == 3
    (mine,) = [path for path in ours.rglob("*") if re.search("mine", str(path)) and path.is_file()]
    mine.write_text("filled in")
    with pytest.raises(FileExistsError):
        report.save(ours / "retry.json", test=tool)
    report.save(ours / "retry.json", test=tool, force=True)
    assert mine.read_text() == "filled in"
    with pytest.raises(exact_mdp.ExactMdpError, match="pytest"):
        report.save(ours / "other.json", test="unittest")


def test_a_test_that_is_filled_in_passes(tmp_path):
    s = exact_mdp.bundled("retry-loop").solve_policy()
    s.reference().save(tmp_path / "retry.json", test="pytest")
    mine = "import exact_mdp\n\ndef mine(reference):\n    s = exact_mdp.bundled('retry-loop').solve_policy()\n    return {'v': s.v, 'gradient': %s}\n"
    for gradient, passes in (("s.gradient", True), ("2 * s.gradient", False)):
        (tmp_path / "mine_retry.py").write_text(mine % gradient)
        ran = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path / "test_retry.py")],
            capture_output=True, text=True, env={k: v for k, v in os.environ.items() if k != "EXACT_MDP"}, cwd=tmp_path,
        )
        assert (ran.returncode == 0) is passes, ran.stdout


@pytest.mark.parametrize("name", ["two-state", "frozenlake-4x4", "multichain-average", "inventory-finite-horizon"])
def test_pages_hold_the_json_of_what_answers(name, tmp_path):
    m = exact_mdp.bundled(name)
    s = m.solve_policy()
    page = s.report()
    for what, answer in (("evaluate", s.evaluate), ("solve", m.solve)):
        begin = f'<script type="application/json" id="{what}">'
        if what == "evaluate" or begin in page.html:
            held = page.html.split(begin)[1].split("</script>")[0]
            assert held.replace("\\u003c", "<") == answer().to_json()
    assert "http://" not in page.html and "https://" not in page.html
    assert "s.report()" in page.html and "exact-mdp evaluate" not in page.html
    assert page == s.report() and page.html.startswith("<!DOCTYPE html>")
    page.save(tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == page.html
    with pytest.raises(FileExistsError):
        page.save(tmp_path / "page.html")
    shown = page._repr_html_()
    assert shown.startswith("<iframe sandbox") and shown.count("<") == 2 and pickle.loads(pickle.dumps(page)) == page
