"""What a concept may be drawn as: colours, textures, objects, groups, in any order, number and spelling; or why not."""

import pytest

from models.pictures.icon_font import IconFont
from models.pictures.meaning import Lexicon, Meaning, NotUnderstood
from models.pictures.words import COLOURS, OBJECTS, TEXTURES

LEXICON = Lexicon(IconFont().names)
ALL_COLOURS = tuple(COLOURS)


def meaning(concept: str) -> Meaning:
    return LEXICON.understand(concept)


def test_colour_texture_and_object() -> None:
    assert meaning("purple dotted elephant") == Meaning(("elephant",), ("purple",), ("dotted",))
    assert meaning("elephant") == Meaning(("elephant",), ALL_COLOURS, TEXTURES)


def test_without_an_object_any_object_is_drawn() -> None:
    found = meaning("dotted purple")
    assert set(found.icons) == {icon for icons in OBJECTS.values() for icon in icons}
    assert (found.colours, found.textures) == (("purple",), ("dotted",))


@pytest.mark.parametrize(
    "same",
    [
        ("cat", "Cats", "CAT", "the cat", "cat's", "kitten", "cat icon", "kitten cat"),
        ("dotted", "polka-dots", "polka dot pattern", "spots", "Dotted"),
        ("striped", "stripes", "stripy", "striped pattern", "striped texture"),
        ("red car", "crimson automobile", "scarlet cars", "cars red", "a red colored car"),
        ("purple", "violet", "violet color"),
        ("airplane", "plane", "planes", "aeroplane"),
        ("palm", "palm tree", "tree palm", "palm-trees"),
        ("hat", "hat fedora", "fedora"),
        ("heart", "heart shape", "heart-shaped object"),
        ("cherry", "cherries"),
        ("checkered", "checkerboard", "chequered"),
        ("fruit", "fruits", "fruit object"),
    ],
)
def test_the_same_meaning_in_other_words(same: tuple[str, ...]) -> None:
    assert {meaning(concept).key for concept in same} == {meaning(same[0]).key}


def test_groups_draw_their_members() -> None:
    assert {"cat", "owl", "fish", "bee", "snake", "bird"} <= set(meaning("animals").icons)
    assert "car-side" not in meaning("animal").icons
    assert meaning("yellow fruit").colours == ("yellow",)
    assert set(meaning("orange fruit").icons) == set(meaning("fruit").icons)
    assert meaning("shape").icons[:3] == ("circle", "square", "triangle")


def test_words_of_icon_names() -> None:
    assert meaning("double bed").icons == ("bed-double",)
    assert meaning("electric guitar").icons == meaning("guitar electric").icons == ("guitar-electric",)
    assert meaning("lipstick").icons == ("lipstick",)
    weather = meaning("weather").icons
    assert not any(name.endswith(("-off", "-outline")) for name in weather)


def test_interface_states_are_drawn_only_when_asked_for() -> None:
    plain, outlined = meaning("croissant").icons, meaning("book outline").icons
    assert plain == ("food-croissant",)
    assert outlined
    assert all("outline" in name for name in outlined)


def test_two_colours_are_two_choices() -> None:
    assert meaning("red and blue").colours == ("blue", "red")


@pytest.mark.parametrize(
    ("concept", "reason"),
    [
        ("blue sky", 'no icon is called "sky"'),
        ("flying bird", 'no icon is called "flying"'),
        ("xyzzy", 'no icon is called "xyzzy"'),
        ("cat wolf", 'no icon is called "wolf"'),
        ("cat bus", 'no icon is "cat" and "bus" at once'),
        ("", "it names nothing that can be drawn"),
        ("the object", "it names nothing that can be drawn"),
    ],
)
def test_what_is_not_understood(concept: str, reason: str) -> None:
    with pytest.raises(NotUnderstood, match=f"^{reason}$"):
        meaning(concept)
