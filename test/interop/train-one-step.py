"""Gives the builds of build-triplets.ts to TRL's SFTTrainer as they are, and trains one step on each.

    python test/interop/train-one-step.py <folder of builds> [<writer>]

The model and the tokenizer are made on the spot (no hub is asked): a two-layer Qwen2 with random weights, and byte-level
BPE trained on the build. What is checked is what the trainer makes of the rows: which tokens carry loss, and that they
spell the reasoning and the answer of the row and nothing of its prompt. The chat templates are TRL's own copies of those
of Qwen3, GLM-4.5, DeepSeek-R1 and gpt-oss, and a plain one. Prints a line a case and exits 1 if any fails.
"""

import math
import os
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_DATASETS_DISABLE_PROGRESS_BARS", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import datasets  # noqa: E402
import tokenizers  # noqa: E402
import torch  # noqa: E402
import transformers  # noqa: E402
import trl  # noqa: E402

SPECIAL = ["<|im_start|>", "<|im_end|>", "<|pad|>", "<|start|>", "<|end|>", "<|message|>", "<|channel|>", "<|return|>"]

# With the marks that `assistant_only_loss` needs.
PLAIN = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n"
    "{% if message.role == 'assistant' %}{% generation %}{{ message.content }}<|im_end|>{% endgeneration %}"
    "{% else %}{{ message.content }}<|im_end|>{% endif %}\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def shipped(name: str) -> str:
    path = Path(trl.__file__).parent / "chat_templates" / f"{name}.jinja"
    return path.read_text(encoding="utf-8")


@dataclass
class Case:
    format: str
    columns: list = field(default_factory=list)  # none: the rows as they are
    template: str = "plain"
    trained: str = "completion"  # or "conversation", or "assistants": every assistant turn
    options: dict = field(default_factory=dict)


# Whether the reasoning is among what is trained on follows from the format.
REASONS = {"think_inline", "reasoning_content", "thinking", "harmony"}

CASES = [
    Case("messages"),
    Case("messages", ["messages"], trained="conversation"),
    Case("messages", ["messages"], trained="assistants", options={"assistant_only_loss": True}),
    Case("prompt_completion"),
    Case("think_inline"),
    Case("think_inline", ["messages"], trained="conversation"),
    Case("think_inline", template="deepseek_r1_distill_training"),
    Case("think_inline", template="qwen3_training"),
    Case("reasoning_content", template="qwen3_training"),
    Case("reasoning_content", ["messages"], "qwen3_training", "assistants", {"assistant_only_loss": True}),
    Case("reasoning_content", template="glm4moe_training"),
    Case("thinking", template="gptoss_training"),
    Case("thinking", ["messages"], "gptoss_training", "assistants", {"assistant_only_loss": True}),
    Case("harmony", ["text"], trained="conversation"),
    Case("openai_jsonl", trained="conversation"),
]


def load(builds: Path, format: str, writer: str, cache: str) -> datasets.Dataset:
    folder = (builds / f"{format.replace('_', '-')}-{writer}" / "latest").resolve()
    return datasets.load_dataset(str(folder), "all", split="train", cache_dir=cache)


def make_tokenizer(texts: list) -> transformers.PreTrainedTokenizerFast:
    model = tokenizers.Tokenizer(tokenizers.models.BPE())
    model.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    model.decoder = tokenizers.decoders.ByteLevel()
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    trainer = tokenizers.trainers.BpeTrainer(vocab_size=1024, special_tokens=SPECIAL, initial_alphabet=alphabet)
    model.train_from_iterator(texts, trainer)
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=model, eos_token="<|im_end|>", pad_token="<|pad|>", clean_up_tokenization_spaces=False
    )


def make_model(tokenizer: transformers.PreTrainedTokenizerFast) -> transformers.Qwen2ForCausalLM:
    torch.manual_seed(0)
    return transformers.Qwen2ForCausalLM(
        transformers.Qwen2Config(
            vocab_size=len(tokenizer),
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=2,
            max_position_embeddings=4096,
            pad_token_id=tokenizer.pad_token_id,
            eos_token_id=tokenizer.eos_token_id,
        )
    )


def find_flaw(case: Case, row: dict, labels: list, ids: list, tokenizer, source: dict) -> str | None:
    """What is wrong with the loss of one row; `source` is the row of the messages build with the same place."""
    if any(label not in (-100, token) for label, token in zip(labels, ids, strict=True)):
        return "a label is neither the token nor -100"
    trained = tokenizer.decode([token for token, label in zip(ids, labels) if label != -100])
    masked = tokenizer.decode([token for token, label in zip(ids, labels) if label == -100])
    answer, reasoning = source["completion"][0]["content"], source["reasoning"]
    if trained.count(answer) < 1:
        return f"the answer is not trained on: {trained!r}"
    if (reasoning in trained) != (case.format in REASONS):
        return f"the reasoning is {'' if reasoning in trained else 'not '}trained on: {trained!r}"
    if case.format in REASONS and trained.index(reasoning) > trained.index(answer):
        return "the answer stands before the reasoning"
    users = [turn["content"] for turn in source["prompt"] if turn["role"] != "assistant"]
    earlier = [turn["content"] for turn in source["prompt"] if turn["role"] == "assistant"]
    places = {
        "completion": (masked, users + earlier, trained),
        "assistants": (masked, users, trained),
        "conversation": (trained, users + earlier, masked),
    }
    holder, expected, other = places[case.trained]
    for text in expected:
        if text not in holder or text in other:
            return f"the turn {text!r} stands on the wrong side of the loss"
    if case.trained == "assistants" and not all(text in trained for text in earlier):
        return "an earlier answer carries no loss"
    if case.trained == "conversation" and masked != "":
        return f"there is no loss on {masked!r}"
    return None


def run(case: Case, rows: datasets.Dataset, sources: datasets.Dataset, tokenizer, folder: str) -> str:
    chosen = rows.select_columns(case.columns) if case.columns else rows
    tokenizer.chat_template = PLAIN if case.template == "plain" else shipped(case.template)
    model = make_model(tokenizer)
    before = model.model.layers[0].self_attn.q_proj.weight.detach().clone()
    args = trl.SFTConfig(
        output_dir=folder,
        max_steps=1,
        per_device_train_batch_size=4,
        learning_rate=1e-3,
        max_length=None,
        report_to="none",
        save_strategy="no",
        use_cpu=True,
        bf16=False,
        disable_tqdm=True,
        logging_strategy="no",
        **case.options,
    )
    trainer = trl.SFTTrainer(model=model, args=args, train_dataset=chosen, processing_class=tokenizer)
    trainer.remove_callback(transformers.PrinterCallback)
    prepared = trainer.train_dataset
    if len(prepared) != len(rows):
        raise AssertionError(f"{len(rows)} rows became {len(prepared)}")
    for index, (row, tokens, source) in enumerate(zip(rows, prepared, sources, strict=True)):
        flaw = find_flaw(case, row, tokens["labels"], tokens["input_ids"], tokenizer, source)
        if flaw is not None:
            raise AssertionError(f"row {index}: {flaw}")
    loss = trainer.train().training_loss
    if not math.isfinite(loss) or loss <= 0:
        raise AssertionError(f"the loss is {loss}")
    if torch.equal(before, model.model.layers[0].self_attn.q_proj.weight.detach()):
        raise AssertionError("the step changed no weight")
    total = sum(len(tokens["labels"]) for tokens in prepared)
    trained = sum(label != -100 for tokens in prepared for label in tokens["labels"])
    return f"{len(rows)} rows, loss {loss:.3f}, {trained} of {total} tokens trained"


def find_harmony_flaw(harmony: datasets.Dataset, thinking: datasets.Dataset, tokenizer) -> str | None:
    """gpt-oss's own template, given the `thinking` rows, must end on the text of the `harmony` rows.

    But for two line breaks after the instructions, which that template adds and OpenAI's renderer does not
    (openai-harmony 0.0.8, test-data/test_simple_convo_low_effort.txt).
    """
    tokenizer.chat_template = shipped("gptoss")
    for ours, row in zip(harmony, thinking, strict=True):
        rendered = tokenizer.apply_chat_template(row["prompt"] + row["completion"], tokenize=False)
        if row["prompt"][0]["role"] == "system":
            instructions = row["prompt"][0]["content"]
            rendered = rendered.replace(f"{instructions}\n\n<|end|>", f"{instructions}<|end|>", 1)
        head = rendered.removesuffix(ours["text"])
        if head == rendered or not head.startswith("<|start|>system<|message|>") or head.count("<|start|>") != 1:
            return f"{row['id']}: {rendered!r} does not end on {ours['text']!r}"
    return None


def main() -> None:
    if len(sys.argv) not in (2, 3):
        print(__doc__)
        sys.exit(2)
    builds, writer = Path(sys.argv[1]), sys.argv[2] if len(sys.argv) == 3 else "parquetjs-lite"
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        sets = {name: load(builds, name, writer, folder) for name in dict.fromkeys(case.format for case in CASES)}
        sources = sets["messages"]
        texts = [text for row in sources for text in (row["reasoning"], *(turn["content"] for turn in row["messages"]))]
        tokenizer = make_tokenizer(texts)
        for case in CASES:
            what = f"{case.format} {'+'.join(case.columns) or 'untouched'}, template {case.template}, loss on {case.trained}"
            try:
                print(f"ok   {what}: {run(case, sets[case.format], sources, tokenizer, folder)}", flush=True)
            except Exception as error:  # each case is reported
                failures += 1
                print(f"FAIL {what}: {type(error).__name__}: {error}", flush=True)
        flaw = find_harmony_flaw(sets["harmony"], sets["thinking"], tokenizer)
        failures += flaw is not None
        print(f"FAIL harmony text: {flaw}" if flaw else "ok   harmony text is what gpt-oss's template makes of thinking")
    versions = {module.__name__: module.__version__ for module in (trl, transformers, torch, tokenizers, datasets)}
    print(f"{'FAIL' if failures else 'ok'} with {versions}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
