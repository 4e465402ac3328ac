"""What an exported reward.py makes of given answers and replies, without asking a judge. Reads JSON on stdin, writes JSON.

    python check-reward.py <folder of the export>
"""

import importlib.util
import json
import logging
import os
import sys

logging.disable(logging.CRITICAL)
spec = importlib.util.spec_from_file_location("reward", os.path.join(sys.argv[1], "reward.py"))
reward = importlib.util.module_from_spec(spec)
spec.loader.exec_module(reward)
given = json.load(sys.stdin)


def render(row):
    item = {name: row[name] for name in ("conversation", "spec", "intent")}
    item["nonce"] = reward.nonce(item["conversation"], row["answer"])
    return {
        judge["name"]: [
            {"role": message["role"], "content": reward.fill(message["content"], item, row["answer"])}
            for message in judge["body"]["messages"]
        ]
        for judge in reward.JUDGES
    }


def grade(case):
    """The reward of an answer where the judges reply in order; None stands for a judge that fails."""
    replies = iter(case["replies"])
    asked = []

    def ask(judge, item, answer):
        asked.append(judge["name"])
        return next(replies)

    reward.ask = ask
    value = reward.reward_answer(reward.final_answer(case["completion"]), "c", "s", "benign")
    return {"reward": value, "asked": asked}


json.dump(
    {
        "rendered": [render(row) for row in given.get("rows", [])],
        "scores": [reward.read_verdict(name, text) for name, text in given.get("replies", [])],
        "answers": [reward.final_answer(completion) for completion in given.get("completions", [])],
        "graded": [grade(case) for case in given.get("cases", [])],
    },
    sys.stdout,
)
