"""The requests of bench/peers.ts through bespokelabs-curator: python curator_peer.py <requests.jsonl> <base URL> <concurrency>.

Its cache is under CURATOR_CACHE_DIR; with a cache from a run before, nothing is sent. Prints a JSON line.
"""

import importlib.util
import json
import os
import sys

os.environ.setdefault("OPENAI_API_KEY", "none")
os.environ["TELEMETRY_ENABLED"] = "0"

# The tokenizer's table, which litellm brings along, would otherwise be fetched from the network.
litellm = importlib.util.find_spec("litellm").submodule_search_locations[0]
os.environ["TIKTOKEN_CACHE_DIR"] = os.path.join(litellm, "litellm_core_utils", "tokenizers")

from bespokelabs import curator  # noqa: E402
from datasets import Dataset  # noqa: E402
from measure import measure  # noqa: E402


class Sender(curator.LLM):
    def prompt(self, input):
        return input["messages"]

    def parse(self, input, response):
        return {"text": response}


def main() -> None:
    path, base_url, concurrency = sys.argv[1:4]
    with open(path, encoding="utf8") as lines:
        rows = [json.loads(line) for line in lines]
    with measure(len(rows)):
        sender = Sender(
            model_name="play",
            backend="openai",
            backend_params={
                "base_url": base_url,
                "max_requests_per_minute": 10_000_000,
                "max_tokens_per_minute": 100_000_000_000,
                "max_concurrent_requests": int(concurrency),
                "require_all_responses": True,
            },
        )
        answers = sender(Dataset.from_list(rows))
        found = answers.dataset if hasattr(answers, "dataset") else answers
        if len(found) != len(rows):
            raise SystemExit(f"expected {len(rows)} answers, got {len(found)}")


if __name__ == "__main__":
    main()
