"""The requests of bench/peers.ts through distilabel: python distilabel_peer.py <requests.jsonl> <base URL> <concurrency>.

A batch is as large as the concurrency, since distilabel sends a batch at once and waits for all of it. Its cache is under
DISTILABEL_CACHE_DIR; with a cache from a run before, nothing is sent. Prints a JSON line.
"""

import json
import os
import sys

os.environ.setdefault("OPENAI_API_KEY", "none")

from distilabel.models import OpenAILLM  # noqa: E402
from distilabel.pipeline import Pipeline  # noqa: E402
from distilabel.steps import LoadDataFromDicts  # noqa: E402
from distilabel.steps.tasks import ChatGeneration  # noqa: E402
from measure import measure  # noqa: E402


def main() -> None:
    path, base_url, concurrency = sys.argv[1:4]
    size = int(concurrency)
    with open(path, encoding="utf8") as lines:
        rows = [json.loads(line) for line in lines]
    with measure(len(rows)):
        with Pipeline(name="peer", cache_dir=os.environ["DISTILABEL_CACHE_DIR"]) as pipeline:
            load = LoadDataFromDicts(data=rows, batch_size=size)
            llm = OpenAILLM(model="play", base_url=base_url, api_key="none", max_retries=0)
            generate = ChatGeneration(llm=llm, input_batch_size=size)
            load >> generate
        answers = pipeline.run(use_cache=True)
        found = len(answers["default"]["train"])
        if found != len(rows):
            raise SystemExit(f"expected {len(rows)} answers, got {found}")


if __name__ == "__main__":
    main()
