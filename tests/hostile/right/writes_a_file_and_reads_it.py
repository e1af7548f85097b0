# task: lengths
import json


def lengths(words):
    with open("words.json", "w") as f:
        json.dump(words, f)
    with open("words.json") as f:
        words = json.load(f)
    out = {}
    for w in words:
        out.setdefault(len(w), []).append(w)
    return out
