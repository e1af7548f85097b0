"""Sampling from lab:minipy: strop's numpy runtime, 64 draws together against one at a time.

Usage: scripts/bench lab_sampling [--model minipy] [--problems 20] [--draws 64]

Real prompts of the test split, temperature 1, draws that end where they end. Where torch and
transformers are installed, their `generate` is timed in the same run on the same prompts. Prints
one JSON line; tokens are those generated.
"""

# pyright: reportMissingImports=false

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import time
from collections.abc import Callable
from random import Random
from typing import Any

from strop.lab import minipy, sums
from strop.lab.minipy.texts import writer_prompt
from strop.lab.sums.texts import prompt
from strop.lab.weights import FOLDER, load


def timed(work: Callable[[], int]) -> dict[str, float]:
    """Tokens a second of wall time and of processor time."""
    wall, cpu = time.perf_counter(), time.process_time()
    tokens = work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {"tokens": tokens, "per_second": tokens / wall, "per_cpu_second": tokens / cpu}


def with_transformers(name: str, prompts: list[str], draws: int) -> Callable[[], int]:
    """The same by `generate`, which sees the prompt once a draw."""
    import torch
    from tokenizers import Tokenizer
    from transformers import LlamaForCausalLM

    model: Any = LlamaForCausalLM.from_pretrained(FOLDER / name).float().eval()
    tokenizer = Tokenizer.from_file(str(FOLDER / name / "tokenizer.json"))
    end = tokenizer.token_to_id("<end>")

    def work() -> int:
        tokens = 0
        for text in prompts:
            ids = torch.tensor([tokenizer.encode(text).ids])
            with torch.inference_mode():
                out = model.generate(
                    ids,
                    do_sample=True,
                    temperature=1.0,
                    top_k=0,
                    num_return_sequences=draws,
                    max_new_tokens=256,
                    eos_token_id=end,
                    pad_token_id=0,
                )
            tokens += int((out[:, ids.shape[1] :] != 0).sum())
        return tokens

    return work


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="minipy")
    parser.add_argument("--problems", type=int, default=20)
    parser.add_argument("--draws", type=int, default=64)
    asked = parser.parse_args()
    if asked.model == "minipy":
        found = minipy.problems("test", asked.problems)
        prompts = [writer_prompt(p.description, p.visible) for p in found]
    else:
        prompts = [prompt("policy", p) for p in sums.problems("test", asked.problems)]
    speaker = load(asked.model)

    def own(draws: int, some: list[str]) -> int:
        tokens = 0
        for at, text in enumerate(some):
            rngs = [Random(f"{at} {draw}") for draw in range(draws)]
            (written,) = speaker.write([text], [rngs])
            tokens += sum(len(draw.pieces) for draw in written)
        return tokens

    own(4, prompts[:2])
    report: dict[str, Any] = {
        "model": asked.model,
        "problems": asked.problems,
        "draws": asked.draws,
        "threads": os.environ.get("OPENBLAS_NUM_THREADS", "all"),
        "together": timed(lambda: own(asked.draws, prompts)),
        "alone": timed(lambda: own(1, prompts)),
    }
    together, alone = report["together"]["per_second"], report["alone"]["per_second"]
    report["together_over_alone"] = together / alone
    if importlib.util.find_spec("transformers") and importlib.util.find_spec("torch"):
        report["transformers"] = timed(with_transformers(asked.model, prompts, asked.draws))
        report["over_transformers"] = together / report["transformers"]["per_second"]
    print(json.dumps(report))


if __name__ == "__main__":
    main()
