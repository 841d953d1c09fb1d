"""Import only the parts of nbgrader a command needs.

Importing the package `nbgrader` also loads its server extensions, and with them most of a notebook
server; `nbconvert` loads a web server and every format it can write; importing nbformat builds, by
way of jsonschema, a grammar for a format nobody asks for. Together they cost more than marking ten
submissions. `start` puts them off until they are used: nothing is left out, and a program that has
imported them already keeps them.
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import sys
import types
from typing import Any

SELDOM = (20_000, 20, 20)  # when garbage is collected: imports and marks make hardly any
GRAMMAR = "rfc3987_syntax"
PACKAGES = (
    "nbgrader",
    "nbgrader.apps",
    "nbgrader.converters",
    "nbconvert",
    "nbconvert.exporters",
    "nbconvert.filters",
    "requests",
)

WHERE = {  # names that others ask a whole package for
    ("nbconvert.filters", "ansi2html"): "nbconvert.filters.ansi",
    ("nbconvert.filters", "strip_ansi"): "nbconvert.filters.ansi",
}


def start() -> None:
    """Call it before anything of nbgrader is imported."""
    gc.set_threshold(*SELDOM)
    for name in PACKAGES:
        if name not in sys.modules:
            put_off(name)
    if GRAMMAR not in sys.modules and importlib.util.find_spec(GRAMMAR) is not None:
        sys.modules[GRAMMAR] = _grammar()


def put_off(name: str) -> None:
    """Make a package importable without running it; it runs when it is asked for a name.

    Its modules are imported as ever, so `from nbgrader import api` runs `nbgrader.api` alone.
    """
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None or spec.submodule_search_locations is None:
        return
    module = importlib.util.module_from_spec(spec)
    loader = spec.loader

    def lookup(wanted: str) -> Any:
        if wanted.startswith("__") and wanted not in ("__version__", "__all__"):
            raise AttributeError(wanted)
        if (name, wanted) in WHERE:
            return getattr(importlib.import_module(WHERE[name, wanted]), wanted)
        if importlib.util.find_spec(f"{name}.{wanted}") is not None:
            return importlib.import_module(f"{name}.{wanted}")
        del module.__dict__["__getattr__"]
        loader.exec_module(module)
        return getattr(module, wanted)

    module.__dict__["__getattr__"] = lookup
    sys.modules[name] = module
    above, _, last = name.rpartition(".")
    if above:
        setattr(sys.modules[above], last, module)


def _grammar() -> types.ModuleType:
    module = types.ModuleType(GRAMMAR)

    def is_valid_syntax(rule: str, text: str) -> bool:
        """The real check, loaded when it is needed."""
        if sys.modules.get(GRAMMAR) is module:
            del sys.modules[GRAMMAR]
        return bool(importlib.import_module(GRAMMAR).is_valid_syntax(rule, text))

    module.__dict__["is_valid_syntax"] = is_valid_syntax
    return module
