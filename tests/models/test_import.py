from __future__ import annotations

import subprocess
import sys


def test_importing_the_room_loads_no_client_and_no_engine():
    code = (
        "import sys, strop.models; "
        "print([m for m in ('aiohttp', 'xllamacpp', 'platformdirs') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
