"""The whole corpus, by name."""

from . import again, bombs, documents, forged, heavy, host, machinery, objects, pages, wire
from .attack import Attack

MODULES = (machinery, objects, wire, forged, heavy, host, bombs, documents, pages, again)
ATTACKS: dict[str, Attack] = {a.name: a for module in MODULES for a in module.ATTACKS}


# quick by themselves, but they run into a limit
HELD = {
    "argument-made-huge", "del-rebinds", "exception-text-endless", "forged-bytes-colliding-keys",
    "hash-collisions", "interpreter-locked", "snapshot-is-the-original", "snapshot-refused",
    "sparse-bomb", "stopped-children", "struct-and-socket-patched", "subprocess-popen-left",
    "type-confusion-of-tags",
}  # fmt: skip
LIMITED = frozenset(HELD | {attack.name for attack in ATTACKS.values() if attack.slow})
"""Attacks that end at a limit: `make test` marks them with small ones."""

if len(ATTACKS) != sum(len(module.ATTACKS) for module in MODULES):
    raise ValueError("two attacks share a name")
if HELD - set(ATTACKS):
    raise ValueError(f"no such attack: {HELD - set(ATTACKS)}")
