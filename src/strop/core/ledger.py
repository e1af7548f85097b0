"""The ledger: an append-only record of every run in one SQLite file (WAL).

An event may carry a key: the digest of all that determines its content. A reply or a verdict under
a key that is already there is never paid for again, in this run or another, also after `kill -9`
(WAL keeps every committed event; each paid call is committed before its result is used).
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from strop.core.errors import BadInput, LedgerUnusable

__all__ = ["Event", "Ledger", "RunRow", "digest"]

_FORMAT = 1
_PATIENCE = 30.0
_SCHEMA = """
CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    run TEXT NOT NULL,
    at REAL NOT NULL,
    kind TEXT NOT NULL,
    key TEXT,
    body TEXT NOT NULL
);
CREATE INDEX events_by_key ON events(key) WHERE key IS NOT NULL;
CREATE INDEX events_by_run ON events(run, id);
"""


_BY_KEY = "SELECT run, body FROM events WHERE key = ? ORDER BY id"
_FIRST_BY_KEY = "SELECT body FROM events WHERE key = ? ORDER BY id LIMIT 1"


def digest(*parts: Any) -> str:
    """SHA-256 (32 hex digits of it) over the canonical JSON of the parts."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a run's record; `at` is Unix time in seconds."""

    id: int
    run: str
    at: float
    kind: str
    key: str | None
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run in the ledger: what began it and, once it ended, what its `end` event says."""

    id: str
    started: float
    begin: dict[str, Any]
    end: dict[str, Any] | None
    events: int


class Ledger:
    """One SQLite file, opened at first use. Safe for several processes at once.

    Raises `LedgerUnusable` for a folder that cannot be written, a full disk, or a foreign file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection: sqlite3.Connection | None = None

    def append(self, run: str, kind: str, body: dict[str, Any], key: str | None = None) -> None:
        """Add one event and commit it."""
        self.append_all(run, [(kind, body, key)])

    def append_all(self, run: str, rows: Iterable[tuple[str, dict[str, Any], str | None]]) -> None:
        """Add events in one transaction: all of them are kept, or none."""
        now = time.time()
        values = [(run, now, kind, key, _text(body)) for kind, body, key in rows]
        connection = self._open()
        try:
            with connection:
                connection.executemany(
                    "INSERT INTO events(run, at, kind, key, body) VALUES (?, ?, ?, ?, ?)", values
                )
        except sqlite3.Error as error:
            raise self._unusable(error) from error

    def find(self, key: str) -> dict[str, Any] | None:
        """The body of the first event under a key, of any run."""
        for (body,) in self._query(_FIRST_BY_KEY, (key,)):
            return json.loads(body)
        return None

    def found(self, key: str) -> list[tuple[str, dict[str, Any]]]:
        """(run, body) of every event under a key, the first first."""
        return [(run, json.loads(body)) for run, body in self._query(_BY_KEY, (key,))]

    def events(self, run: str) -> Iterator[Event]:
        """The events of a run in order."""
        rows = self._query(
            "SELECT id, run, at, kind, key, body FROM events WHERE run = ? ORDER BY id", (run,)
        )
        for id_, name, at, kind, key, body in rows:
            yield Event(id_, name, at, kind, key, json.loads(body))

    def runs(self) -> list[RunRow]:
        """Every run, the newest first."""
        counts = dict(self._query("SELECT run, count(*) FROM events GROUP BY run", ()))
        ends: dict[str, dict[str, Any]] = {}
        for run, body in self._query(
            "SELECT run, body FROM events WHERE kind = 'end' ORDER BY id", ()
        ):
            ends[run] = json.loads(body)
        begins: dict[str, RunRow] = {}
        for run, at, body in self._query(
            "SELECT run, at, body FROM events WHERE kind = 'begin' ORDER BY id", ()
        ):
            if run not in begins:
                begins[run] = RunRow(run, at, json.loads(body), ends.get(run), counts[run])
        return sorted(begins.values(), key=lambda row: row.started, reverse=True)

    def resolve(self, name: str) -> str:
        """The run id that `last`, a full id or a unique prefix stands for. Raises `BadInput`."""
        ids = [row.id for row in self.runs()]
        if not ids:
            raise BadInput(f"no runs in {self.path}; strop solve TASK makes one.")
        if name == "last":
            return ids[0]
        matches = [id_ for id_ in ids if id_ == name] or [i for i in ids if i.startswith(name)]
        if len(matches) != 1:
            what = "no run" if not matches else f"{len(matches)} runs"
            raise BadInput(f"{what} called {name!r} in {self.path}; strop runs list shows them.")
        return matches[0]

    def remove(self, run: str) -> int:
        """Delete a run's events (its paid replies too). Returns how many there were."""
        connection = self._open()
        try:
            with connection:
                return connection.execute("DELETE FROM events WHERE run = ?", (run,)).rowcount
        except sqlite3.Error as error:
            raise self._unusable(error) from error

    def close(self) -> None:
        """Close the file; a later call opens it again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _query(self, statement: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        try:
            return self._open().execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise self._unusable(error) from error

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                if not os.access(self.path.parent, os.W_OK):
                    raise PermissionError(f"no permission to write in {self.path.parent}")
                self._connection = _connect(self.path)
            except (sqlite3.Error, OSError) as error:
                raise self._unusable(error) from error
        return self._connection

    def _unusable(self, error: Exception) -> LedgerUnusable:
        return LedgerUnusable(
            f"ledger {self.path} cannot be used: {error}. "
            "Choose a writable folder with --ledger DIR or STROP_LEDGER."
        )


def _text(body: dict[str, Any]) -> str:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate, say half an emoji of a reply that was cut
        return json.dumps(body, separators=(",", ":"))
    return text


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_PATIENCE, check_same_thread=False)
    try:
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
            if tables and "events_by_key" not in tables:
                raise sqlite3.DatabaseError("it is a database of another program")
            if not tables:
                for statement in filter(str.strip, _SCHEMA.split(";")):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {_FORMAT}")
            elif version != _FORMAT:
                raise sqlite3.DatabaseError(
                    f"it was written by another version of strop (format {version}, not {_FORMAT})"
                )
        _write_ahead(connection)
        connection.execute("PRAGMA synchronous = NORMAL")
    except BaseException:
        connection.close()
        raise
    return connection


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Turn WAL on; SQLite does not wait by itself for others who open the file at this moment."""
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.005)
