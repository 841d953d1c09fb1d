"""The hostile corpus through stock nbgrader, for the table of comparison.

Attacks run twelve to a call of `nbgrader autograde`, with an honest submission after them in the
alphabet; those that touch other people's work, and all that a stopped batch left unmarked, run
alone. Everything runs inside namespaces of its own (`contained`), because stock nbgrader gives
student code the machine. Writes one JSON record per attack.

Usage: [STOCK_GROUP=12] python tests/bench/stock.py RESULT.json [NAME…]
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from hostile import base  # noqa: E402
from hostile.corpus import ATTACKS, MODULES  # noqa: E402
from hostile.stage import WITNESSES, Stage, environment, run  # noqa: E402

NBGRADER = [sys.executable, "-m", "nbgrader"]
TIMEOUT = 60


PROTOCOL = {"wire", "forged", "heavy"}
"""Modules of attacks on the engine's own protocol: they mean nothing to stock nbgrader."""
USER = 4321
BOUNDS = "prlimit --as=6000000000 --nproc=3000 --fsize=1000000000 --core=0"


def meant() -> list[str]:
    """The attacks that can be compared."""
    return [attack.name for module in MODULES for attack in module.ATTACKS
            if module.__name__.rpartition(".")[2] not in PROTOCOL]  # fmt: skip


def contained(command: list[str], share: Path) -> list[str]:
    """The command where nothing but a sized /tmp and the folder `share` can be written.

    Namespaces of its own for mounts, processes, network (loopback only) and IPC; the root is
    read-only; started by root, it becomes an ordinary user without capabilities. Memory is
    bounded for each process.
    """
    spaces = ["unshare", "--mount", "--pid", "--net", "--ipc", "--uts", "--fork", "--kill-child"]
    become = (f"setpriv --reuid {USER} --regid {USER} --clear-groups --no-new-privs"
              " --bounding-set=-all")  # fmt: skip
    if os.getuid():
        spaces[1:1], become = ["--user", "--map-root-user"], "setpriv --no-new-privs"
    prefix = os.path.realpath(sys.base_prefix)
    shown = [("/media", str(share))]
    hide = "mount -t tmpfs -o size=3g,mode=1777 none /tmp;"
    if prefix.startswith("/root/") and not os.getuid():
        shown.append(("/mnt", prefix))
        hide += " mount -t tmpfs -o mode=755 none /root;"
    script = (
        "set -e; mount --make-rprivate /;"
        + "".join(f" mount --bind {place} {at};" for at, place in shown)
        + hide
        + "".join(f" mkdir -p {place}; mount --move {at} {place};" for at, place in shown)
        + " mount -t tmpfs -o size=500m,mode=1777 none /dev/shm;"
        " mount -t tmpfs -o size=500m,mode=1777 none /var/tmp; mount -t proc none /proc;"
        " mount -o remount,bind,ro /; ip link set lo up; mkdir -p -m 777 /tmp/home;"
        f' cd {share}; exec {become} {BOUNDS} env HOME=/tmp/home USER=student "$@"'
    )
    return [*spaces, "sh", "-c", script, "sh", *command]


ALONE = {"gradebook", "other submissions", "parent killed", "parent traced", "host files",
         "files named like libraries", "symlinks"}  # fmt: skip
GROUP = int(os.environ.get("STOCK_GROUP", "12"))  # 1 where most of what is left stops a batch
HANGS = ("pipe", "sparse", "-> /dev", "deep", "many")


def alone(name: str) -> bool:
    """Does it touch the work of others, or hang whoever reads it?"""
    attack = ATTACKS[name]
    return attack.threat in ALONE or any(
        content.startswith(HANGS) for content in attack.files.values()
    )


def mark(names: list[str], keep: Path) -> dict[str, dict]:
    """Mark some attacks and a witness with one call of stock nbgrader."""
    attacks = [ATTACKS[name] for name in names]
    with Stage(attacks, limits={"cell": 5.0, "call": 0.5}) as stage:
        stage.generate(
            [*NBGRADER, "generate_assignment", base.ASSIGNMENT, "--create", "--force"], keep
        )
        grade = [*NBGRADER, "autograde", base.ASSIGNMENT, "--Execute.timeout=5",
                 "--Execute.iopub_timeout=10"]  # fmt: skip
        env = environment(INVIGILATOR_TOKEN=stage.token)
        if stage.hand_in_first():
            run(grade, stage.course, TIMEOUT + 30 * len(names), env)
        stage.hand_in_witnesses(WITNESSES[-1:])
        stage.hand_in()
        told = run(grade, stage.course, TIMEOUT + 30 * len(names), env)
        stopped = None in {stage.marks().get(WITNESSES[-1], {}).get(test) for test in base.MAX}
        run([*NBGRADER, "generate_feedback", base.ASSIGNMENT], stage.course, TIMEOUT, env)
        gains, unmarked = stage.gains(), stage.unmarked()
        harms = stage.harms(told["left"], told["log"])
        if len(names) == 1:
            harms[names[0]] = sum(harms.values(), [])
        return {
            name: {
                "threat": ATTACKS[name].threat, "gain": gains.get(name, ""),
                "harms": sorted(set(harms.get(name, []))), "unmarked": name in unmarked,
                "stopped": stopped, "late": told["late"], "code": told["code"],
                "others": sorted(set(harms.get("?", []))),
                "log": told["log"][-1500:] if stopped else "",
            }
            for name in names
        }  # fmt: skip


def inside(names: list[str], keep: Path) -> tuple[dict[str, dict], str]:
    """`mark` in a contained process of its own; `keep` holds the released course, or gets it."""
    share = Path(tempfile.mkdtemp(prefix="stock-"))
    part, error = share / "part.json", ""
    if any(keep.iterdir()):
        shutil.copytree(keep, share / "keep")
    if not os.getuid():
        for path in (share, *share.rglob("*")):
            os.chown(path, USER, USER, follow_symlinks=False)
    command = contained([sys.executable, __file__, str(part), *names], share)
    try:
        told = subprocess.run(
            command, env={**os.environ, "STOCK_INSIDE": str(share / "keep"), "TMPDIR": "/tmp"},
            text=True, capture_output=True, timeout=60 + 3 * (TIMEOUT + 30 * len(names)),
        )  # fmt: skip
        error = told.stderr[-600:]
    except subprocess.TimeoutExpired:
        error = "the whole run had to be ended"
    found = json.loads(part.read_text()) if part.exists() else {}
    if not names and (share / "keep").exists():
        shutil.copytree(share / "keep", keep, dirs_exist_ok=True)
    shutil.rmtree(share)
    return found, error


def main() -> None:
    """All attacks in groups, then the rest alone; results are kept as they come."""
    result = Path(sys.argv[1])
    if os.environ.get("STOCK_INSIDE"):
        keep = Path(os.environ["STOCK_INSIDE"])
        keep.mkdir(exist_ok=True)
        result.write_text(json.dumps(mark(sys.argv[2:], keep)))
        return
    done = json.loads(result.read_text()) if result.exists() else {}
    todo = [name for name in sys.argv[2:] or meant() if name not in done]
    keep = Path(tempfile.mkdtemp(prefix="stock-"))
    inside([], keep)
    together = [name for name in todo if not alone(name)]
    single = [name for name in todo if alone(name)]
    while together or single:
        group = together[:GROUP] or single[:1]
        together, single = (together[GROUP:], single) if together else ([], single[1:])
        found, error = inside(group, keep)
        stopped = any(one["stopped"] for one in found.values())
        unmarked = sorted(name for name in group if found.get(name, {"unmarked": 1})["unmarked"])
        if len(group) > 1 and (stopped or not found):  # by the first in the alphabet without marks
            single.append(unmarked[0])
            together = unmarked[1:] + together
            found = {name: {**one, "stopped": False} for name, one in found.items()
                     if name not in unmarked}  # fmt: skip
        elif not found:
            found = {group[0]: {"threat": ATTACKS[group[0]].threat, "error": error}}
        done |= found
        result.write_text(json.dumps(done, indent=0))
    shutil.rmtree(keep)


if __name__ == "__main__":
    main()
