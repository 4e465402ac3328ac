"""Makes tokenizers and texts, and compares what pipeline/tokens counted with what the Python libraries count.

    python test/interop/check-tokens.py make <folder> <public data>
    node   test/interop/count-tokens.ts <folder>
    python test/interop/check-tokens.py compare <folder>
    python test/interop/check-tokens.py golden test/tokens      # what the unit tests expect

No model hub is asked. Four tokenizers are small ones, trained here on the public prompts: one for each family of
tokenizer.json that current models come with. Three have the vocabularies of OpenAI's encodings, 100,000 and 200,000
tokens, under the split patterns of Llama 3, Qwen and o200k. The encodings' files are those of the npm package tiktoken;
Python's tiktoken checks their SHA-256. The texts are the public prompts and hostile ones made here: control tokens, odd
spaces, broken scripts, long runs. Conversations are rendered with a chat template by transformers, and a few with each
of TRL's copies of models' templates where TRL is installed.
"""

import base64
import csv
import hashlib
import json
import os
import random
import sys
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

SPECIAL = ["<|im_start|>", "<|im_end|>", "<|pad|>", "<think>", "</think>"]
# As in the tokenizer.json of Qwen2 and later, and of Llama 3.
QWEN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
LLAMA3 = QWEN.replace(r"|\p{N}|", r"|\p{N}{1,3}|")

TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}<|im_start|>{{ message.role }}\n"
    "{% if message.reasoning_content is defined %}<think>\n{{ message.reasoning_content | trim }}\n</think>\n\n{% endif %}"
    "{{ message.content }}<|im_end|>\n{% endfor %}"
)


def read_prompts(data: Path) -> list[str]:
    triplets = json.loads((data / "intent-triplets/opensafeintent_60.json").read_text(encoding="utf-8"))
    texts = [row[f"prompt_{intent}"] for row in triplets for intent in ("benign", "dual_use", "malicious")]
    with (data / "xstest/xstest_prompts.csv").open(encoding="utf-8", newline="") as file:
        texts += [row["prompt"] for row in csv.DictReader(file)]
    for name in ("coconot_contrast_eval", "coconot_eval_safety"):
        lines = (data / f"coconot/{name}.jsonl").read_text(encoding="utf-8").split("\n")
        texts += [json.loads(line)["prompt"] for line in lines if line]
    return texts


def make_hostile() -> list[str]:
    chance = random.Random(20)
    pieces = [
        *SPECIAL, "<|im_end", "|>", "<|endoftext|>", "<s>", "</s>", "[CLS]", "[SEP]", "##", "▁", "Ġ", "<0x0A>",
        " ", "  ", "\t", "\n", "\r\n", "\r", "\u00a0", "\u2003", "\u200b", "\u200d", "\ufeff", "\u2028", "\x00", "\x07", "\x1f",
        "é", "e\u0301", "ﬁ", "Ω", "Ω", "ß", "İ", "ı", "ǅ", "한국어", "ᄒ\u1161", "日本語", "中文", "العربية", "עברית", "ไทย", "हिन्दी",
        "👩‍👩‍👧‍👦", "🏳️‍🌈", "🤷🏽", "𝒜", "𐍈", "Ⅷ", "²", "½", "٣", "१", "１２３", "1234567", "3.14", "it's", "IT'S", "we'Ll", "can’t",
        "hello", "WORLD", "camelCase", "snake_case", "```", "{{ item }}", "{% if %}", "\\n", "\"", "'", "–", "…", "¿", "_",
    ]
    texts = ["", " ", "\n", "a" * 4000, " " * 500, "\n" * 300, "e\u0301" * 200, "👩‍👩‍👧‍👦" * 50, "0" * 333]
    texts += pieces
    for _ in range(1500):
        texts.append("".join(chance.choice(pieces) for _ in range(chance.randint(1, 30))))
    for _ in range(500):
        points = [chance.choice([chance.randint(0, 0x7F), chance.randint(0x80, 0x2FFF), chance.randint(0x3000, 0xD7FF),
                                 chance.randint(0xE000, 0xFFFF), chance.randint(0x10000, 0x1FAFF)]) for _ in range(20)]
        texts.append("".join(map(chr, points)))
    return texts


ENCODINGS = ("o200k_base", "cl100k_base")


def unpack_encodings(folder: Path) -> None:
    """The npm package's files, where Python's tiktoken looks for what it would fetch."""
    cache = folder / "tiktoken"
    cache.mkdir(exist_ok=True)
    os.environ["TIKTOKEN_CACHE_DIR"] = str(cache)
    for name in ENCODINGS:
        packed = json.loads(Path(f"node_modules/tiktoken/encoders/{name}.json").read_text(encoding="utf-8"))
        lines = []
        for line in packed["bpe_ranks"].split("\n"):
            mark, first, *tokens = line.split(" ")
            lines += [f"{token} {int(first) + index}\n" for index, token in enumerate(tokens)]
        url = f"https://openaipublic.blob.core.windows.net/encodings/{name}.tiktoken"
        (cache / hashlib.sha1(url.encode()).hexdigest()).write_text("".join(lines), encoding="utf-8")


def with_real_vocabulary(folder: Path, name: str, split: str, normalizer=None) -> Tokenizer:
    from transformers.convert_slow_tokenizer import TikTokenConverter

    url = f"https://openaipublic.blob.core.windows.net/encodings/{name}.tiktoken"
    ranks = folder / "tiktoken" / hashlib.sha1(url.encode()).hexdigest()
    one = TikTokenConverter(vocab_file=str(ranks), pattern=split, extra_special_tokens=SPECIAL).converted()
    if normalizer is not None:
        one.normalizer = normalizer
    return one


def byte_level(split: str | None, normalizer=None) -> Tokenizer:
    one = Tokenizer(models.BPE())
    if normalizer is not None:
        one.normalizer = normalizer
    byte = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=split is None)
    one.pre_tokenizer = byte if split is None else pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(split), "isolated"), byte])
    one.decoder = decoders.ByteLevel()
    return one


def make_tokenizers(texts: list[str]) -> dict[str, Tokenizer]:
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    bpe = lambda: trainers.BpeTrainer(vocab_size=2000, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False)
    made = {"gpt2": byte_level(None), "qwen": byte_level(QWEN, normalizers.NFC()), "llama3": byte_level(LLAMA3)}
    for one in made.values():
        one.train_from_iterator(texts, bpe())
    # Llama 2, Gemma, Mistral: spaces become ▁, unknown characters become bytes.
    fallback = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>", fuse_unk=True))
    fallback.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    fallback.decoder = decoders.ByteFallback()
    tokens = ["<unk>", *SPECIAL, *(f"<0x{byte:02X}>" for byte in range(256))]
    fallback.train_from_iterator(
        [text[:200] for text in texts], trainers.BpeTrainer(vocab_size=2000, special_tokens=tokens, show_progress=False)
    )
    plain = json.loads(fallback.to_str())
    plain["added_tokens"] = [token for token in plain["added_tokens"] if not token["content"].startswith("<0x")]
    made["byte-fallback"] = Tokenizer.from_str(json.dumps(plain))
    for one in made.values():
        one.add_tokens([AddedToken("<tool>", lstrip=True, rstrip=True, normalized=False)])
    return made


def make(folder: Path, data: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    prompts = read_prompts(data)
    made = make_tokenizers(prompts)
    unpack_encodings(folder)
    import tiktoken

    made["llama3-100k"] = with_real_vocabulary(folder, "cl100k_base", LLAMA3)
    made["qwen-100k"] = with_real_vocabulary(folder, "cl100k_base", QWEN, normalizers.NFC())
    made["o200k-200k"] = with_real_vocabulary(folder, "o200k_base", tiktoken.get_encoding("o200k_base")._pat_str)
    for name, tokenizer in made.items():
        tokenizer.save(str(folder / f"{name}.json"))
    lines = [{"kind": "real", "text": text} for text in prompts]
    lines += [{"kind": "hostile", "text": text} for text in make_hostile()]
    with (folder / "texts.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(line)}\n" for line in lines)
    (folder / "template.jinja").write_text(TEMPLATE, encoding="utf-8")
    rendered = render_with_trl(made["qwen"])
    with (folder / "rendered.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(case)}\n" for case in rendered)


def render_with_trl(tokenizer: Tokenizer) -> list[dict]:
    """What transformers makes of a conversation with each of TRL's copies of models' templates."""
    try:
        import trl
    except ImportError:
        print("NOT COMPARED: TRL's chat templates, as TRL is not installed")
        return []
    import transformers

    special = {"bos_token": "<|im_start|>", "eos_token": "<|im_end|>", "pad_token": "<|pad|>", "unk_token": "<|pad|>"}
    fast = transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special)
    cases = []
    for path in sorted((Path(trl.__file__).parent / "chat_templates").glob("*.jinja")):
        fast.chat_template = path.read_text(encoding="utf-8")
        for key in ("content", "reasoning_content", "thinking"):
            turns = [
                {"role": "user", "content": "Hello <think>\ufeff"},
                {"role": "assistant", "content": "\x1f Yes?\u0085"},
                {"role": "user", "content": " How? \n"},
                {"role": "assistant", "content": "\n So. \x1c", **({} if key == "content" else {key: " Because \n"})},
            ]
            case = {"name": path.name, "template": fast.chat_template, "variables": special, "messages": turns}
            try:
                cases.append({**case, "rendered": fast.apply_chat_template(turns, tokenize=False)})
            except Exception:
                cases.append({**case, "rendered": None})
    return cases


def golden(folder: Path) -> None:
    """A tokenizer small enough to keep, trained on words of this file, and what it makes of hostile texts."""
    words = [word for line in Path(__file__).read_text(encoding="utf-8").split("\n") for word in line.split(". ")]
    one = byte_level(LLAMA3)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    options = {"special_tokens": SPECIAL, "initial_alphabet": alphabet, "show_progress": False}
    one.train_from_iterator(words, trainers.BpeTrainer(vocab_size=400, **options))
    one.save(str(folder / "tiny-tokenizer.json"), pretty=False)
    texts = [text for text in make_hostile() if len(text) < 120][:400]
    counts = [[text, len(one.encode(text, add_special_tokens=False).ids)] for text in texts]
    (folder / "tiny-counts.json").write_text(json.dumps(counts, ensure_ascii=True, indent=0) + "\n", encoding="utf-8")


def counters(folder: Path) -> dict:
    import tiktoken

    unpack_encodings(folder)
    found = {}
    for path in sorted(folder.glob("*.json")):
        tokenizer = Tokenizer.from_file(str(path))
        found[path.stem] = lambda text, one=tokenizer: len(one.encode(text, add_special_tokens=False).ids)
        found[f"{path.stem} with the template"] = count_rendered(tokenizer, (folder / "template.jinja").read_text())
    for name in (*ENCODINGS, "o200k_harmony"):
        encoding = tiktoken.get_encoding(name)
        found[name] = lambda text, one=encoding: len(one.encode(text, disallowed_special=()))
    harmony = tiktoken.get_encoding("o200k_harmony")
    head = "<|start|>user<|message|>How?<|end|><|start|>assistant<|channel|>final<|message|>"
    found["harmony text"] = lambda text: len(harmony.encode(f"{head}{text}<|return|>", allowed_special="all"))
    return found


def count_rendered(tokenizer: Tokenizer, template: str):
    import transformers

    fast = transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<|im_start|>")
    fast.chat_template = template

    def count(text: str) -> int:
        answer = {"role": "assistant", "content": f"Answer: {text}", "reasoning_content": text}
        turns = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": text}, answer]
        return len(fast.apply_chat_template(turns, tokenize=True, return_dict=False))

    return count


def compare(folder: Path) -> int:
    lines = [json.loads(line) for line in (folder / "texts.jsonl").open(encoding="utf-8")]
    ours = {}
    for line in (folder / "counts.jsonl").open(encoding="utf-8"):
        row = json.loads(line)
        ours.setdefault(row["tokenizer"], []).append(row["count"])
    failures = 0
    for name, encode in counters(folder).items():
        wrong = {"real": [], "hostile": []}
        for line, count in zip(lines, ours[name], strict=True):
            expected = encode(line["text"])
            if expected != count:
                wrong[line["kind"]].append((line["text"], expected, count))
        failures += sum(map(len, wrong.values()))
        said = ", ".join(f"{kind}: {len(rows)} of {sum(line['kind'] == kind for line in lines)} differ" for kind, rows in wrong.items())
        print(f"{'FAIL' if any(wrong.values()) else 'ok  '} {name}: {said}")
        for text, expected, count in [*wrong["real"][:2], *sorted(wrong["hostile"], key=lambda row: len(row[0]))[:4]]:
            print(f"       {ascii(text[:80])}: Python {expected}, here {count}")
    return failures


if __name__ == "__main__":
    if sys.argv[1:2] == ["make"] and len(sys.argv) == 4:
        make(Path(sys.argv[2]), Path(sys.argv[3]))
    elif sys.argv[1:2] == ["compare"] and len(sys.argv) == 3:
        sys.exit(1 if compare(Path(sys.argv[2])) else 0)
    elif sys.argv[1:2] == ["golden"] and len(sys.argv) == 3:
        golden(Path(sys.argv[2]))
    else:
        print(__doc__)
        sys.exit(2)
