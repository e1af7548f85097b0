"""Trains a lab model from scratch with transformers' Trainer; goes on from its last checkpoint."""

# pyright: reportMissingImports=false
from __future__ import annotations

import json
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from strop.lab.drawn import drawn_pairs, read_drawn
from strop.lab.examples import Pair, pairs
from strop.lab.recipes import Recipe
from strop.lab.tokens import BAD, END, GOOD, PAD, train_tokenizer
from strop.lab.weights import FOLDER

__all__ = ["DRAWS", "encode", "train"]

DRAWS = "draws.jsonl"

_FOR_TOKENS = 20_000
_POOL = 2048
_IGNORED = -100
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3


def train(recipe: Recipe, folder: Path, hours: float | None = None, threads: int = 2) -> Path:
    """Train for `hours` of wall time or to the end of the recipe, and write the model (half
    precision, ordinary Hugging Face form) to `folder / "model"`. Checkpoints lie in `folder`; a
    later call goes on from the last. A recipe with draws finds them in `folder / DRAWS`. Returns
    the model's folder."""
    import torch
    from transformers import (
        LlamaConfig,
        LlamaForCausalLM,
        PreTrainedTokenizerFast,
        Trainer,
        TrainingArguments,
    )

    _keep_freed_memory()
    torch.set_num_threads(threads)
    torch.manual_seed(recipe.seed)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = _tokenizer(recipe, folder / "tokenizer.json")
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token=PAD, eos_token=END)
    config = LlamaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=recipe.width,
        num_hidden_layers=recipe.layers,
        num_attention_heads=recipe.heads,
        intermediate_size=recipe.inner,
        max_position_embeddings=recipe.context,
        tie_word_embeddings=True,
        pad_token_id=tokenizer.token_to_id(PAD),
        eos_token_id=tokenizer.token_to_id(END),
        bos_token_id=None,
        use_cache=False,
        attn_implementation="sdpa",
    )
    model = LlamaForCausalLM(config)
    if recipe.begin is not None:
        begin = _begin(folder, recipe.begin)
        model.load_state_dict(LlamaForCausalLM.from_pretrained(begin).float().state_dict())
    last = _last_checkpoint(folder)
    done = int(last.name.rpartition("-")[2]) if last else 0
    arguments = TrainingArguments(
        output_dir=str(folder),
        max_steps=recipe.steps,
        per_device_train_batch_size=1,
        learning_rate=recipe.rate,
        lr_scheduler_type="warmup_stable_decay",
        lr_scheduler_kwargs={"num_decay_steps": recipe.decay},
        warmup_steps=recipe.warmup,
        weight_decay=0.05,
        adam_beta2=0.98,
        max_grad_norm=1.0,
        logging_steps=25,
        save_steps=250,
        save_total_limit=2,
        seed=recipe.seed,
        report_to=[],
        ignore_data_skip=True,
        disable_tqdm=True,
        # Where the processor has no such instructions it takes fifteen times as long.
        bf16=torch.cuda.is_available() or torch.cpu._is_avx512_bf16_supported(),
        use_cpu=not torch.cuda.is_available(),
        dataloader_num_workers=0,
        remove_unused_columns=False,
    )
    trainer = Trainer(
        model=model,
        args=arguments,
        train_dataset=_stream(recipe, tokenizer, done, folder / DRAWS),
        compute_loss_func=_loss,
        data_collator=lambda batches: batches[0],
        callbacks=[_until(hours)],
    )
    before = time.process_time()
    trainer.train(resume_from_checkpoint=str(last) if last else None)
    _count(folder / "hours.json", trainer.state.global_step, time.process_time() - before)
    trainer.save_model(str(folder / "last"))
    trainer.save_state()
    if trainer.state.global_step % 250:
        trainer._save_checkpoint(model, None)  # pyright: ignore[reportPrivateUsage]
    out = folder / "model"
    model.half().save_pretrained(out)
    fast.save_pretrained(out)
    log = [row for row in trainer.state.log_history if "loss" in row]
    lines = [f"{row['step']},{row['loss']},{row['learning_rate']}" for row in log]
    (folder / "loss.csv").write_text("\n".join(["step,loss,learning_rate", *lines]) + "\n")
    return out


def _keep_freed_memory() -> None:
    """A step's tensors go back to the kernel and are asked for again otherwise, which can cost
    as much as the arithmetic. Only glibc has the switch; elsewhere it stays as it is."""
    import ctypes

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for parameter in (_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD):
            mallopt(parameter, (1 << 31) - 1)


def _loss(outputs: Any, labels: Any, num_items_in_batch: Any = None) -> Any:
    """Mean of -log p over labels, each weighted by 1 / sqrt(labels of its pair): else a verdict of
    one token would count for nothing beside a text of sixty."""
    import torch.nn.functional as functional

    logits, told = outputs.logits[:, :-1].float(), labels[:, 1:]
    losses = functional.cross_entropy(
        logits.transpose(1, 2), told, reduction="none", ignore_index=_IGNORED
    )
    learned = (told != _IGNORED).float()
    weights = learned * learned.sum(1, keepdim=True).clamp(min=1).rsqrt()
    return (losses * weights).sum() / weights.sum()


def encode(pair: Pair, tokenizer: Any, context: int) -> tuple[list[int], list[int]] | None:
    """Tokens and labels (prompt and left-out spans have none); None where it is too long."""
    prompt = tokenizer.encode(pair.prompt).ids
    whole = tokenizer.encode(pair.completion)
    ids = [*prompt, *whole.ids, tokenizer.token_to_id(END)]
    if len(ids) > context:
        return None
    if pair.scores:
        return ids, _scored(pair, len(prompt), whole, tokenizer)
    labels = [
        _IGNORED if any(a <= start < b for a, b in pair.without) else token
        for token, (start, _) in zip(whole.ids, whole.offsets, strict=True)
    ]
    return ids, [*[_IGNORED] * len(prompt), *labels, tokenizer.token_to_id(END)]


def _scored(pair: Pair, start: int, whole: Any, tokenizer: Any) -> list[int]:
    """No token is to be written: `+` or `-` is to be expected after the last token of each step,
    though the text goes on otherwise."""
    labels = [_IGNORED] * (start + len(whole.ids) + 1)
    after = {end: start + at + 1 for at, (_, end) in enumerate(whole.offsets)}
    for end, good in pair.scores:
        labels[after[end]] = tokenizer.token_to_id(GOOD if good else BAD)
    return labels


def _begin(folder: Path, name: str) -> Path:
    """The model to begin with: beside the folder, or else the one that ships."""
    beside = folder.parent / name / "model"
    return beside if (beside / "config.json").is_file() else FOLDER / name


def _tokenizer(recipe: Recipe, path: Path) -> Any:
    from tokenizers import Tokenizer

    if recipe.begin is not None:
        path = _begin(path.parent, recipe.begin) / "tokenizer.json"
    elif not path.exists():
        drawn = islice(pairs(recipe.world, recipe.mix, 0), _FOR_TOKENS)
        texts = (text for pair in drawn for text in (pair.prompt, pair.completion))
        train_tokenizer(texts, recipe.vocabulary).save(str(path))
    return Tokenizer.from_file(str(path))


def _stream(recipe: Recipe, tokenizer: Any, done: int, draws: Path) -> Any:
    from torch.utils.data import IterableDataset

    class Batches(IterableDataset[Any]):
        def __iter__(self) -> Iterator[Any]:
            # Far from what earlier steps saw, without counting what they were.
            start = 1_000_000 + done * 400
            source = (
                drawn_pairs(recipe.world, recipe.mix, read_drawn(draws), start)
                if recipe.draws
                else pairs(recipe.world, recipe.mix, start)
            )
            while True:
                yield from _batches(source, recipe, tokenizer)

    return Batches()


def _batches(source: Iterator[Pair], recipe: Recipe, tokenizer: Any) -> list[Any]:
    """A pool of pairs, sorted by length and cut into batches of about `batch_tokens`."""
    import random

    rows = [encode(pair, tokenizer, recipe.context) for pair in islice(source, _POOL)]
    kept = sorted((row for row in rows if row is not None), key=lambda row: len(row[0]))
    batches: list[Any] = []
    group: list[tuple[list[int], list[int]]] = []
    for row in kept:
        group.append(row)
        if len(group) * len(row[0]) >= recipe.batch_tokens:
            batches.append(_padded(group, tokenizer.token_to_id(PAD)))
            group = []
    random.Random(len(kept)).shuffle(batches)
    return batches


def _padded(group: list[tuple[list[int], list[int]]], pad: int) -> dict[str, Any]:
    import torch

    longest = max(len(ids) for ids, _ in group)
    # No mask: padding comes last, so that no token sees any, and attention without one is faster.
    return {
        "input_ids": torch.tensor([ids + [pad] * (longest - len(ids)) for ids, _ in group]),
        "labels": torch.tensor(
            [labels + [_IGNORED] * (longest - len(labels)) for _, labels in group]
        ),
    }


def _until(hours: float | None) -> Any:
    from transformers import TrainerCallback

    until = None if hours is None else time.monotonic() + 3600 * hours

    class Until(TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> Any:
            if until is not None and time.monotonic() > until:
                control.should_save = control.should_training_stop = True
            return control

    return Until()


def _count(path: Path, step: int, seconds: float) -> None:
    """Note what this call took, so that the model's card can tell the sum."""
    calls = json.loads(path.read_text()) if path.exists() else []
    path.write_text(json.dumps([*calls, {"to_step": step, "cpu_hours": seconds / 3600}]))


def _last_checkpoint(folder: Path) -> Path | None:
    found = sorted(folder.glob("checkpoint-*"), key=lambda p: int(p.name.rpartition("-")[2]))
    return found[-1] if found else None
