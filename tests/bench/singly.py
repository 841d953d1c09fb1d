"""The hostile corpus, each notebook marked by a run of its own; results are kept as they come.

Honest submissions lie beside it, to be read or changed by those who try, but nobody else is marked.
As the user who calls it, in this machine's best mode, with the limits of the bench.

Usage: python tests/bench/singly.py RESULT.json [PART/PARTS]
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
os.environ["HOSTILE"] = "bench"

from hostile.corpus import ATTACKS  # noqa: E402
from test_hostile import mark_class  # noqa: E402


def alone(name: str) -> dict[str, object]:
    """What marking this one showed."""
    found = mark_class([name], workers=1, only=[name])
    record = found.records.get(name, {})
    return {
        "status": record.get("status", "no record"), "code": found.code,
        "gain": found.gains.get(name, ""), "unfair": found.unfair.get(name, ""),
        "unmarked": name in found.unmarked,
        "harms": sorted({harm for harms in found.harms.values() for harm in harms}),
        "log": "" if found.code == 0 else found.log[-1500:],
    }  # fmt: skip


def bad(one: dict[str, object]) -> bool:
    """Did anything happen that must not?"""
    return bool(one["code"] != 0 or one["gain"] or one["harms"] or one["unfair"] or one["unmarked"]
                or one["status"] in ("internal error", "no record"))  # fmt: skip


def table(result: Path) -> list[str]:
    """One sentence for the README."""
    done = json.loads(result.read_text())
    wrong = sorted(name for name, one in done.items() if bad(one))
    return [f"Each of {len(done)} of {len(ATTACKS)} notebooks marked by a run of its own: "
            f"{len(wrong)} gained a mark, did harm, went unmarked or broke the run"
            f"{': ' + ', '.join(wrong) if wrong else '.'}"]  # fmt: skip


def main() -> None:
    """All that have no result yet."""
    result = Path(sys.argv[1])
    part, parts = map(int, (sys.argv[2] if len(sys.argv) > 2 else "0/1").split("/"))
    done = json.loads(result.read_text()) if result.exists() else {}
    for name in list(ATTACKS)[part::parts]:
        if name not in done:
            done[name] = alone(name)
            result.write_text(json.dumps(done, indent=0))
            if bad(done[name]):
                print(name, done[name], flush=True)
    print("\n".join(table(result)))


if __name__ == "__main__":
    main()
