# task: digits
def digits(n):
    return sum(map(int, str(abs(n))))


if __name__ == "__main__":
    raise SystemExit(digits(int(input())))
