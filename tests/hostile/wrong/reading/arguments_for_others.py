# task: merge
def merge(a, b):
    a.clear()
    b.clear()
    return a
