"""Programs that attack their judge; each is run with all layers and with some of them missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from strop.sandbox.equality import equal
from strop.sandbox.jobs import CallJob, Limits, ProgramJob, Status

from .conftest import Bench

LIMITS = Limits(cpu_seconds=1, wall_seconds=1.5)

# What the program does, its source, and what may come of it (never the right answer, 42).
HOSTILE: dict[str, tuple[str, set[Status]]] = {
    "exits while loading": ("import os\nos._exit(0)\n", {"crashed"}),
    "exits in the call": ("import sys\ndef f():\n    sys.exit(0)\n", {"error"}),
    "exits from a thread": (
        "import os, threading, time\n"
        "threading.Timer(0.05, os._exit, (0,)).start()\ndef f():\n    time.sleep(9)\n",
        {"crashed"},
    ),
    "interrupts": ("def f():\n    raise KeyboardInterrupt\n", {"error"}),
    "leaves only the main thread": (
        "import ctypes, threading, time\n"
        "threading.Thread(target=time.sleep, args=(60,)).start()\n"
        "def f():\n    ctypes.CDLL(None).syscall(60, 0)\n",
        {"timeout", "crashed"},
    ),
    "lies about equality": (
        "class L(int):\n    def __eq__(self, o):\n        return True\n    __hash__ = None\n"
        "def f():\n    return L(1)\n",
        {"passed"},
    ),
    "patches the encoder": (
        "import json, builtins\n"
        "json.dumps = json.encoder.JSONEncoder.encode = lambda *a, **k: '42'\n"
        "builtins.type = lambda x: int\ndef f():\n    return 1\n",
        {"passed", "error"},
    ),
    "forges the channel": (
        "import gc\n"
        "for o in gc.get_objects():\n"
        "    if type(o).__name__ == 'Channel':\n"
        "        for line in ('{\"load\":null}', '{\"value\":1}', '{\"end\":true}'):\n"
        "            o.write(line)\n"
        "def f():\n    import os\n    os._exit(0)\n",
        {"passed", "crashed"},
    ),
    "forges nonsense": (
        "import gc, os\n"
        "for o in gc.get_objects():\n"
        "    if type(o).__name__ == 'Channel':\n        o.write('[' * 9999)\n"
        "def f():\n    os._exit(0)\n",
        {"crashed"},
    ),
    "overwrites the channel's length": (
        "import gc, mmap, os\n"
        "for o in gc.get_objects():\n"
        "    if type(o).__name__ == 'Channel':\n        o._memory[0:8] = b'\\xff' * 8\n"
        "def f():\n    os._exit(0)\n",
        {"crashed"},
    ),
    "kills its parent": (
        "import os, signal\ndef f():\n    os.kill(os.getppid() or 2, signal.SIGKILL)\n",
        {"forbidden", "error"},
    ),
    "kills everyone": ("import os\ndef f():\n    os.kill(-1, 9)\n", {"forbidden", "error"}),
    "forks": ("import os\ndef f():\n    return os.fork()\n", {"forbidden"}),
    "leaves a daemon": (
        "import posix, time\ndef f():\n    if not posix.fork():\n"
        "        posix.setsid()\n        time.sleep(60)\n    return 1\n",
        {"forbidden"},
    ),
    "starts a program": (
        "import subprocess\ndef f():\n    return subprocess.run(['/bin/true']).returncode\n",
        {"forbidden"},
    ),
    "opens a socket": ("import socket\ndef f():\n    socket.socket()\n", {"forbidden"}),
    "raises its limits": (
        "import resource\ndef f():\n    resource.setrlimit(resource.RLIMIT_CPU, (1, 1))\n"
        "    return 1\n",
        {"forbidden", "error"},
    ),
    "traces another": (
        "import ctypes\ndef f():\n    return ctypes.CDLL(None).ptrace(16, 1, 0, 0)\n",
        {"passed"},
    ),
    "takes back its death signal": (
        "import ctypes\ndef f():\n    return ctypes.CDLL(None).prctl(1, 0)\n",
        {"passed"},
    ),
    "reads the parent's memory": (
        "def f():\n    return open('/proc/1/environ').read()\n",
        {"forbidden", "error"},
    ),
    "lists the host": (
        "import os\ndef f():\n    return os.listdir('/home')\n",
        {"forbidden", "error"},
    ),
    "changes modes": (
        "import os\ndef f():\n    os.chmod('/usr/lib', 0o777)\n",
        {"forbidden", "error"},
    ),
    "floods its outputs": (
        "import os\ndef f():\n    for _ in range(200):\n        os.write(1, b'x' * 10**6)\n",
        {"passed"},
    ),
    "never stops yielding": ("def f():\n    while True:\n        yield 1\n", {"error", "timeout"}),
    "returns a bomb": (
        "def f():\n    x = [0]\n    for _ in range(99):\n        x = [x, x]\n    return x\n",
        {"error", "timeout"},
    ),
    "breaks its own repr": (
        "class R:\n    def __repr__(self):\n        raise SystemExit\ndef f():\n    return R()\n",
        {"error"},
    ),
    "raises an unprintable": (
        "class E(Exception):\n    def __str__(self):\n        raise KeyboardInterrupt\n"
        "def f():\n    raise E\n",
        {"error"},
    ),
    "corrupts small integers": (
        "import ctypes\ndef f():\n    for v in range(200):\n"
        "        ctypes.c_uint32.from_address(id(v) + 24).value = 7\n    return 7\n",
        {"passed", "crashed", "error", "timeout"},
    ),
    "looks for expected values": (
        "import sys\ndef f():\n    g = sys._getframe(1)\n    while g:\n"
        "        if '42' in list(map(repr, g.f_locals.values())):\n            return 42\n"
        "        g = g.f_back\n    return 1\n",
        {"passed"},
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_attack_is_taken_for_the_answer(any_bench: Bench, name: str) -> None:
    source, allowed = HOSTILE[name]
    done = any_bench.run(CallJob(source, "f", [[]], LIMITS))
    assert done.status in allowed, done
    accepted = done.status == "passed" and equal(done.outputs[0].value, 42)
    assert not accepted
    assert done.wall_seconds < LIMITS.wall_seconds + 1
    after = any_bench.run(CallJob("def f():\n    return 42\n", "f", [[]]))
    assert after.outputs[0].value == 42


def test_files_outside_scratch_are_out_of_reach(any_bench: Bench, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("42")
    source = (
        "def f(path, mode):\n    with open(path, mode) as file:\n"
        "        return file.read() if mode == 'r' else file.write('x')\n"
    )
    tries = [
        [str(secret), "r"],
        [str(secret), "w"],
        [str(tmp_path / "new"), "w"],
        [__file__, "r"],
        [str(Path.home() / "strop-planted"), "w"],
        ["/etc/passwd", "r"],
        ["/usr/lib/strop-planted", "w"],
    ]
    done = any_bench.run(CallJob(source, "f", tries))
    statuses = {args[0]: o.status for args, o in zip(tries, done.outputs, strict=True)}
    readable = "landlock" not in done.layers
    for path, status in statuses.items():
        if readable and path == "/etc/passwd":
            continue
        assert status in ("forbidden", "error"), (path, status)
    assert secret.read_text() == "42"
    assert not (tmp_path / "new").exists()


def test_scratch_is_writable_and_empty_again_for_the_next_job(any_bench: Bench) -> None:
    source = (
        "import os\ndef f():\n    before = os.listdir('.')\n"
        "    os.makedirs('a/b')\n    open('a/b/c', 'w').write('x')\n    os.symlink('/etc', 'a/l')\n"
        "    os.mkdir('closed', 0)\n    return before\n"
    )
    for _ in range(2):
        done = any_bench.run(CallJob(source, "f", [[]]))
        assert (done.status, done.outputs[0].value) == ("passed", [])
    assert Path("/etc").is_dir()


def test_the_environment_tells_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    source = (
        "import os, sys\n"
        "print(sorted(os.environ))\nprint(sys.argv, os.listdir('.'))\n"
        "print([m for m in sys.modules if m.split('.')[0] == 'inside'])\n"
        "print([fd for fd in range(64) if os.path.exists(f'/proc/self/fd/{fd}')])\n"
        "for fd in range(3, 64):\n"
        "    try:\n        os.fstat(fd)\n    except OSError:\n        continue\n"
        "    print('open', fd)\n"
    )
    done = bench.run(ProgramJob(source))
    assert done.status == "passed", done
    assert "secret" not in done.stdout
    assert "KEY" not in done.stdout
    assert "open" not in done.stdout
    assert done.stdout.splitlines()[2] == "[]"


def test_candidates_hold_no_capability(any_bench: Bench) -> None:
    source = (
        "import ctypes, struct\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "def f():\n    head = struct.pack('<II', 0x20080522, 0)\n"
        "    data = ctypes.create_string_buffer(24)\n"
        "    libc.capget(head, data)\n    return bytes(data)\n"
    )
    assert any_bench.run(CallJob(source, "f", [[]])).outputs[0].value == bytes(24)
