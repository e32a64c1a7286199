"""Classifiers of the package torchvision, and how their pictures are prepared."""

from typing import Any

from models.types.vision import Preprocess


def names() -> list[str]:
    """Every classifier torchvision knows."""
    from torchvision import models

    return list(models.list_models(module=models))


def make(name: str, classes: int | None, channels: int | None, size: int | None, **options: Any) -> Any:
    """The network, untrained, for 3 channels whatever is asked; vision transformers are made for one size."""
    from torchvision import models

    if classes is not None:
        options["num_classes"] = classes
    if size is not None and name.startswith("vit_"):
        options["image_size"] = size
    return models.get_model(name, weights=None, **options)


def classes(network: Any) -> int:
    """How many classes the network answers with, as torchvision makes it."""
    return 1000


def recipe(network: Any, name: str, channels: int, size: int | None) -> Preprocess:
    """As torchvision prepares pictures for the weights it offers under that name, which these need not be."""
    from torchvision import models

    how = models.get_model_weights(name).DEFAULT.transforms()
    side, shorter = how.crop_size[0], how.resize_size[0]
    if size is not None:
        side, shorter = size, round(size * shorter / side)
    return Preprocess(side, side, shorter, how.interpolation.value, tuple(how.mean), tuple(how.std), "assumed")
