"""Writes the reference values that the agreement tests compare with.

    python3 -m venv /tmp/reference && /tmp/reference/bin/pip install statsmodels==0.15.0 scikit-learn==1.9.1
    /tmp/reference/bin/python test/calibrate/reference-agreement.py > test/calibrate/reference-agreement.json

Kappa and its standard error (`std_kappa`) and interval are statsmodels' `cohens_kappa`; kappa is checked against
scikit-learn, which gives the other figures. The first table is table 1 of Fleiss, Cohen & Everitt 1969 (N = 200).
"""

import json

import numpy as np
from sklearn.metrics import accuracy_score, cohen_kappa_score, precision_recall_fscore_support
from statsmodels.stats.inter_rater import cohens_kappa

tables = {
    "Fleiss, Cohen and Everitt 1969": [[106, 10, 4], [22, 28, 10], [2, 12, 6]],
    "four ordered classes": [[10, 7, 2, 1], [3, 8, 4, 2], [1, 3, 9, 5], [0, 1, 4, 12]],
    "worse than chance": [[2, 8], [8, 2]],
    "a class that the second rater never uses": [[20, 5, 0], [3, 7, 0], [1, 4, 0]],
    "full agreement": [[5, 0], [0, 7]],
    "two classes": [[118, 5], [12, 65]],
}


def number(value):
    return None if np.isnan(value) else float(value)


def describe(name, table):
    human, grader = [], []
    for row, counts in enumerate(table):
        for column, count in enumerate(counts):
            human += [row] * count
            grader += [column] * count
    labels = range(len(table))
    kappas = {}
    for weights in ("none", "linear", "quadratic"):
        scheme = None if weights == "none" else weights
        found = cohens_kappa(np.array(table), wt=scheme)
        assert abs(cohen_kappa_score(human, grader, labels=labels, weights=scheme) - found.kappa) < 1e-12
        kappas[weights] = {
            "value": float(found.kappa),
            "standardError": float(found.std_kappa),
            "low": float(found.kappa_low),
            "high": float(found.kappa_upp),
        }
    scores = precision_recall_fscore_support(human, grader, labels=labels, zero_division=np.nan)
    precision, recall, f1 = ([number(value) for value in values] for values in scores[:3])
    accuracy = float(accuracy_score(human, grader))
    return {"name": name, "table": table, "accuracy": accuracy, "precision": precision, "recall": recall, "f1": f1, "kappas": kappas}


print(json.dumps([describe(*one) for one in tables.items()], indent=2))
