# task: digits
def digits(n):
    return 10 ** (10**9)
