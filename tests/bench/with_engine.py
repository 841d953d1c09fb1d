"""A pytest plugin: every temporary course of nbgrader's own tests is configured with the engine."""

from __future__ import annotations

from pathlib import Path

import pytest

ADOPT = "from invigilator.adopt import adopt\nc = get_config()\nadopt(c)\n"


@pytest.fixture(autouse=True)
def engine(request: pytest.FixtureRequest) -> None:
    """Put the three lines of configuration in front of what the test writes."""
    if "temp_cwd" not in request.fixturenames:
        return
    request.getfixturevalue("temp_cwd")
    path = Path("nbgrader_config.py")
    path.write_text(ADOPT + path.read_text())
