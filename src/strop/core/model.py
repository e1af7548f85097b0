"""What the core knows of a language model: a request, replies, and the meter of its calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from strop.core.errors import ModelError

__all__ = ["Hold", "Message", "Meter", "Model", "Price", "Reply", "Request", "TokenLogprob"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class TokenLogprob:
    """A generated token with its natural-log probability and the alternatives asked for."""

    token: str
    logprob: float
    top: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """One prompt, `n` independent draws from it. Exactly one of `messages` and `prompt` is set.

    `logprobs` is the number of alternatives a token (0: the chosen token's alone, None: none);
    `grammar` is GBNF, `schema` a JSON schema; `seed` decides all `n` draws together.
    """

    messages: tuple[Message, ...] = ()
    prompt: str | None = None
    n: int = 1
    temperature: float = 0.8
    top_p: float = 1.0
    max_tokens: int = 512
    stop: tuple[str, ...] = ()
    seed: int | None = None
    logprobs: int | None = None
    grammar: str | None = None
    schema: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """One completion. `tokens_in` is the prompt's count on the first draw of a call and 0 on the
    others; `estimated` marks counts that the provider did not report."""

    text: str
    finish: Literal["stop", "length", "other"] = "stop"
    tokens_in: int = 0
    tokens_out: int = 0
    logprobs: tuple[TokenLogprob, ...] | None = None
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for one million prompt and completion tokens."""

    usd_in: float = 0.0
    usd_out: float = 0.0

    def of(self, tokens_in: int, tokens_out: int) -> float:
        """US dollars for these counts."""
        return (tokens_in * self.usd_in + tokens_out * self.usd_out) / 1e6


class Hold(Protocol):
    """Budget set aside for one call to a provider. End it exactly once by one of three methods.

    `n` and `max_tokens` are what was granted, at most what was asked for.
    """

    n: int
    max_tokens: int

    def settle(self, tokens_in: int, tokens_out: int, *, estimated: bool = False) -> None:
        """The call succeeded and cost this much."""
        ...

    def fail(self, error: ModelError, *, billed: bool) -> None:
        """The call failed. `billed` False: the provider refused it (an HTTP error status), so it
        cost a call and no tokens. True: the cost is unknown, so the whole reservation is spent."""
        ...

    def cancel(self, tokens_in: int | None = None, tokens_out: int | None = None) -> None:
        """The call was abandoned. Counts: what was streamed; without, the whole reservation."""
        ...


class Meter(Protocol):
    """The one way to spend on a provider: reserve before the call leaves, settle after."""

    def reserve(self, *, tokens_in: int, max_tokens: int, n: int, price: Price | None) -> Hold:
        """Set aside the worst case, `tokens_in + n * max_tokens` tokens, one call and its price.

        Grants fewer draws where `n` do not fit, then fewer tokens where one draw does not fit.
        `tokens_in` is an upper bound: UTF-8 bytes of the prompt and of what the template adds.
        Raises `BudgetSpent` where not even a short draw fits.
        """
        ...


class Model(Protocol):
    """A source of text. `name` identifies it in the ledger's keys: same name, same distribution."""

    @property
    def name(self) -> str: ...

    @property
    def family(self) -> str:
        """How prompts for it are rendered: `chat` for strong chat models, `small` for tiny ones."""
        ...

    @property
    def ports(self) -> frozenset[str]:
        """Abilities beyond text: `logprobs`, `grammar`, `schema`, `seed`, `continuation`."""
        ...

    @property
    def price(self) -> Price | None:
        """What its tokens cost; None where that is not known, zero for a local model."""
        ...

    @property
    def many(self) -> bool:
        """Whether several draws travel as one call; a model may learn that they do not."""
        ...

    @property
    def batch(self) -> int:
        """How many draws are best kept in flight at once."""
        ...

    async def generate(self, request: Request, meter: Meter) -> Sequence[Reply | ModelError]:
        """`request.n` results in draw order; a failed draw is its error in that place.

        Every call to the provider (each retry, each hedge) goes through its own hold of `meter`.
        Raises `BudgetSpent` only where no draw at all could be reserved; `asyncio.CancelledError`
        ends what is in flight and settles its holds first. Where the meter grants fewer draws than
        asked, or the provider gives fewer at a time, only that many results come back.
        """
        ...

    async def aclose(self) -> None:
        """Close connections and worker threads."""
        ...
