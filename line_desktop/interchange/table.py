"""The CSV file: one row a neuron, for spreadsheets, notebooks and papers.

The columns `neuron, concept, AUC, U, p, MAD` are those of CoSy's tables, so that the file can stand beside its results; the last four
are empty where a label was not verified.
"""

import codecs
import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from line_desktop.accuracy import accuracies, of_label, together
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
    "reason": "why there is no label, that a label is provisional, or what another tool said beside it",
    "verdict": "what the evidence says; empty without evidence",
    "facets": "how many kinds of photos got a label of their own; empty where the method facets gave none",
    "causal": "what the newest causal check says: causal, partly causal, not causal or no response; empty without one",
    "causal_drop": "share of the neuron's range that goes with the concept; empty without a causal check",
    "control_drop": "the same where something else was changed; empty without a causal check",
    "accuracy": "share of the labelled photos that the network names right; empty without an ablation",
    "accuracy_without": "the same without the neuron; empty without an ablation",
    "class_accuracy": "accuracy on the photos of the classes named like the concept; empty without an ablation or without such a class",
    "class_accuracy_without": "the same without the neuron",
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
    facets = Counter(claim.neuron_id for claim in desk.claims([card.id for card in cards], "facets", every=True))
    for card in cards:
        if card.layer_id not in networks:
            networks[card.layer_id] = desk.target(desk.layer(card.layer_id).target_id).sha256
        yield _row(desk, card, facets[card.id], networks[card.layer_id])


def _row(desk: Desk, card: Card, facets: int, network: str) -> list[str]:
    found = desk.evidence(card.id)
    evidence = [repr(one) for one in (found.auc.value, found.u, found.p, found.mad.value)] if found else [""] * 4
    result = shown_result(card, desk.neuron_results(card.id))
    human = desk.human_word(card.id)
    told = (
        (result.result.origin or "") if result else "",
        card.method or "",
        card.status,
        result.result.reason if result else "",
        card.verdict or "",
    )
    score = "" if card.score is None else repr(card.score)
    interventions = [str(facets or ""), *_causal(desk, card), *_accuracy(desk, card)]
    said = ((human.label or "") if human else "", human.note if human else "", network)
    named = [guarded(card.layer), str(card.neuron), guarded(card.label or "")]
    return [*named, *evidence, score, *map(guarded, told), *interventions, *map(guarded, said)]


def _causal(desk: Desk, card: Card) -> list[str]:
    """The newest causal check of the label on the card."""
    checks = desk.causal_checks(card.id, card.label) if card.label else []
    return [checks[0].verdict, repr(checks[0].edit.absolute.value), repr(checks[0].control.absolute.value)] if checks else [""] * 3


def _accuracy(desk: Desk, card: Card) -> list[str]:
    """With and without the neuron, on all classes and on those named like the label."""
    found = desk.ablation(card.id)
    if found is None:
        return [""] * 4
    own, _ = of_label(found, card.label)
    whole = [repr(one) for one in accuracies(together(found.classes))]
    return whole + ([repr(one) for one in accuracies(together(own))] if own else [""] * 2)


def shown_result(card: Card, results: Sequence[NeuronResult]) -> NeuronResult | None:
    """The result that stands on a card."""
    same = (one for one in results if (one.method, one.result.status, one.result.label) == (card.method, card.status, card.label))
    return next(same, None)
