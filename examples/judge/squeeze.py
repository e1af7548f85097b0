"""An honest solution of the same task."""


def squeeze(text):
    result = ""
    for letter in text:
        if not result.endswith(letter):
            result += letter
    return result
