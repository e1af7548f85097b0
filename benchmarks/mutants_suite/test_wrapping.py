"""A suite with fixtures of every scope, for the text that the benchmark puts in wrapping.py."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from wrapping import TextWrapper, dedent, fill, indent, shorten, wrap

Make = Callable[..., TextWrapper]


def test_no_line_is_longer_than_the_width(prose: str, width: int):
    lines = wrap(prose, width)
    assert max(map(len, lines)) <= width
    assert "".join(lines).replace(" ", "") == prose.replace(" ", "")


def test_words_are_kept_whole_where_they_fit(prose: str, make: Make):
    assert make().wrap(prose)[:3] == [
        "The quick brown fox",
        "jumps over the lazy",
        "dog. It was a well-",
    ]


def test_fill_joins_the_lines(prose: str, make: Make):
    wrapper = make(30)
    assert wrapper.fill(prose) == "\n".join(wrapper.wrap(prose)) == fill(prose, 30)


def test_a_page_from_a_file(page: Path):
    lines = wrap(page.read_text(), 40)
    assert lines[0] == "The quick brown fox jumps over the lazy"
    assert all(line == line.strip() for line in lines)


@pytest.mark.parametrize("text", ["", " ", "\n\t "])
def test_nothing_to_wrap(text: str, make: Make):
    assert make().wrap(text) == []
    assert make().fill(text) == ""


def test_long_words_are_broken_or_left(make: Make):
    assert make(4).wrap("abcdefghij k") == ["abcd", "efgh", "ij k"]
    assert make(4, break_long_words=False).wrap("a bcdefghij k") == ["a", "bcdefghij", "k"]


def test_long_words_are_broken_after_hyphens(make: Make):
    assert make(6).wrap("ab-cdefghij") == ["ab-cde", "fghij"]
    assert make(5, break_on_hyphens=False).wrap("ab-cd ef-gh") == ["ab-cd", "ef-gh"]
    assert make(5, break_on_hyphens=True).wrap("a bc-de") == ["a bc-", "de"]


@pytest.mark.parametrize(
    ("text", "chunks"),
    [
        ("Hello there", ["Hello", " ", "there"]),
        ("Look, goof-ball", ["Look,", " ", "goof-", "ball"]),
        ("use the -b option", ["use", " ", "the", " ", "-b", " ", "option"]),
        ("what--me worry", ["what", "--", "me", " ", "worry"]),
        ("a 1-2-3 go", ["a", " ", "1-2-3", " ", "go"]),
    ],
)
def test_text_is_split_into_chunks(make: Make, text: str, chunks: list[str]):
    assert make()._split(text) == chunks


def test_text_is_split_at_spaces_alone(make: Make):
    assert make(break_on_hyphens=False)._split("goof-ball (a-b)  c") == [
        "goof-ball",
        " ",
        "(a-b)",
        "  ",
        "c",
    ]


def test_indents_of_the_first_and_the_other_lines(make: Make):
    wrapper = make(12, initial_indent="* ", subsequent_indent="    ")
    assert wrapper.wrap("one two three four") == ["* one two", "    three", "    four"]


def test_tabs_are_expanded(make: Make):
    assert make(40).wrap("a\tb") == ["a       b"]
    assert make(40, tabsize=4).wrap("a\tb") == ["a   b"]
    assert make(40, expand_tabs=False, replace_whitespace=False).wrap("a\tb") == ["a\tb"]


def test_white_space_is_replaced(make: Make):
    assert make(40).wrap("a\nb\fc\vd\re") == ["a b c d e"]
    assert make(40, replace_whitespace=False).wrap("a\nb") == ["a\nb"]


def test_white_space_at_the_ends_of_lines_is_dropped(make: Make):
    assert make(6).wrap("abc    def") == ["abc", "def"]
    assert make(6, drop_whitespace=False).wrap("abc    def") == ["abc", "    ", "def"]
    assert "".join(make(6, drop_whitespace=False).wrap("abc    def  g")) == "abc    def  g"


def test_white_space_before_the_first_word_stays(make: Make):
    assert make(10).wrap("  abc def ghi") == ["  abc def", "ghi"]


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        ("Stop. Go", "Stop.  Go"),
        ('He said "no." Then', 'He said "no."  Then'),
        ("what? Yes! Ok", "what?  Yes!  Ok"),
        ("e.g. This", "e.g.  This"),
        ("Mr. X", "Mr.  X"),
        ("A. B", "A. B"),
    ],
)
def test_sentences_end_in_two_spaces(make: Make, text: str, fixed: str):
    assert make(60, fix_sentence_endings=True).fill(text) == fixed
    assert make(60).fill(text) == text


def test_at_most_so_many_lines(make: Make):
    text = "one two three four five six"
    assert make(10, max_lines=2).wrap(text) == ["one two", "[...]"]
    assert make(13, max_lines=1).wrap(text) == ["one two [...]"]
    assert make(12, max_lines=1).wrap(text) == ["one [...]"]
    assert make(100, max_lines=1).wrap(text) == [text]
    assert make(14, max_lines=2, placeholder="~").wrap(text) == ["one two three", "four five six"]
    assert make(13, max_lines=2, placeholder="~").wrap(text + " s") == [
        "one two three",
        "four five~",
    ]


def test_a_placeholder_alone_where_no_word_fits(make: Make):
    assert make(6, max_lines=1).wrap("abcdefgh ij") == ["[...]"]


def test_a_placeholder_goes_after_the_line_before(make: Make):
    assert make(8, max_lines=2, break_long_words=False).wrap("ab cdefghijkl m") == ["ab [...]"]


def test_widths_that_cannot_be(make: Make):
    with pytest.raises(ValueError, match="invalid width 0"):
        make(1).__class__(width=0).wrap("a")
    with pytest.raises(ValueError, match="placeholder too large"):
        make(4, max_lines=1).wrap("abcde")
    with pytest.raises(ValueError, match="placeholder too large"):
        make(8, max_lines=1, initial_indent="    ").wrap("abcde")
    with pytest.raises(ValueError, match="placeholder too large"):
        make(8, max_lines=2, subsequent_indent="    ").wrap("abcde fghij klmno")


@pytest.mark.parametrize(
    ("text", "width", "short"),
    [
        ("Hello  world!", 12, "Hello world!"),
        ("Hello  world!", 11, "Hello [...]"),
        ("  a  b\n\tc ", 20, "a b c"),
        ("", 9, ""),
    ],
)
def test_texts_are_shortened(text: str, width: int, short: str):
    assert shorten(text, width) == short


def test_a_text_is_shortened_with_another_placeholder():
    assert shorten("Hello world", width=10, placeholder="...") == "Hello..."


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("  a\n  b", "a\nb"),
        ("  a\n    b\n  c\n", "a\n  b\nc\n"),
        ("    a\n  b", "  a\nb"),
        ("\ta\n\tb", "a\nb"),
        ("  a\n\tb", "  a\n\tb"),
        ("  a\n   \n  b", "a\n\nb"),
        ("a\n  b", "a\n  b"),
        ("  \t a\n  \tb", " a\nb"),
        ("", ""),
    ],
)
def test_common_margins_are_taken_away(text: str, left: str):
    assert dedent(text) == left


@pytest.mark.parametrize(
    ("text", "moved"),
    [
        ("a\nb", "> a\n> b"),
        ("a\n\n b\n", "> a\n\n>  b\n"),
        ("  \na", "  \n> a"),
        ("a\r\nb\r\n", "> a\r\n> b\r\n"),
    ],
)
def test_lines_are_indented(text: str, moved: str):
    assert indent(text, "> ") == moved


def test_only_lines_asked_for_are_indented():
    assert indent("a\n\nb\n", "- ", lambda line: True) == "- a\n- \n- b\n"
    assert indent("a\nb\n", "- ", lambda line: "b" in line) == "a\n- b\n"


def test_options_of_the_functions_reach_the_wrapper(prose: str):
    assert wrap("a b c", width=3, initial_indent="+") == ["+a", "b c"]
    assert fill("a b c", width=3, subsequent_indent="+") == "a b\n+c"
    assert len(wrap(prose)[0]) <= 70
