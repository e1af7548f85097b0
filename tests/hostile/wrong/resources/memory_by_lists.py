# task: merge
def merge(a, b):
    x = []
    while True:
        x.append(bytearray(1 << 26))
