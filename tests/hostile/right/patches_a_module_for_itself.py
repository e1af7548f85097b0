# task: vowels
import string

string.vowels = "aeiou"


def vowels(s):
    return len([c for c in s.lower() if c in string.vowels])
