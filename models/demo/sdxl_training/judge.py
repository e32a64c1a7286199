"""The demo network judges a picture source, `python -m models.demo.sdxl_training.judge [SOURCE]`: do its pictures show what was asked?

Asked is a colour, a texture and an object, each picture with an angle and a lighting of the method's prompt.
"""

import argparse
import io
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import torch
from PIL import Image
from transformers import ResNetForImageClassification

from models.demo import NETWORK
from models.demo.sdxl_training.world import THINGS, TINTS
from models.demo.train import MEAN, SIDE, STD
from models.pictures import open_source
from models.pictures.drawing import LIGHTS, VIEWS
from models.pictures.words import OBJECTS, TEXTURES
from models.types.pictures import Picture, PicturePrompt, PictureSource

KINDS: Final[dict[str, Sequence[str]]] = {"colour": TINTS, "texture": TEXTURES, "object": tuple(OBJECTS)}
CHUNK: Final = 50


class Asked(NamedTuple):
    """What a picture is to show."""

    colour: str
    texture: str
    object: str


class Verdict(NamedTuple):
    """For each picture what was asked and what the network saw, its strongest class neuron of each kind."""

    asked: list[Asked]
    seen: list[Asked]

    def share(self, kind: str) -> float:
        """The share of pictures in which it saw the colour, texture or object that was asked."""
        right = [getattr(one, kind) == getattr(other, kind) for one, other in zip(self.asked, self.seen, strict=True)]
        return right.count(True) / len(right)

    def share_of_object(self, name: str) -> float:
        """The share of the pictures of one object in which it saw that object."""
        seen = [other.object for one, other in zip(self.asked, self.seen, strict=True) if one.object == name]
        return seen.count(name) / max(len(seen), 1)


def judge(source: PictureSource, count: int, seed: int = 0) -> Verdict:
    """Draw `count` pictures, objects in turn and the rest at random, and let the demo network look at them."""
    rng = np.random.default_rng(seed)
    asked = [Asked(str(rng.choice(TINTS)), str(rng.choice(TEXTURES)), THINGS[number % len(THINGS)]) for number in range(count)]
    prompts = [
        PicturePrompt(" ".join(one), str(rng.choice(list(VIEWS))), str(rng.choice(list(LIGHTS))), 1000 * seed + number)
        for number, one in enumerate(asked)
    ]
    drawn = [picture for start in range(0, count, CHUNK) for picture in source.draw(prompts[start : start + CHUNK])]
    kept = [row for row, picture in enumerate(drawn) if isinstance(picture, Picture)]
    return Verdict([asked[row] for row in kept], look([one for one in drawn if isinstance(one, Picture)]))


@torch.inference_mode()
def look(pictures: list[Picture]) -> list[Asked]:
    """What the demo network sees, of all it knows."""
    network = ResNetForImageClassification.from_pretrained(NETWORK, local_files_only=True)
    pixels = torch.from_numpy(np.stack([_shrunk(picture) for picture in pictures])).permute(0, 3, 1, 2).float()
    logits = torch.cat([network(pixel_values=part).logits for part in torch.split((pixels / 255 - MEAN) / STD, 200)])
    numbers = {str(name): number for number, name in (network.config.id2label or {}).items()}
    columns = [logits[:, [numbers[name] for name in names]].argmax(1).tolist() for names in KINDS.values()]
    return [Asked(*(names[column] for names, column in zip(KINDS.values(), row, strict=True))) for row in zip(*columns, strict=True)]


def _shrunk(picture: Picture) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """As the network's preprocessor config asks: Pillow's bilinear."""
    image = Image.open(io.BytesIO(picture.data)).convert("RGB")
    return np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BILINEAR))


def main() -> None:
    """Print the shares."""
    parser = argparse.ArgumentParser(description="Let the demo network judge pictures of known content.")
    parser.add_argument("source", nargs="?", default="sdxl:demo", help="as --pictures takes it")
    parser.add_argument("--pictures", type=int, default=600)
    parser.add_argument("--seed", type=int, default=0)
    wanted = parser.parse_args()
    verdict = judge(open_source(wanted.source), wanted.pictures, wanted.seed)
    print(", ".join(f"{kind} {verdict.share(kind):.1%}" for kind in KINDS))
    print(", ".join(f"{name} {verdict.share_of_object(name):.0%}" for name in sorted(THINGS, key=verdict.share_of_object)))


if __name__ == "__main__":
    main()
