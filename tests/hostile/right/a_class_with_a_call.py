# task: merge
class Merge:
    def __call__(self, a, b):
        return sorted(a + b)


merge = Merge()
