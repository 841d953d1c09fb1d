"""The whole corpus, by name."""

from . import again, bombs, documents, forged, host, machinery, objects, pages, wire
from .attack import Attack

MODULES = (machinery, objects, wire, forged, host, bombs, documents, pages, again)
ATTACKS: dict[str, Attack] = {a.name: a for module in MODULES for a in module.ATTACKS}
if len(ATTACKS) != sum(len(module.ATTACKS) for module in MODULES):
    raise ValueError("two attacks share a name")
