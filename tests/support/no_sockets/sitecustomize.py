"""Start-up hook of a test kernel: no network but loopback, and every attempt is logged.

An audit hook cannot be taken off again by code in the same process, so a lesson cannot undo it,
and a library that swallows the refusal still leaves its line in the log.
"""

import os
import sys

LOG = os.environ.get("COURSE_SOCKET_LOG")
LOOPBACK = {"localhost", "127.0.0.1", "::1", ""}
NAMES = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")
ADDRESSES = ("socket.connect", "socket.sendto", "socket.bind", "socket.sendmsg")


def refuse(event: str, arguments: tuple) -> None:
    if event in NAMES:
        host = arguments[0]
    elif event in ADDRESSES and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if host is None or str(host) in LOOPBACK:
        return
    if LOG:
        with open(LOG, "a", encoding="utf-8") as log:
            log.write(f"{event} {host}\n")
    raise OSError(f"The course runs without network; {event} to {host} was refused.")


if LOG:
    sys.addaudithook(refuse)
