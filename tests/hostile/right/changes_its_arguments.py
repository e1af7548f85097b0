# task: merge
def merge(a, b):
    out = []
    while a or b:
        out.append(a.pop(0) if a and (not b or a[0] <= b[0]) else b.pop(0))
    return out
