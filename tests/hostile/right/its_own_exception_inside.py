# task: average
class Stop(Exception):
    pass


def average(xs):
    total = n = 0
    it = iter(xs)
    try:
        while True:
            try:
                total += next(it)
            except StopIteration:
                raise Stop from None
            n += 1
    except Stop:
        return total / n
