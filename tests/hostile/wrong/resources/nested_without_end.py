# task: merge
def merge(a, b):
    x = []
    x.append(x)
    return x
