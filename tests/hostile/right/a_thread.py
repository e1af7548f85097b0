# task: vowels
import threading


def vowels(s):
    found = []
    t = threading.Thread(target=lambda: found.append(sum(c in "aeiouAEIOU" for c in s)))
    t.start()
    t.join()
    return found[0]
