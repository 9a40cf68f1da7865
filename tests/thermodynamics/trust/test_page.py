"""The page: the worst first, what to do beside it, nothing lost."""

from html.parser import HTMLParser

from navac.thermodynamics.trust.check import Quantity, Subject
from navac.thermodynamics.trust.page import page, summary_sentence

NOISE = Quantity(
    name="noise", unit="K", good=1, bad=2, says="Quiet.", doubts="Off by {value} K < {what}.",
    unknown="Nobody listened.", action="Listen to {what}.", to_know="Listen.",
)  # fmt: skip
FAULTS = Quantity(name="faults", doubts="{what}.", says="None.", action="Look.")


def of(kind, name, range="r"):
    return Subject(range=range, kind=kind, name=name)


CHECKS = [
    NOISE.check(of("phase", "alpha"), 0.5, what="a"),
    NOISE.check(of("phase", "beta"), 1.5, what="b & c"),
    NOISE.check(of("phase", "gamma"), 5, what="g"),
    NOISE.check(of("phase", "delta"), 9, what="d"),
    NOISE.check(of("boundary", "alpha+beta"), what="e"),
    FAULTS.check(of("range", "s", "s"), verdict="bad", what="An island"),
    FAULTS.check(of("range", "s", "s"), verdict="bad", what="Another"),
]


class Tags(HTMLParser):
    """Refuses tags that are not closed, and keeps the text."""

    def __init__(self):
        super().__init__()
        self.open, self.text = [], []

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def text_of(html):
    parser = Tags()
    parser.feed(html)
    assert parser.open == []
    return " ".join(" ".join(parser.text).split())


def test_the_worst_is_first_with_what_to_do():
    text = text_of(page(CHECKS))
    places = [text.index(part) for part in (
        "Of 7 checks 1 are good, 1 doubtful, 4 bad; 1 cannot be made.", "Bad:", "An island.",
        "Another.", "r: gamma (5 K), delta (9 K)", "delta: Off by 9 K", "→ Listen to g. Listen to",
        "Doubtful:", "Off by 1.5 K < b & c.", "Not known:", "Nobody listened.", "r: phases",
        "r: boundaries", "Every check in one sentence",
    )]  # fmt: skip
    assert places == sorted(places)


def test_every_check_is_in_a_sentence():
    details = text_of(page(CHECKS)).split("Every check in one sentence")[1]
    assert all(c.sentence in details for c in CHECKS)


def test_nothing_to_do_where_all_is_good():
    text = text_of(page(CHECKS[:1]))
    assert not any(word in text for word in ("Bad:", "Doubtful:", "Not known:", "→"))
    assert summary_sentence([]) == ("Of 0 checks 0 are good, 0 doubtful, 0 bad; 0 cannot be made.")


def test_verdicts_are_told_without_colours():
    text = text_of(page(CHECKS))
    assert all(mark in text for mark in ("✓ 0.5 K", "! 1.5 K", "✗ 9 K", "–"))
