"""The one recorded seed per assignment and collection that hidden inputs come from."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from pathlib import Path

from .skeleton import folder, write_whole

FILE = "seed.json"


def derive(key: bytes, assignment: str, collection: int) -> int:
    """A 63-bit number from the term's key, the assignment and the collection.

    Without a key the number is still fixed, and known to anyone who reads this file:
    good for practice, not for closed marks.

    >>> derive(b"", "ps01", 0) == derive(b"", "ps01", 0) != derive(b"", "ps01", 1)
    True
    """
    text = f"{assignment}|{collection}".encode()
    digest = hmac.new(key or b"open practice", text, hashlib.sha256).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def collection_seed(root: str | os.PathLike[str], assignment: str, *, new: bool = False) -> int:
    """The recorded seed of an assignment; made and recorded the first time it is asked for.

    ``new=True`` starts another collection, so that the next marking uses other inputs.
    The key is the content of ``term.key`` in the course folder, if there is one.
    """
    path = folder(root, assignment) / FILE
    number = -1
    if path.exists():
        known = json.loads(path.read_text(encoding="utf-8"))
        if not new:
            return int(known["seed"])
        number = int(known["collection"])
    key = Path(root) / "term.key"
    secret = key.read_bytes().strip() if key.exists() else b""
    seed = derive(secret, assignment, number + 1)
    write_whole(path, json.dumps({"collection": number + 1, "seed": seed,
                                  "from": "term.key" if secret else "open"}) + "\n")
    return seed
