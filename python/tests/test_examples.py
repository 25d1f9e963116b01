"""Every example of every docstring runs, those of compiled classes too."""

import doctest
import inspect

import pytest

import exact_mdp
import exact_mdp.pictures
import exact_mdp.testing


def documented():
    """All public functions, classes and their members that have an example."""
    for module in (exact_mdp, exact_mdp.testing, exact_mdp.pictures):
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
    if "gymnasium" in EXAMPLES[name]:
        pytest.importorskip("gymnasium")
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


def test_every_docstring_has_an_example():
    """Shapes, kinds and errors are shown, not only said."""
    classes = [item for item in vars(exact_mdp).values() if inspect.isclass(item) and not issubclass(item, Exception)]
    members = {
        f"exact_mdp.{cls.__name__}.{name}": inspect.getdoc(getattr(cls, name))
        for cls in classes for name in vars(cls) if not name.startswith("_")
    }
    assert len(members) > 100
    assert [name for name, text in members.items() if ">>>" not in (text or "")] == []
    functions = [name for name in exact_mdp.__all__ if inspect.isroutine(getattr(exact_mdp, name))]
    assert [name for name in functions if ">>>" not in (inspect.getdoc(getattr(exact_mdp, name)) or "")] == []
