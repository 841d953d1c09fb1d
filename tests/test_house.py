"""The house itself: what stands where, pins that agree, nothing that names a machine."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
import do  # noqa: E402

FOLDERS = {"course", "data", "assignments", "tests", ".ci"}
FILES = {
    "README.md", "pyproject.toml", "requirements.txt", "requirements-test.txt",
    "requirements-uv.txt", "environment.yml", "Makefile", "do.py", "LICENSE", "LICENSE-CONTENT",
    "CITATION.cff", "CONTRIBUTING.md", "PRIVACY.md", "CHANGELOG.md", ".gitignore",
    ".gitattributes", do.PIP.name,
}  # fmt: skip


def tracked() -> list[Path]:
    """Files git tracks, or would track: what a clone holds after the next commit."""
    out = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return [ROOT / line for line in out.splitlines() if (ROOT / line).is_file()]


def pins(name: str) -> dict[str, list[Requirement]]:
    found: dict[str, list[Requirement]] = {}
    for line in (ROOT / name).read_text().splitlines():
        if line and not line.startswith((" ", "#")):
            requirement = Requirement(line.rstrip(" \\"))
            found.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    return found


def version(requirement: Requirement) -> str:
    (specifier,) = requirement.specifier
    assert specifier.operator == "==", f"{requirement} is not an exact pin"
    return specifier.version


PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text())


def test_top_level_holds_only_what_the_design_names():
    top = {path.relative_to(ROOT).parts[0] for path in tracked()}
    extra = top - FOLDERS - FILES
    assert not extra, f"{sorted(extra)}: move it into {sorted(FOLDERS)}, or argue in CONTRIBUTING"
    missing = (FOLDERS | FILES) - top
    assert not missing, f"missing at the top level: {sorted(missing)}"


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        ("requirements.txt", PROJECT["dependencies"]),
        (
            "requirements-test.txt",
            PROJECT["dependencies"] + PROJECT["optional-dependencies"]["test"],
        ),
    ],
)
def test_pins_satisfy_pyproject(lock, wanted):
    locked = pins(lock)
    for text in wanted:
        requirement = Requirement(text)
        found = locked.get(canonicalize_name(requirement.name))
        assert found, f"{requirement.name} is in pyproject.toml but not in {lock}: make pins"
        for pin in found:
            assert requirement.specifier.contains(version(pin)), (
                f"{lock} pins {pin}, pyproject.toml asks {requirement}: make pins"
            )


def test_student_and_test_pins_name_the_same_versions():
    student, full = pins("requirements.txt"), pins("requirements-test.txt")
    for name, entries in student.items():
        assert sorted(map(str, entries)) == sorted(map(str, full.get(name, []))), (
            f"{name} differs between requirements.txt and requirements-test.txt: make pins"
        )


def test_test_tools_stay_out_of_the_student_environment():
    student = pins("requirements.txt")
    tools = {"frictionless", "statsmodels", "networkx", "playwright", "ruff", "mypy"}
    assert not tools & set(student), "test tools in requirements.txt: move them to the test extra"


def test_every_dependency_has_its_reason():
    text = (ROOT / "pyproject.toml").read_text().split("[project]")[1]
    for entry in PROJECT["dependencies"] + PROJECT["optional-dependencies"]["test"]:
        line = next(line for line in text.splitlines() if f'"{entry}"' in line)
        assert "#" in line.replace(entry, ""), f"say in pyproject.toml why the course needs {entry}"


def test_environment_yml_says_what_the_pins_say():
    conda = [entry for entry in ENVIRONMENT["dependencies"] if isinstance(entry, str)]
    (pip,) = [entry["pip"] for entry in ENVIRONMENT["dependencies"] if isinstance(entry, dict)]
    locked = pins("requirements.txt")
    card = dict(entry.split("=") for entry in conda if entry.split("=")[0] in locked)
    assert set(card) == {"jupyterlab", "pandas", "matplotlib", "nbgrader", "pytest"}
    for name, wanted in card.items():
        assert wanted in {version(pin) for pin in locked[name]}, f"{name}={wanted}: make pins"
    assert pip[-1] == "-e .", "environment.yml must end with the course itself"
    in_yml = sorted(str(Requirement(entry)) for entry in pip[:-1])
    in_lock = sorted(str(entry) for entries in locked.values() for entry in entries)
    assert in_yml == in_lock, "environment.yml and requirements.txt differ: make pins"


def test_python_of_environment_yml_is_one_the_course_supports():
    (python,) = [e for e in ENVIRONMENT["dependencies"] if str(e).startswith("python=")]
    assert Requirement(f"x{PROJECT['requires-python']}").specifier.contains(python.split("=")[1])


def test_installed_versions_are_the_pinned_ones():
    from importlib import metadata

    environment = default_environment()
    for name, entries in pins("requirements.txt").items():
        for pin in entries:
            if pin.marker is None or pin.marker.evaluate(dict(environment)):
                assert metadata.version(name) == version(pin), f"{name}: type make test again"


def test_every_pin_carries_hashes_and_no_address():
    for name in ("requirements.txt", "requirements-test.txt", "requirements-uv.txt"):
        text = (ROOT / name).read_text()
        assert "://" not in text and "index" not in text.lower(), f"{name} names an address"
        for block in re.split(r"\n(?=\S)", text.strip()):
            assert "--hash=sha256:" in block, f"{name}: no hash for {block.splitlines()[0]}"


def test_the_shipped_pip_is_the_expected_file():
    import hashlib

    assert hashlib.sha256(do.PIP.read_bytes()).hexdigest() == do.PIP_SHA256


# Written in two halves, so that this file does not hold what it forbids.
FORBIDDEN = {
    "a package registry's host": "|".join(
        re.escape(a + b)
        for a, b in [("pypi", ".org"), ("pythonhosted", ".org"), ("npmjs", ".org"),
                     ("npmjs", ".com"), ("anaconda", ".org"), ("deb.debian", ".org")]
    ),
    "a path of one machine": r"(?<![\w.])/(?:work|root|home/\w+|Users/\w+)/\w",
}  # fmt: skip


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_names(what):
    pattern = re.compile(FORBIDDEN[what])
    for path in tracked():
        if path.suffix == ".whl" or path == Path(__file__):
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        match = pattern.search(text)
        assert not match, f"{path.relative_to(ROOT)} names {what}: {match and match.group(0)}"


def test_nothing_produced_is_tracked():
    out = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    produced = re.compile(
        r"(^|/)(release|autograded|feedback|submitted|__pycache__|dist)/|\.(db|pyc|zip|key)$"
    )
    found = [line for line in out if produced.search(line) and not line.startswith("tests/")]
    assert not found, f"produced files are tracked: {found[:5]}"


MARKDOWN_LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)\s#]+)")


def test_links_between_the_projects_pages_lead_somewhere():
    for path in tracked():
        if path.suffix != ".md":
            continue
        for target in MARKDOWN_LINK.findall(path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), (
                f"{path.relative_to(ROOT)} links to {target}, which does not exist"
            )


def test_images_on_the_front_page_have_alt_text():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    images = re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", text)
    assert len(images) >= 3, "the front page shows three figures of the course"
    for alt, target in images:
        assert len(alt.split()) >= 5, f"{target}: say in the alt text what the figure shows"


def test_the_front_page_shows_what_the_course_draws_today():
    import io

    import numpy as np
    from PIL import Image

    sys.path.insert(0, str(ROOT / "tests" / "support"))
    import frontpage

    for name, shown in frontpage.figures().items():
        lies_there = Image.open(frontpage.IMAGES / name).convert("L")
        drawn = Image.open(io.BytesIO(shown.png())).convert("L").resize(lies_there.size)
        difference = np.abs(np.asarray(drawn, float) - np.asarray(lies_there, float)).mean()
        assert difference < 6, f"{name} has changed: python tests/support/frontpage.py"
