# task: merge
def merge(a, b):
    while True:
        yield 1
