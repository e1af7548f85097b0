# Sourced by the other scripts: makes .venv with what they name, once per state of pyproject.toml.
# Usage: . scripts/environment.sh; need NAME PIP-ARGUMENTS...

venv="${STROP_VENV:-.venv}"

need() {
    name="$1"
    shift
    if [ ! -x "$venv/bin/python" ]; then
        python="${PYTHON:-python3}"
        command -v "$python" >/dev/null || { echo "no $python: install Python 3.11 or newer" >&2; exit 4; }
        "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
            echo "$("$python" --version) is too old: strop needs Python 3.11 or newer (set PYTHON=...)" >&2
            exit 4
        }
        echo "making $venv" >&2
        "$python" -m venv "$venv" || exit 4
        "$venv/bin/python" -m pip install -q --disable-pip-version-check --upgrade 'pip>=25.1' || exit 4
    fi
    stamp="$venv/.strop-$name"
    if [ ! -f "$stamp" ] || [ pyproject.toml -nt "$stamp" ]; then
        echo "installing: $*" >&2
        "$venv/bin/python" -m pip install -q --disable-pip-version-check "$@" || exit 4
        touch "$stamp"
    fi
    export PATH="$PWD/$venv/bin:$PATH"
}
