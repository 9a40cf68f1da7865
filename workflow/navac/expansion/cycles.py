"""Cycles of least mean weight in a graph, by Howard's policy iteration.

A policy gives every node one successor, and so leads each to a cycle; it is improved until no
other successor lowers the mean weight (Cochet-Terrasson et al., IFAC Proc. 31, 667 (1998)).
"""

from __future__ import annotations

import numpy as np


def least_mean_cycle(weight: np.ndarray) -> list[int]:
    """The cycle of least mean weight in a complete graph.

    Args:
        weight: ``[node, next]`` of every edge.

    Returns:
        its nodes in order.
    """
    successor = weight.argmin(axis=1)
    while True:
        mean, bias = _values(weight, successor)
        # Every node has an edge to every other: those of worse cycles step over to the best one.
        best = int(mean.argmin())
        if (mean > mean[best] + 1e-12).any():
            successor = np.where(mean > mean[best] + 1e-12, best, successor)
            continue
        worth = weight - mean[best] + bias
        better = worth.min(axis=1) < bias - 1e-11
        if not better.any():
            break
        successor = np.where(better, worth.argmin(axis=1), successor)
    return _cycle(successor, best)


def _values(weight: np.ndarray, successor: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``[node]`` mean weight of the cycle that a policy ends in, and the excess on the path."""
    mean, bias = np.full(len(successor), np.nan), np.zeros(len(successor))
    for node in range(len(successor)):
        path: list[int] = []
        at = node
        while np.isnan(mean[at]) and at not in path:
            path.append(at)
            at = int(successor[at])
        if np.isnan(mean[at]):
            cycle = path[path.index(at) :]
            mean[at] = np.mean([weight[k, successor[k]] for k in cycle])
        for k in reversed(path):
            if k != at:
                mean[k] = mean[at]
                bias[k] = weight[k, successor[k]] - mean[at] + bias[successor[k]]
    return mean, bias


def _cycle(successor: np.ndarray, node: int) -> list[int]:
    """The cycle that a policy leads a node to."""
    path = [node]
    while (following := int(successor[path[-1]])) not in path:
        path.append(following)
    return path[path.index(following) :]
