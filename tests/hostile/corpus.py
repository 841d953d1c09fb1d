"""The whole corpus, by name."""

from collections.abc import Iterable

from . import again, bombs, documents, forged, host, machinery, objects, pages, wire
from .attack import Attack

MODULES = (machinery, objects, wire, forged, host, bombs, documents, pages, again)
ATTACKS: dict[str, Attack] = {a.name: a for module in MODULES for a in module.ATTACKS}


def shortened(attacks: Iterable[Attack]) -> list[str]:
    """Names of all quick attacks, and of one slow attack of each threat."""
    names, threats = [], set()
    for attack in attacks:
        if not attack.slow or attack.threat not in threats:
            names.append(attack.name)
        if attack.slow:
            threats.add(attack.threat)
    return names


if len(ATTACKS) != sum(len(module.ATTACKS) for module in MODULES):
    raise ValueError("two attacks share a name")
