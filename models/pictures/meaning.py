"""What a concept means to the pictogram source: which icons, colours and textures may be drawn for it."""

from collections.abc import Iterable, Iterator
from functools import lru_cache

import msgspec

from models.pictures.wording import singulars, words_of
from models.pictures.words import COLOURS, FILLERS, GROUPS, ICONS, OBJECTS, STATES, SYNONYMS, TEXTURES

LONGEST = 4  # words in the longest phrase of the tables
ANY_ICON = tuple(dict.fromkeys(icon for icons in OBJECTS.values() for icon in icons))


class Meaning(msgspec.Struct, frozen=True):
    """Each picture of the concept takes one icon, one colour and one texture of these."""

    icons: tuple[str, ...]
    colours: tuple[str, ...]
    textures: tuple[str, ...]

    @property
    def key(self) -> str:
        """The same for all ways to say the same thing."""
        return ";".join(",".join(part) for part in (self.icons, self.colours, self.textures))


class NotUnderstood(Exception):
    """The concept cannot be drawn; the text is the reason in a few words."""


class Lexicon:
    """Understands concepts, given the names of all icons ("palm-tree")."""

    def __init__(self, icon_names: Iterable[str]) -> None:
        self._by_word: dict[str, list[str]] = {}
        for name in sorted(icon_names):
            for word in dict.fromkeys(name.split("-")):
                self._by_word.setdefault(word, []).append(name)
        self._canonical = {_joined(other): name for name, others in SYNONYMS.items() for other in others}
        self.understand = lru_cache(maxsize=4096)(self._understand)

    def _understand(self, concept: str) -> Meaning:
        """Every word must be understood. Raises NotUnderstood."""
        colours: list[str] = []
        textures: list[str] = []
        things: list[str] = []
        for phrase in self._phrases(words_of(concept)):
            (colours if phrase in COLOURS else textures if phrase in TEXTURES else things).append(phrase)
        things = list(dict.fromkeys(things))
        things = [thing for thing in things if thing not in FILLERS] or [thing for thing in things if thing in GROUPS]
        if not (colours or textures or things):
            raise NotUnderstood("it names nothing that can be drawn")
        return Meaning(
            icons=self._together(things) if things else ANY_ICON,
            colours=tuple(sorted(set(colours))) or tuple(COLOURS),
            textures=tuple(sorted(set(textures))) or TEXTURES,
        )

    def _phrases(self, words: list[str]) -> Iterator[str]:
        """Cut into the longest known phrases, each by its canonical name."""
        while words:
            lengths = range(min(len(words), LONGEST), 0, -1)
            known = next(((name, length) for length in lengths if (name := self._known(words[:length]))), None)
            if known is None:
                raise NotUnderstood(f'no icon is called "{words[0]}"')
            name, length = known
            yield name
            words = words[length:]

    def _known(self, words: list[str]) -> str | None:
        """The canonical name of a phrase in singular or plural: from the tables first, then a word of the icons' names."""
        phrases = [" ".join([*words[:-1], last]) for last in singulars(words[-1])]
        for phrase in phrases:
            name = self._canonical.get(phrase, phrase)
            if any(name in table for table in (COLOURS, TEXTURES, OBJECTS, ICONS, GROUPS)):
                return name
            if name != phrase:
                return self._known(name.split())
        single = [phrase for phrase in phrases if " " not in phrase and (phrase in FILLERS or self._drawable_word(phrase))]
        return single[0] if single else None

    def _drawable_word(self, word: str) -> bool:
        return len(word) > 2 and word in self._by_word

    def _together(self, things: list[str]) -> tuple[str, ...]:
        """The icons for all the things at once: "double bed", "fruit apple"."""
        if len(things) == 1:
            return self._plainest(things[0])
        common = set.intersection(*(set(self._all(thing)) for thing in things))
        if not common:
            raise NotUnderstood("no icon is " + " and ".join(f'"{thing}"' for thing in things) + " at once")
        return _fewest_states(sorted(common), set(" ".join(things).split()))

    def _plainest(self, thing: str) -> tuple[str, ...]:
        """The icons that show a thing best."""
        if thing in GROUPS:
            members = (icon for member in GROUPS[thing] for icon in self._member(member, thing))
            return tuple(dict.fromkeys(members))
        table = OBJECTS.get(thing) or ICONS.get(thing)
        if table:
            return table
        named = self._by_word[thing]
        return (thing,) if thing in named else _fewest_states(named, {thing})

    def _member(self, member: str, group: str) -> tuple[str, ...]:
        """The icons of a group's member; a member of the group's own name is the icon of that name ("bird")."""
        if member == group:
            return (member,)
        return self._together(list(self._phrases(member.split())))

    def _all(self, thing: str) -> list[str]:
        """Every icon a thing may be, curated or by a word of its name."""
        words = thing.split()
        named = [name for name in self._by_word.get(words[0], []) if set(words) <= set(name.split("-"))]
        curated = thing in GROUPS or thing in OBJECTS or thing in ICONS
        return [*(self._plainest(thing) if curated else ()), *named]


def _joined(phrase: str) -> str:
    return " ".join(words_of(phrase))


def _fewest_states(names: list[str], wanted: set[str]) -> tuple[str, ...]:
    """The names with the fewest words of interface states that nobody asked for ("cat" is not "cat-off")."""
    counts = {name: len((STATES - wanted) & set(name.split("-"))) for name in names}
    fewest = min(counts.values())
    return tuple(name for name in names if counts[name] == fewest)
