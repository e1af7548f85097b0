# task: vowels
print("loading")


def vowels(s):
    print("counting", s)
    return sum(c in "aeiou" for c in s.lower())
