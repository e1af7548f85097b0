# task: merge
import sys

sys.setrecursionlimit(10**6)


def merge(a, b):
    x = []
    for _ in range(200000):
        x = [x]
    return x
