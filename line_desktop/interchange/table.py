"""The CSV file: one row a neuron, for spreadsheets, notebooks and papers.

The columns `neuron, concept, AUC, U, p, MAD` are those of CoSy's tables, so that the file can stand beside its results; the last four
are empty where a label was not verified.
"""

import codecs
import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from line_desktop.interchange.cells import guarded
from line_desktop.interchange.files import replacing
from line_desktop.store.desk import Desk
from line_desktop.store.gallery import Ids
from line_desktop.store.rows import Card, NeuronResult

COLUMNS: Final = {
    "layer": "name of the layer",
    "neuron": "number of the neuron in its layer, from 0",
    "concept": "the machine's label; empty where there is none",
    "AUC": "area under the ROC curve: fresh pictures of the concept against the probe photos; empty without evidence",
    "U": "Mann-Whitney U of the same; empty without evidence",
    "p": "its two-sided p-value; empty without evidence",
    "MAD": "difference of the mean activations over the standard deviation of the probe photos; empty without evidence",
    "score": "mean activation over the label's pictures; empty for another method's label",
    "origin": "where the label came from: start, generated, summary or bank",
    "method": "line, or the method of an imported label",
    "status": "labelled, unlabelled, dead, constant, non-finite, redundant, unselective, no usable proposal or failed",
    "reason": "why there is no label, or what another tool said beside it",
    "verdict": "what the evidence says; empty without evidence",
    "human_label": "a person's label",
    "note": "a person's note",
    "network": "SHA-256 of the checkpoint",
}
_PAGE = 500


def write_table(desk: Desk, ids: Ids, file: Path) -> None:
    """Write the neurons in the order given as UTF-8 with commas and a header. Raises CannotWrite, DiskFull."""
    with replacing(file) as out:
        writer = csv.writer(codecs.getwriter("utf-8")(out))
        writer.writerow(COLUMNS)
        for start in range(0, len(ids), _PAGE):
            writer.writerows(_rows(desk, desk.cards(ids[start : start + _PAGE])))


def _rows(desk: Desk, cards: Sequence[Card]) -> Iterator[list[str]]:
    networks: dict[int, str] = {}
    for card in cards:
        if card.layer_id not in networks:
            networks[card.layer_id] = desk.target(desk.layer(card.layer_id).target_id).sha256
        yield _row(desk, card, networks[card.layer_id])


def _row(desk: Desk, card: Card, network: str) -> list[str]:
    found = desk.evidence(card.id)
    evidence = [repr(one) for one in (found.auc.value, found.u, found.p, found.mad.value)] if found else [""] * 4
    result = shown_result(card, desk.neuron_results(card.id))
    human = desk.human_word(card.id)
    texts = (
        (result.result.origin or "") if result else "",
        card.method or "",
        card.status,
        result.result.reason if result else "",
        card.verdict or "",
        (human.label or "") if human else "",
        human.note if human else "",
        network,
    )
    score = "" if card.score is None else repr(card.score)
    return [guarded(card.layer), str(card.neuron), guarded(card.label or ""), *evidence, score, *map(guarded, texts)]


def shown_result(card: Card, results: Sequence[NeuronResult]) -> NeuronResult | None:
    """The result that stands on a card."""
    same = (one for one in results if (one.method, one.result.status, one.result.label) == (card.method, card.status, card.label))
    return next(same, None)
