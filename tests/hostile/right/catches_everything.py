# task: average
def average(xs):
    try:
        return sum(xs) / len(xs)
    except BaseException:
        return 0.0
