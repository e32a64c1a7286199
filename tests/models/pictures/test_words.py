"""The tables in words.toml are whole: every name leads to icons that exist, and no name means two things."""

from models.pictures import words
from models.pictures.icon_font import IconFont
from models.pictures.meaning import Lexicon
from models.pictures.wording import words_of

FONT = IconFont()
LEXICON = Lexicon(FONT.names)
NAMES = {*words.OBJECTS, *words.ICONS, *words.GROUPS, *words.COLOURS, *words.TEXTURES}


def test_sizes_asked_for() -> None:
    assert len(words.OBJECTS) >= 120
    assert len(words.COLOURS) >= 10
    assert len(words.TEXTURES) >= 6
    assert len(FONT.names) == 7367
    assert {"animal", "fruit", "vehicle", "building", "instrument", "tool", "plant", "food", "clothing"} <= set(words.GROUPS)
    assert {"insect", "bird", "furniture", "ball", "weather"} <= set(words.GROUPS)


def test_every_name_leads_to_existing_icons() -> None:
    existing = set(FONT.names)
    for name in NAMES:
        icons = LEXICON.understand(name).icons
        assert icons, name
        assert set(icons) <= existing, name


def test_every_object_is_its_own_icon() -> None:
    for name, icons in words.OBJECTS.items():
        assert LEXICON.understand(name).icons == icons, name
    assert len(set(words.OBJECTS.values())) == len(words.OBJECTS)


def test_synonyms_mean_the_same_and_one_thing_only() -> None:
    others = [" ".join(words_of(other)) for names in words.SYNONYMS.values() for other in names]
    assert len(others) == len(set(others))
    assert not set(others) & NAMES
    for name, synonyms in words.SYNONYMS.items():
        for synonym in synonyms:
            assert LEXICON.understand(synonym) == LEXICON.understand(name), synonym
