"""What methods with a CLIP and a concept list share: both as vectors of one space, made once and kept in the workspace."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from line_desktop import concept_lists
from line_desktop.concept_lists import ConceptList
from line_desktop.concepts import key
from line_desktop.embeddings import Embeddings, ImportedClip, import_clip
from line_desktop.engines import Engines
from line_desktop.errors import UserError
from line_desktop.events import JobEvent, Note, Stage
from line_desktop.kits.kit import Kit
from line_desktop.label_job import LabelJob
from line_desktop.store.rows import Json
from line_desktop.store.workspace import Workspace
from line_desktop.survey import ProbeFolder
from models.plural import count
from models.types.shared import FloatArray
from models.types.vision import Target

CLASSES, PICTOGRAMS = "classes", "pictograms"  # concept lists that are no file


class Vocabulary(NamedTuple):
    """A concept list in the space of a CLIP."""

    names: list[str]
    vectors: FloatArray  # (concepts, width), rows of unit length


class ClipKit(Kit):
    """A method that needs a CLIP and a concept list."""

    clip: ImportedClip
    embeddings: Embeddings
    vocabulary: Vocabulary

    def __init__(self, workspace: Workspace, job: LabelJob, photos: ProbeFolder, engines: Engines) -> None:
        """Raises UserError or BadFile where the CLIP or the concept list is missing or none."""
        if job.clip is None:
            raise UserError(f"The method {job.method} needs a CLIP: give its folder with --clip, or demo for the small one of the demo.")
        listed = concepts_of(job, photos)
        withheld = set(map(key, job.withheld))
        self.names = [name for name in listed.concepts if key(name) not in withheld]
        self.notes = listed.notes
        super().__init__(workspace, job, photos, engines)
        self.clip = import_clip(workspace, job.clip)

    def open(self, target: Target, layers: dict[str, int]) -> Iterator[JobEvent]:
        """Embed the concepts."""
        yield from map(Note, self.notes)
        yield Stage(f"Embedding {count(len(self.names), 'concept')}")
        engines = self.engines
        self.embeddings = Embeddings(
            self.workspace, self.clip.info, engines.embedder(self.clip.folder), engines.stop, engines.tell, self.tally
        )
        self.vocabulary = Vocabulary(self.names, self.embeddings.texts(self.names))

    def settings(self) -> Json:
        """The CLIP and the concepts."""
        listed = hashlib.sha256(msgspec.json.encode(self.names)).hexdigest()
        return {
            "clip": {"sha256": self.clip.info.sha256, "name": self.clip.info.name},
            "concepts": {"list": self.job.concepts, "count": len(self.names), "sha256": listed},
        }


def names_expected(job: LabelJob, classes: int) -> int:
    """How many concepts the list of a job has. Raises UserError where it is a file that is none."""
    if job.concepts == CLASSES:
        return classes
    listed = concept_lists.of_pictograms() if job.concepts == PICTOGRAMS else concept_lists.read(Path(job.concepts))
    return len(listed.concepts)


def concepts_of(job: LabelJob, photos: ProbeFolder) -> ConceptList:
    """The concept list of a job. Raises UserError where it is a file that is none, or the photos have no classes."""
    if job.concepts == PICTOGRAMS:
        return concept_lists.of_pictograms()
    if job.concepts != CLASSES:
        return concept_lists.read(Path(job.concepts))
    if not photos.class_names:
        raise UserError(
            f"Of {count(len(photos.photos), 'photo')} in {photos.folder} none is labelled, so they give no concept list: "
            "name a file of concepts with --concepts, or give one folder of photos for each class."
        )
    return concept_lists.of_classes(photos.class_names)
