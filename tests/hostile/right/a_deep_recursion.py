# task: digits
import sys

sys.setrecursionlimit(20000)


def down(n):
    return 0 if n == 0 else down(n - 1)


def digits(n):
    return down(5000) + sum(map(int, str(abs(n))))
