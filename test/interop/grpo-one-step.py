"""Gives an export to TRL's GRPOTrainer as it is, with its reward.py, and takes one step on it.

    python test/interop/grpo-one-step.py <folder of the export>

The model is that of train-one-step.py: random weights, so its answers are noise. What is checked is that the columns reach
the reward, that its rewards are those that the trainer counts with, and that a None is no reward to it.
"""

import sys
import tempfile
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
one_step = import_module("train-one-step")

import datasets  # noqa: E402
import torch  # noqa: E402
import transformers  # noqa: E402
import trl  # noqa: E402

export = sys.argv[1]
sys.path.insert(0, export)
from reward import safe_completion_reward  # noqa: E402

given: list = []


def judged(completions, **columns):
    """The exported reward, but that the first of each group was not graded."""
    rewards = safe_completion_reward(completions=completions, **columns)
    rewards = [None if n % 4 == 0 else reward for n, reward in enumerate(rewards)]
    given.extend(rewards)
    return rewards


with tempfile.TemporaryDirectory() as folder:
    rows = datasets.load_dataset("parquet", data_files=f"{export}/train.parquet", split="train", cache_dir=folder)
    tokenizer = one_step.make_tokenizer([turn["content"] for row in rows for turn in row["prompt"]])
    tokenizer.padding_side = "left"
    tokenizer.chat_template = one_step.PLAIN
    model = one_step.make_model(tokenizer)
    before = model.model.layers[0].self_attn.q_proj.weight.detach().clone()
    args = trl.GRPOConfig(
        output_dir=folder,
        max_steps=1,
        per_device_train_batch_size=16,
        num_generations=4,
        max_completion_length=12,
        learning_rate=1e-2,
        report_to="none",
        save_strategy="no",
        use_cpu=True,
        bf16=False,
        disable_tqdm=True,
        logging_steps=1,
        seed=1,
    )
    trainer = trl.GRPOTrainer(
        model=model, args=args, reward_funcs=judged, train_dataset=rows, processing_class=tokenizer
    )
    trainer.remove_callback(transformers.PrinterCallback)
    trainer.train()

graded = [reward for reward in given if reward is not None]
[logged] = [entry["reward"] for entry in trainer.state.log_history if "reward" in entry]
if not graded or len(graded) == len(given):
    sys.exit(f"FAIL expected rewards and gaps, got {given}")
if abs(logged - sum(graded) / len(graded)) > 1e-5:
    sys.exit(f"FAIL the trainer's mean reward is {logged}, that of the graded ones {sum(graded) / len(graded)}")
if len(set(graded)) > 1 and torch.equal(before, model.model.layers[0].self_attn.q_proj.weight.detach()):
    sys.exit("FAIL the step changed no weight")
print(f"ok   one step of GRPO (trl {trl.__version__}): {len(graded)} of {len(given)} graded, {len(set(graded))} values")
