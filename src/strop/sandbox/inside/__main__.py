"""Started as `PYTHON -s -m inside FD CONFIG`: become a zygote that speaks over the socket FD."""

from __future__ import annotations

import json
import os
import signal
import sys


def main() -> None:
    from . import hooks

    hooks.hold()
    from . import service, zygote

    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    control = int(sys.argv[1])
    config = json.loads(sys.argv[2])
    sys.argv = [""]
    sys.path.pop(0)
    sys.dont_write_bytecode = True
    server = zygote.Zygote(control, config)
    complaints = os.dup(2)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 2)
    os.close(null)
    try:
        service.serve(server)
    except BaseException:
        os.dup2(complaints, 2)
        raise
    # Nothing is worth tidying up in memory, and the parent waits.
    os._exit(0)


main()
