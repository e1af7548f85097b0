# task: digits
def digits(n):
    return 1 << (1 << 26)
