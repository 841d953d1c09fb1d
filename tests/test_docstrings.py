"""Examples in docstrings are run, and everything public says what it is."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil

import invigilator
import matplotlib
import pytest
import realname
from invigilator import expect

matplotlib.use("Agg")
PROGRAMS = {"invigilator.__main__"}


def modules() -> list[str]:
    found = ["realname", "invigilator"]
    for package in (realname, invigilator):
        found += [m.name for m in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]
    return sorted(set(found) - PROGRAMS)


@pytest.mark.parametrize("name", modules())
def test_examples_in_docstrings_are_true(name):
    module = importlib.import_module(name)
    expect.begin(None)  # nobody's submission, whatever another test left behind
    result = doctest.testmod(
        module, optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    )
    assert result.failed == 0, f"{name}: an example in a docstring does not give what it says"


@pytest.mark.parametrize("name", modules())
def test_everything_public_has_a_docstring(name):
    module = importlib.import_module(name)
    silent = [] if inspect.getdoc(module) else [name]
    for label, thing in vars(module).items():
        if label.startswith("_") or getattr(thing, "__module__", None) != name:
            continue
        if (inspect.isfunction(thing) or inspect.isclass(thing)) and not thing.__doc__:
            silent.append(label)
    assert not silent, f"{name}: say in a docstring what these are: {silent}"
