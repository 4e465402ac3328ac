"""Reads the shards of a build with pyarrow, polars and Hugging Face datasets, and compares what they read.

    python -m venv /tmp/venv && /tmp/venv/bin/pip install pyarrow polars datasets
    /tmp/venv/bin/python test/interop/read-with-python.py <build folder> [<build folder of the other writer>]

Each Parquet file must read the same in all three, JSON lines must be whole, and `load_dataset(<folder>)` must give every
config of README.md with the splits, rows and features that it promises and the manifest counts. Two folders must hold the same files with the
same rows and schemas. Nothing is fetched. Prints what was read and exits 1 at the first difference.
"""

import json
import os
import sys
import tempfile
from fnmatch import fnmatch
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_DATASETS_DISABLE_PROGRESS_BARS", "1")

import datasets  # noqa: E402
import polars  # noqa: E402
import pyarrow.parquet  # noqa: E402
import yaml  # noqa: E402


def fail(message: str) -> None:
    print(f"FAIL {message}")
    sys.exit(1)


def read_parquet(path: Path, cache: str) -> tuple[list, str]:
    """The rows and the schema of one file, after three readers agreed on them."""
    table = pyarrow.parquet.read_table(path)
    rows = table.to_pylist()
    if polars.read_parquet(path).to_dicts() != rows:
        fail(f"{path}: polars and pyarrow read different rows")
    if polars.scan_parquet(path).select(polars.len()).collect().item() != len(rows):
        fail(f"{path}: polars counts another number of rows")
    loaded = datasets.load_dataset("parquet", data_files=str(path), split="train", cache_dir=cache)
    if loaded.to_list() != rows:
        fail(f"{path}: datasets and pyarrow read different rows")
    for column in table.schema.names:
        if column in ("prompt", "completion", "messages") and path.parts[-3:-2] == ("data",):
            if not all(isinstance(row[column], list) and row[column] for row in rows):
                fail(f"{path}: column {column} has an empty conversation")
    return rows, str(table.schema)


def read_card(folder: Path, cache: str) -> int:
    """Loads every config of the card, and each of its splits, as a user of the hub would; gives how many configs there are."""
    card = (folder / "README.md").read_text(encoding="utf-8")
    front = yaml.safe_load(card.split("\n---\n", 1)[0].removeprefix("---\n"))
    infos = {info["config_name"]: info for info in front["dataset_info"]}
    shards = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["shards"]
    for config in front["configs"]:
        name = config["config_name"]
        promised = {split["name"]: split["num_examples"] for split in infos[name]["splits"]}
        listed = {
            files["split"]: sum(shard["rows"] for shard in shards if fnmatch(shard["path"], files["path"]))
            for files in config["data_files"]
        }
        loaded = datasets.load_dataset(str(folder), name, cache_dir=cache)
        found = {split: len(rows) for split, rows in loaded.items()}
        if not found == promised == listed:
            fail(f"{folder}: config {name} promises {promised}, the manifest has {listed}, got {found}")
        features = [feature["name"] for feature in infos[name].get("features", [])]
        for split, rows in loaded.items():
            if features and rows.column_names != features:
                fail(f"{folder}: config {name}, split {split} has columns {rows.column_names}")
            alone = datasets.load_dataset(str(folder), name, split=split, cache_dir=cache)
            if alone.to_list() != rows.to_list():
                fail(f"{folder}: config {name}, split {split} reads otherwise when it is asked for by name")
    total = sum(len(rows) for rows in datasets.load_dataset(str(folder), cache_dir=cache).values())
    if total != sum(shard["rows"] for shard in shards):
        fail(f"{folder}: without a config there are {total} rows, which are not those of all shards")
    return len(front["configs"])


def read_folder(folder: Path, cache: str) -> dict:
    files = {}
    for path in sorted(folder.rglob("*.parquet")):
        rows, schema = read_parquet(path, cache)
        files[str(path.relative_to(folder))] = (rows, schema)
    for path in sorted(folder.glob("data/**/*.jsonl")):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
        if not all(row["messages"][-1]["role"] == "assistant" for row in rows):
            fail(f"{path}: a line does not end on an assistant message")
        files[str(path.relative_to(folder))] = (rows, "jsonl")
    if not files:
        fail(f"{folder}: no shards")
    configs = read_card(folder, cache) if (folder / "README.md").exists() else 0
    print(f"ok {folder}: {len(files)} files, {sum(len(rows) for rows, _ in files.values())} rows, {configs} configs")
    return files


def main() -> None:
    folders = [Path(argument).resolve() for argument in sys.argv[1:]]
    if len(folders) not in (1, 2) or not all(folder.is_dir() for folder in folders):
        print(__doc__)
        sys.exit(2)
    with tempfile.TemporaryDirectory() as cache:
        first, *others = [read_folder(folder, cache) for folder in folders]
    for other in others:
        if first.keys() != other.keys():
            fail(f"the folders hold different files: {sorted(first.keys() ^ other.keys())}")
        for name, (rows, schema) in first.items():
            if (rows, schema) != other[name]:
                fail(f"{name} differs between the folders")
        print(f"ok {len(first)} files are equal in both folders")
    versions = {module.__name__: module.__version__ for module in (pyarrow, polars, datasets)}
    print(f"ok with {versions}")


if __name__ == "__main__":
    main()
