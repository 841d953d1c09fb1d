"""Problem sets run from top to bottom without a network: the course needs none once installed."""

from __future__ import annotations

import pytest
from support.notebooks import problem_sets, reached_out, run


@pytest.mark.parametrize("path", problem_sets(), ids=lambda path: path.stem)
def test_a_reference_runs_with_sockets_blocked(path, tmp_path):
    done = run(path, tmp_path)
    errors = [
        f"{cell.id}: {output.evalue}"
        for cell in done.cells
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    ]
    assert not errors, f"{path.name}: the reference stops at {errors[0] if errors else ''}"
    assert not reached_out(tmp_path), f"{path.name} reaches for the network: the log says where"
