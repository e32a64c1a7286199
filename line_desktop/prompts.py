"""The prompts: what the language model is told, in two profiles.

The paper profile has the LINE paper's structure (appendix C) in our own words: role, form of the answer, rules, four worked
examples, then the task. The compact profile, for models under a billion parameters, only shows lines to go on with: two
words joined, what words share, or one more of their kind.
"""

import math
from collections.abc import Sequence

from line_desktop.methods.asking import Condense, Propose
from models.types.language import Profile, ProposalRequest

Scores = Sequence[tuple[str, float]]  # concept and score, best first

FORBIDDEN_SHOWN = 60  # the latest names; a longer list crowds a small context
JOINED = 5  # of the best concepts, tried in pairs
CAPTIONS_SHOWN = 4  # to a small model, of the strongest photos

PAPER_PROPOSE = """\
You are an expert in vision networks, and you find out which visual concept makes one neuron respond most strongly.
Concepts were tried on the neuron and scored; a higher score means a stronger response. Propose one new concept that
should score higher than all of them.

Answer in this form:
<thinking>at most three sentences on what the best concepts have in common</thinking>
<answer>the new concept</answer>

Rules:
- Exactly one concept of one to three words, something that a picture can show.
- Weigh a concept by its score: stay close to the highest, and mistrust the lowest.
- Generalise the best concepts, join them into one, or name a part, colour, texture or shape that they share.
- A common shape may matter more than a common meaning.
- Never repeat a listed or forbidden concept, and do not change only its number or spelling.

Example 1
Concepts:
ladybug: 8.1
dice: 7.4
dalmatian: 7.2
harbour: 0.6
Forbidden: spots
<thinking>A ladybug, dice and a dalmatian share little but round dots on a plain ground. The harbour has none.</thinking>
<answer>polka dots</answer>

Example 2
Concepts:
rain: 0.92
beach chair: 0.55
walking stick: 0.52
violin: 0.08
Forbidden: storm, raincoat
<thinking>Rain scores highest, and a stick has a handle. One thing has a handle, is open in rain and stands at the beach.</thinking>
<answer>umbrella</answer>

Example 3
Concepts:
wooden door: 31
computer screen: 29
old book: 26
sheep: 2
Forbidden: window, frame
<thinking>Doors, screens and books differ in use and material. All are flat with four right angles, so the shape decides.</thinking>
<answer>rectangle</answer>

Example 4
Concepts:
strawberry: 4.4
red: 4.1
cherry: 3.9
banana: 1.2
Forbidden: berry
<thinking>The best are red, and most are fruits. A banana is a fruit but not red and scores much lower, so both count.</thinking>
<answer>red fruit</answer>
"""

PAPER_SUMMARISE = """\
You are an expert in vision networks. The three concepts that excite one neuron most are given, best first, with their scores.
Find the one concept that sums them up.

Answer in this form:
<thinking>at most three sentences on what the three have in common</thinking>
<answer>the concept</answer>

Rules:
- Exactly one concept of one to three words, something that a picture can show.
- It covers all three and is no wider than that needs.
- It is none of the three and not forbidden.

Example 1
Concepts:
lava: 12.0
eruption: 11.2
ash cloud: 9.7
Forbidden: fire
<thinking>Lava, an eruption and a cloud of ash appear together in one place.</thinking>
<answer>volcano</answer>

Example 2
Concepts:
lawn: 0.71
crocodile: 0.66
hedge: 0.65
Forbidden: plant
<thinking>A crocodile is no plant, so meaning does not unite the three. Their colour does.</thinking>
<answer>green</answer>

Example 3
Concepts:
banana: 5.3
lemon: 5.1
quince: 4.8
Forbidden: yellow, fruit
<thinking>All three are fruits, and all are yellow. Naming both is more exact than either.</thinking>
<answer>yellow fruit</answer>
"""

PAPER_CONDENSE = """\
You are an expert in vision networks. Descriptions of the photos that excite one neuron most are given.
Find the one concept that most of them share.

Answer in this form:
<thinking>at most three sentences on what the descriptions have in common</thinking>
<answer>the concept</answer>

Rules:
- Exactly one concept of one to three words, something that a picture can show.
- It need not fit every description: leave out those that are like none of the others.
- A shared colour, texture or shape counts as much as a shared thing.

Example 1
Descriptions:
- a man in a red coat on a bench
- a bowl of cherries
- a fire engine in front of a house
- a dog on a carpet
<thinking>A coat, cherries and a fire engine are different things but all of them are red. The dog is like none of them.</thinking>
<answer>red</answer>

Example 2
Descriptions:
- a boat tied to a pier at dusk
- a fisherman on a small ship
- three sailboats in a bay
<thinking>All of them show a vessel on the water, of different kinds.</thinking>
<answer>boat</answer>

Example 3
Descriptions:
- a wall of old bricks
- the scales of a fish
- a roof with grey tiles
- a close view of a honeycomb
<thinking>Bricks, scales, tiles and honeycombs are many small parts of one shape, side by side.</thinking>
<answer>repeated pattern</answer>
"""

SHARE = """\
soccer ball, ladybug, dice, dalmatian => dotted
tomato, heart, fire truck => red
pomegranate, strawberry, cherry => red fruit
wooden door, computer screen, book => rectangle
zebra, crosswalk, barcode => striped
violin, cello, guitar => instrument
lava, eruption, ash => volcano
oak, pine, palm => tree
"""

JOIN = """\
striped, green => green striped
car, red => red car
fruit, yellow => yellow fruit
black, grid => black grid
bird, white => white bird
dotted, orange => orange dotted
"""

RELATED = """\
lion, leopard, wolf => tiger
crimson, scarlet, orange => red
striped, checkered, grid => zigzag
trumpet, flute, drum => violin
bus, van, truck => car
navy, purple, cyan => blue
oak, fern, rose => cactus
chair, table, desk => sofa
"""
FORMS = (JOIN, SHARE, RELATED)  # take turns with the steps, and then the words shown do
SHOWN = ((0, 1, 2, 3), (0, 1), (0, 2, 4), (0,))  # by rank


def prompt(request: Propose, profile: Profile) -> ProposalRequest:
    """The prompt for what LINE asks."""
    shown = [(one.concept, one.score) for one in request.board]
    if request.summary:
        return summarise(shown, request.forbidden, request.seeds, profile)
    return propose(shown, request.forbidden, request.seeds, profile, request.step + request.attempt)


def propose(board: Scores, forbidden: Sequence[str], seeds: Sequence[int], profile: Profile, step: int) -> ProposalRequest:
    """Ask for one new concept for a board, best first; `step`, from 1, decides the line form of the compact profile."""
    if profile == "paper":
        return ProposalRequest(PAPER_PROPOSE, _paper_task(board, forbidden), profile, tuple(seeds))
    names = [name for name, _ in board]
    turn, form = divmod(step - 1, len(FORMS))
    pair = _untried_pair(names, forbidden) if FORMS[form] is JOIN else []
    shown = pair or [names[rank] for rank in SHOWN[turn % len(SHOWN)] if rank < len(names)]
    instructions = JOIN if pair else SHARE if FORMS[form] is JOIN else FORMS[form]
    return ProposalRequest(instructions, f"{', '.join(shown)} =>", profile, tuple(seeds))


def _untried_pair(names: Sequence[str], forbidden: Sequence[str]) -> list[str]:
    """The two best concepts that have no word in common, make three words at most, and were not joined yet."""
    tried = {frozenset(name.split()) for name in forbidden}
    for second in range(1, min(JOINED, len(names))):
        for first in range(second):
            words = names[first].split() + names[second].split()
            if len(words) <= 3 and len(set(words)) == len(words) and frozenset(words) not in tried:
                return [names[first], names[second]]
    return []


def summarise(board: Scores, forbidden: Sequence[str], seeds: Sequence[int], profile: Profile) -> ProposalRequest:
    """Ask what the three best concepts of a board have in common."""
    if profile == "paper":
        return ProposalRequest(PAPER_SUMMARISE, _paper_task(board[:3], forbidden), profile, tuple(seeds))
    return ProposalRequest(SHARE, f"{', '.join(name for name, _ in board[:3])} =>", profile, tuple(seeds))


def condense(request: Condense, profile: Profile) -> ProposalRequest:
    """The prompt for what Describe-and-Dissect asks: what most captions share."""
    if profile == "paper":
        lines = "\n".join(f"- {caption}" for caption in request.captions)
        return ProposalRequest(PAPER_CONDENSE, f"Now your task\nDescriptions:\n{lines}", profile, request.seeds)
    return ProposalRequest(SHARE, f"{', '.join(request.captions[:CAPTIONS_SHOWN])} =>", profile, request.seeds)


def _paper_task(board: Scores, forbidden: Sequence[str]) -> str:
    digits = score_digits([score for _, score in board])
    lines = [f"{name}: {score:.{digits}f}" for name, score in board]
    shown = ", ".join(forbidden[-FORBIDDEN_SHOWN:]) or "none"
    return "Now your task\nConcepts:\n" + "\n".join(lines) + f"\nForbidden: {shown}"


def score_digits(scores: Sequence[float]) -> int:
    """Decimals that show two significant digits of the scores' spread; at most 9."""
    spread = max(scores, default=0.0) - min(scores, default=0.0)
    scale = spread or abs(max(scores, default=0.0))
    return min(9, max(0, 1 - math.floor(math.log10(scale)))) if scale > 0 else 0
