"""The pytest plugin: references are test modules, whose failures are diagnoses."""

import subprocess

import pytest

import exact_mdp
from conftest import ROOT

pytest_plugins = ["pytester"]

MINE = """
def mine(reference):
    s = reference.solved
    return {"v": s.v, "q": s.q.unstack(), "gradient": GRADIENT, "mean:reward-to-go": s.gradient}
"""


@pytest.fixture
def folder(pytester, program):
    """A folder with a reference of the retry loop."""
    reference = pytester.path / "retry.exact-mdp.json"
    model = ROOT / "mdps" / "retry-loop.yaml"
    subprocess.run([program, "reference", model, "--policy", "random:3", "-o", reference, "--quiet"], check=True)
    return pytester


def run(folder, gradient, *arguments):
    folder.makepyfile(my_code=MINE.replace("GRADIENT", gradient))
    folder.syspathinsert()
    return folder.runpytest_subprocess("--exact-mdp-solver", "my_code:mine", *arguments)


def test_right_numbers_pass(folder):
    run(folder, "s.gradient").assert_outcomes(passed=4, skipped=18)


def test_a_wrong_gradient_fails_with_its_diagnosis(folder):
    result = run(folder, "s.law('reward-to-go:dropped').mean")
    result.assert_outcomes(passed=3, failed=1, skipped=18)
    result.stdout.fnmatch_lines(["*retry.exact-mdp.json: gradient*", "*the gradient is wrong*", "*gamma-dropped*"])
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*_reference.py*")


def test_a_factor_is_named(folder):
    folder.makeconftest(
        "import pytest\n@pytest.fixture\ndef exact_mdp_solver():\n    return lambda r: {'v': 2 * r.solved.v, 'j': float('nan')}"
    )
    result = folder.runpytest_subprocess()
    result.assert_outcomes(failed=2, skipped=20)
    result.stdout.fnmatch_lines(["*all of it is 2 times*", "*j is nan*"])


def test_without_a_solver_all_is_skipped_and_says_why(folder):
    result = folder.runpytest_subprocess("-rs")
    result.assert_outcomes(skipped=22)
    result.stdout.fnmatch_lines(["*exact_mdp_solver = package.module:function*"])


def test_the_configuration_names_the_solver(folder):
    folder.makeini("[pytest]\nexact_mdp_solver = my_code:mine")
    folder.makepyfile(my_code=MINE.replace("GRADIENT", "s.gradient"))
    folder.syspathinsert()
    folder.runpytest_subprocess("-k", "gradient").assert_outcomes(passed=1, deselected=21)


@pytest.mark.parametrize(
    ("text", "words"),
    [("{", "is no JSON"), ("[]", "is no reference"), ('{"v": [0]}', "is no reference"), ("", "is no JSON")],
)
def test_what_is_no_reference_is_an_error(pytester, text, words):
    (pytester.path / "bad.exact-mdp.json").write_text(text)
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*{words}*"])


def test_what_the_solver_may_not_say_is_an_error(folder):
    for code, words in [("{'w': [1]}", "*has no 'w'*"), ("7", "*expected a dict*"), ("1 / 0", "*ZeroDivisionError*")]:
        folder.makeconftest(f"import pytest\n@pytest.fixture\ndef exact_mdp_solver():\n    return lambda r: {code}")
        result = folder.runpytest_subprocess("-k", "gradient")
        assert result.ret != 0
        result.stdout.fnmatch_lines([words])


def test_complex_and_masked_numbers_fail(folder):
    for value, words in [
        ("r.solved.v + 3j", "*v is complex*"),
        ("numpy.ma.array(r.solved.v, mask=True)", "*v*nan*"),
        ("'abc'", "*v is no array of numbers*"),
    ]:
        folder.makeconftest(f"import numpy, pytest\n@pytest.fixture\ndef exact_mdp_solver():\n    return lambda r: {{'v': {value}}}")
        result = folder.runpytest_subprocess()
        result.assert_outcomes(failed=1, skipped=21)
        result.stdout.fnmatch_lines([words])


def test_an_unknown_solver_is_an_error(folder):
    result = folder.runpytest_subprocess("--exact-mdp-solver", "nowhere:nothing", "-k", "gradient")
    result.assert_outcomes(errors=1, deselected=21)
    result.stdout.fnmatch_lines(["*No module named 'nowhere'*"])


def test_without_references_nothing_is_imported(pytester):
    pytester.makepyfile("import sys\ndef test_it():\n    assert 'exact_mdp' not in sys.modules and 'numpy' not in sys.modules")
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_references_can_be_asked(folder):
    from exact_mdp.testing import Reference

    reference = Reference("retry.exact-mdp.json")
    assert reference.solved.j == reference["j"]
    assert (reference.solved.gradient == reference["gradient"]).all()
    with pytest.raises(exact_mdp.ExactMdpError, match="has no 'w'"):
        reference.check("w", [1])
    with pytest.raises(AssertionError, match=r"v has the shape \[2\]"):
        reference.check("v", [1, 2])
