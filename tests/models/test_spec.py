from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strop.core.errors import BadInput, ToolUnavailable
from strop.models.embedded import EmbeddedModel
from strop.models.openai import OpenAIModel
from strop.models.spec import Spec, parse_spec, resolve

NAMES = st.text("abcxyz019-._:/@", min_size=1)
KEY = {"OPENAI_API_KEY": "k", "STROP_PRICES": "/nonexistent/prices.toml"}


@contextmanager
def listing(content: str) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = content.encode()
            self.send_response(200 if self.path == "/v1/models" else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test's output clean."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@given(
    st.one_of(st.just(""), st.from_regex(r"[A-Za-z_]\w{0,8}", fullmatch=True)),
    st.lists(NAMES, min_size=1),
)
def test_what_is_written_is_read_back(role: str, names: list[str]):
    text = ",".join(f"openai:{name}" for name in names)
    text = f"{role}={text}" if role else text
    assert parse_spec(text) == tuple(Spec(role, "openai", name) for name in names)


@given(st.text())
def test_any_text_is_read_or_refused_in_one_line(text: str):
    try:
        parse_spec(text)
    except BadInput as error:
        assert "--model" in str(error)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("embeded", "Did you mean embedded"),
        ("openai", "openai:"),
        ("openai:", "name a model"),
        ("hf:some/path", "not in this version"),
        (
            "lab:chess",
            "There are: minipy, minipy-judge, sums, sums-small, sums-judge, minipy-policy",
        ),
        ("lab:", "as in lab:minipy"),
        ("scripted:", "There are: openai:NAME, embedded, lab:NAME, none"),
        ("none,embedded", "mixture"),
        ("", "There are"),
    ],
)
def test_what_there_is_not(text: str, says: str):
    with pytest.raises(BadInput, match=says):
        parse_spec(text)


def test_roles_and_mixtures():
    models = resolve(["openai:a,openai:b", "judge=openai:a", "critic=embedded", "tester=none"], KEY)
    assert [m.name for m in models[""]] == ["openai:a", "openai:b"]
    assert models["judge"][0] is models[""][0]
    assert isinstance(models["critic"][0], EmbeddedModel)
    assert models["tester"] == ()


def test_a_known_model_has_its_price():
    assert resolve(["openai:gpt-4o-mini"], KEY)[""][0].price is not None


def test_none_is_an_empty_default():
    assert resolve(["none"], {}) == {"": ()}


def test_a_role_set_twice():
    with pytest.raises(BadInput, match="twice"):
        resolve(["openai:a", "openai:b"], KEY)


def test_the_default_is_the_endpoint_that_the_environment_names():
    assert resolve([], {**KEY, "OPENAI_MODEL": "m"})[""][0].name == "openai:m"
    with pytest.raises(BadInput, match="OPENAI_MODEL"):
        resolve([], KEY)


def test_the_first_model_that_a_base_url_lists():
    with listing(json.dumps({"data": [{"id": "llama"}, {"id": "b"}]})) as url:
        (model,) = resolve(["judge=embedded"], {"OPENAI_BASE_URL": url})[""]
    assert isinstance(model, OpenAIModel)
    assert (model.model, model.base_url) == ("llama", url)


@pytest.mark.parametrize("content", ["", "{}", '{"data": []}', '{"data": [{"id": 3}]}'])
def test_a_base_url_that_lists_nothing(content: str):
    with listing(content) as url, pytest.raises(ToolUnavailable, match="OPENAI_MODEL"):
        resolve([], {"OPENAI_BASE_URL": url})


def test_a_base_url_that_does_not_answer():
    with listing("") as url:
        pass
    with pytest.raises(ToolUnavailable, match="does not answer"):
        resolve([], {"OPENAI_BASE_URL": url})
    with pytest.raises(BadInput, match="http"):
        resolve([], {"OPENAI_BASE_URL": "file:///etc"})


def test_an_endpoint_without_a_key():
    with pytest.raises(ToolUnavailable, match="OPENAI_API_KEY"):
        resolve(["openai:gpt-4o"], {})


def test_without_anything_the_embedded_model_is_the_default(weights: Path):
    assert isinstance(resolve([], {})[""][0], EmbeddedModel)


def test_without_anything_at_all_both_commands_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("STROP_CACHE", str(tmp_path))
    with pytest.raises(ToolUnavailable) as error:
        resolve([], {})
    assert "pip install 'strop[local]'" in str(error.value)
    assert "strop models install embedded" in str(error.value)
