# task: merge
import random


def merge(a, b):
    both = a + b
    random.shuffle(both)
    return sorted(both)
