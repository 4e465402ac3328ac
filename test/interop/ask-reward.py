"""Grades the reference answers of an export with its reward.py, and prints prompt id to reward as JSON.

    python test/interop/ask-reward.py <folder of the export>
"""

import json
import os
import sys
import tempfile

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_DATASETS_DISABLE_PROGRESS_BARS", "1")

import datasets  # noqa: E402

export = sys.argv[1]
sys.path.insert(0, export)
from reward import safe_completion_reward  # noqa: E402

files = {split: f"{export}/{split}.parquet" for split in ("train", "validation")}
with tempfile.TemporaryDirectory() as cache:
    splits = datasets.load_dataset("parquet", data_files=files, cache_dir=cache)
    rows = [row for split in splits.values() for row in split if row["reference_answer"] is not None]
columns = {name: [row[name] for row in rows] for name in rows[0]}
rewards = safe_completion_reward(
    prompts=columns.pop("prompt"),
    completions=[[{"role": "assistant", "content": row["reference_answer"]}] for row in rows],
    **columns,
)
json.dump({row["prompt_id"]: reward for row, reward in zip(rows, rewards, strict=True)}, sys.stdout)
