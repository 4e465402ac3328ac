#!/usr/bin/env bash
# Builds the public intent triplets in every trainer format with every writer, and reads them with programs that nobody
# here wrote. See README.md beside this file.
#
#   test/interop/check.sh [<virtual environment>]
#
# Environment:
#   INTEROP_VENV    the Python environment to make or reuse; default: ~/.cache/safe-completions/interop-venv
#   INTEROP_TRAIN   no: leave out the training step, which needs torch
#   INTEROP_BUILDS  a folder to keep the builds in; default: a temporary one
#   SHARED_DATA     the public data sets; default: ../shared/data
#
# Exits 0 only if all that was asked for was checked and holds.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

here=test/interop
venv=${1:-${INTEROP_VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/safe-completions/interop-venv}}
data=${SHARED_DATA:-../shared/data}
train=${INTEROP_TRAIN:-yes}
requirements=$here/requirements-train.txt
if [[ $train == no ]]; then requirements=$here/requirements.txt; fi
# What pip fetches and unpacks, with room for both at once.
train_needs_gb=10

give_up() {
  echo "NOT CHECKED: $1" >&2
  exit 1
}

[[ -f $data/intent-triplets/opensafeintent_60.json ]] || give_up "no intent triplets at $data; set SHARED_DATA"

[[ -x $venv/bin/python ]] || python3 -m venv "$venv" || give_up "no virtual environment at $venv"
if [[ $train != no ]] && ! "$venv/bin/python" -c 'import torch' 2>/dev/null; then
  free_gb=$(df --output=avail -BG "$venv" | tail -n 1 | tr -dc '0-9')
  ((free_gb >= train_needs_gb)) || give_up "torch needs $train_needs_gb GB, $free_gb are free; INTEROP_TRAIN=no leaves it out"
fi
timeout 900 "$venv/bin/pip" install --quiet --no-cache-dir --disable-pip-version-check -r "$requirements" ||
  give_up "pip could not install $requirements"

builds=${INTEROP_BUILDS:-}
if [[ -z $builds ]]; then
  builds=$(mktemp -d)
  trap 'rm -rf "$builds"' EXIT
fi

echo "== build: every trainer format, every writer, against the play model"
npx node --disable-warning=ExperimentalWarning $here/build-triplets.ts "$builds" "$data"

echo "== read: pyarrow = polars = datasets, both writers equal, every config of every card"
for first in "$builds"/builds/*-parquetjs-lite; do
  "$venv/bin/python" $here/read-with-python.py "$first/latest" "${first%-parquetjs-lite}-hyparquet-writer/latest"
done

echo "== tokens: counts = tokenizers, transformers, tiktoken; chat templates = jinja2"
"$venv/bin/python" $here/check-tokens.py make "$builds/tokens" "$data"
npx node --disable-warning=ExperimentalWarning $here/count-tokens.ts "$builds/tokens"
"$venv/bin/python" $here/check-tokens.py compare "$builds/tokens"

echo "== rft: an export's reward.py over HTTP = the rewards of the rows; judges that fail; a step of TRL's GRPOTrainer"
npx node --disable-warning=ExperimentalWarning $here/check-reward.ts "$builds/rft" "$data" "$venv/bin/python" \
  "$([[ $train == no ]] || echo train)"

if [[ $train == no ]]; then
  echo "== train: left out, as INTEROP_TRAIN=no says"
  exit 0
fi
echo "== train: one step of TRL's SFTTrainer on each format"
for writer in parquetjs-lite hyparquet-writer; do
  "$venv/bin/python" -W ignore $here/train-one-step.py "$builds/builds" "$writer"
done
