# task: merge
import os


def merge(a, b):
    os.abort()
