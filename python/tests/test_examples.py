"""Every example of every docstring runs, those of compiled classes too."""

import doctest
import inspect

import pytest

import exact_mdp
import exact_mdp.testing


def documented():
    """All public functions, classes and their members that have an example."""
    for module in (exact_mdp, exact_mdp.testing):
        yield module.__name__, module.__doc__
        for name, item in vars(module).items():
            if name.startswith("_") or inspect.ismodule(item):
                continue
            yield f"{module.__name__}.{name}", inspect.getdoc(item)
            if inspect.isclass(item):
                for member, value in vars(item).items():
                    if not member.startswith("_"):
                        yield f"{module.__name__}.{name}.{member}", inspect.getdoc(value)


EXAMPLES = {name: text for name, text in documented() if text and ">>>" in text}


@pytest.mark.parametrize("name", EXAMPLES)
def test_example(name):
    parser = doctest.DocTestParser()
    test = parser.get_doctest(EXAMPLES[name], {"exact_mdp": exact_mdp}, name, None, 0)
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    failures, tried = doctest.DocTestRunner(optionflags=flags).run(test)
    assert tried > 0 and failures == 0


def test_every_public_name_is_documented():
    missing = [
        name for name in exact_mdp.__all__
        if name != "__version__" and not inspect.getdoc(getattr(exact_mdp, name))
    ]
    assert missing == []
