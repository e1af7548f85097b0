"""HTTP to one endpoint: a pooled session for each event loop, and every failure typed."""

from __future__ import annotations

import asyncio
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from strop.core.errors import ModelError
from strop.models.answer import error_of
from strop.models.failure import Failure
from strop.models.retry import is_transient, retry_after

if TYPE_CHECKING:
    from aiohttp import ClientSession

__all__ = ["Wire"]

LONGEST_MESSAGE = 200


@dataclass(eq=False)
class _Line:
    session: ClientSession
    gate: asyncio.Semaphore


class Wire:
    """Posts JSON to `base_url`. At most `width` calls of one event loop are on the wire at once;
    `timeout` and `connect_timeout` are seconds and start when a call's turn has come."""

    def __init__(
        self,
        base_url: str,
        api_key: str | None,
        *,
        timeout: float,
        connect_timeout: float,
        width: int,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._api_key = api_key
        self._timeout = timeout
        self._connect_timeout = connect_timeout
        self._width = width
        self._lines: WeakKeyDictionary[asyncio.AbstractEventLoop, _Line] = WeakKeyDictionary()

    @property
    def gate(self) -> asyncio.Semaphore:
        """Holds callers back beyond `width`; taken before budget is reserved."""
        return self._line().gate

    async def post(self, path: str, body: bytes) -> bytes:
        """The body of a successful reply. Raises `Failure` for everything else."""
        import aiohttp

        try:
            async with self._line().session.post(
                self.base_url + path, data=body, allow_redirects=False
            ) as response:
                raw = await response.read()
        except aiohttp.ConnectionTimeoutError:
            raise self._unreachable("no connection in time") from None
        except aiohttp.ClientConnectorError as error:
            raise self._unreachable(str(error.os_error or error)) from error
        except aiohttp.InvalidURL as error:
            told = ModelError("connection", f"{self.base_url!r} is not a URL")
            raise Failure(told, billed=False, again=False) from error
        except TimeoutError:
            told = ModelError("timeout", f"no reply from {self.base_url} in {self._timeout:g} s")
            raise Failure(told, billed=True, again=True) from None
        except (aiohttp.ClientError, OSError) as error:
            told = ModelError(
                "connection",
                self.one_line(f"the connection to {self.base_url} broke: {error or type(error)}"),
            )
            raise Failure(told, billed=True, again=True) from error
        if response.status == 200:
            return raw
        raise self._refused(response.status, response.headers, raw)

    async def aclose(self) -> None:
        """Close the session of the running event loop."""
        line = self._lines.pop(asyncio.get_running_loop(), None)
        if line is not None:
            await line.session.close()

    def _line(self) -> _Line:
        loop = asyncio.get_running_loop()
        line = self._lines.get(loop)
        if line is None:
            line = self._lines[loop] = self._open()
        return line

    def _open(self) -> _Line:
        import aiohttp

        headers = {"Content-Type": "application/json"}
        if self._api_key:
            headers["Authorization"] = f"Bearer {self._api_key}"
        # The gate bounds the width; a limit of the pool would let waiting eat the call's timeout.
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=60),
            timeout=aiohttp.ClientTimeout(total=self._timeout, sock_connect=self._connect_timeout),
            headers=headers,
            cookie_jar=aiohttp.DummyCookieJar(),
            # Asking the environment for a proxy costs as much as the rest of a call.
            trust_env=bool(urllib.request.getproxies()),
        )
        return _Line(session, asyncio.Semaphore(self._width))

    def _unreachable(self, reason: str) -> Failure:
        """Nothing was sent, so nothing can be billed."""
        told = self.one_line(f"cannot connect to {self.base_url}: {reason}")
        return Failure(ModelError("connection", told), billed=False, again=True)

    def _refused(self, status: int, headers: Mapping[str, str], raw: bytes) -> Failure:
        message, holder = error_of(raw)
        kind = "rate_limit" if status == 429 else "http"
        again = is_transient(status) and holder.get("code") != "insufficient_quota"
        told = f"HTTP {status} from {self.base_url}: {message or 'no message'}"
        failure = Failure(
            ModelError(kind, self.one_line(told)),
            billed=False,
            again=again,
            wait=retry_after(headers.get("Retry-After"), time.time()),
        )
        failure.status = status
        failure.reason = message
        failure.param = holder.get("param")
        return failure

    def one_line(self, text: Any) -> str:
        """One short line without the key, which some servers repeat in their messages."""
        line = " ".join(str(text).split())
        if self._api_key:
            line = line.replace(self._api_key, "[key]")
        return line if len(line) <= LONGEST_MESSAGE else line[: LONGEST_MESSAGE - 1] + "…"
