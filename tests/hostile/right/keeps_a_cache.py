# task: digits
import functools


@functools.lru_cache(None)
def digits(n):
    return digits(-n) if n < 0 else n if n < 10 else n % 10 + digits(n // 10)
