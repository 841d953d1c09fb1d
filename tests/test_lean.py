"""Commands start without the parts of nbgrader they do not use, and miss none of them."""

from __future__ import annotations

import subprocess
import sys

MARKING = """
import sys
from invigilator import lean
lean.start()
from invigilator import adopt, coordinator, course, gradebook, preprocess
from nbgrader.apps.baseapp import NbGrader
for name in ("jupyter_server", "nbgrader.server_extensions", "nbconvert.postprocessors.serve",
             "rfc3987_syntax.syntax_helpers", "requests.sessions", "nbconvert.exporters.html",
             "mistune", "bs4", "pandas", "matplotlib"):
    assert name not in sys.modules, name
"""
ALL = """
import nbconvert, nbgrader
from nbconvert import HTMLExporter
from nbgrader.apps import NbGraderApp, AutogradeApp
from nbgrader.converters import Autograde
from nbgrader.auth.jupyterhub import requests
from rfc3987_syntax import is_valid_syntax
assert nbgrader.__version__ == "0.9.6" and nbconvert.__version__[0].isdigit()
assert nbgrader._jupyter_server_extension_points() == [{"module": "nbgrader"}]
assert is_valid_syntax("iri", "http://example.org/ü") and not is_valid_syntax("iri", "no iri")
assert not hasattr(nbgrader, "nothing") and not hasattr(nbconvert, "nothing")
assert Autograde.__name__ == "Autograde" and requests.Session().headers
assert HTMLExporter and nbgrader.server_extensions and AutogradeApp.__name__ == "AutogradeApp"
"""


def run(code: str) -> None:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_marking_loads_no_notebook_server():
    run(MARKING)


def test_what_was_put_off_is_there_when_it_is_asked_for():
    run("from invigilator import lean\nlean.start()\n" + ALL)


def test_what_is_loaded_already_stays():
    run("import sys, nbgrader, nbconvert\nbefore = sys.modules['nbgrader']\n"
        "from invigilator import lean\nlean.start()\n"
        "assert sys.modules['nbgrader'] is before\n" + ALL)  # fmt: skip
