"""The network of a Hugging Face folder: an image classifier, or the backbone or vision tower it was saved as.

The network is built from our own copy of the allowlisted files, with the configuration fields its class declares and nothing else
(SAFETY, 6).
"""

import dataclasses
import json
import logging
import os
import tempfile
from pathlib import Path
from typing import Any, Final

from models.errors import BadFile, ModelError
from models.inspect.huggingface_folder import HuggingFaceFolder
from models.inspect.vision_classes import VisionClass, vision_class
from models.vision.entry import DEFAULT_SIZE, LARGEST
from models.vision.graph import first_line
from models.vision.torch_export import TORCH_ERRORS

KEPT: Final = ("model_type", "architectures", "id2label", "label2id", "problem_type")
DROPPED: Final = frozenset({"auto_map", "dtype", "torch_dtype", "output_hidden_states", "return_dict", "quantization_config"})


def load(folder: HuggingFaceFolder) -> Any:
    """The network in float32 on the CPU, from a private copy of the folder whose weights are links to the originals.

    Raises BadFile if the folder is no vision network that transformers knows, or its weights do not fit it.
    """
    chosen = vision_class(folder.path, folder.model_type, folder.architecture)  # before transformers, whose import takes seconds
    return load_as(folder, _network_class(folder.model_type, chosen))


def load_as(folder: HuggingFaceFolder, network_class: Any) -> Any:
    """The same as a given class of transformers. Raises BadFile if the weights do not fit it."""
    from huggingface_hub.errors import StrictDataclassError
    from safetensors import SafetensorError
    from transformers.utils.logging import disable_progress_bar

    logging.getLogger("transformers").setLevel(logging.ERROR)
    disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers does not type it
    with tempfile.TemporaryDirectory() as private:
        _copy_allowed(folder, network_class.config_class, Path(private))
        try:
            network, report = network_class.from_pretrained(
                private,
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
                output_loading_info=True,
                attn_implementation="eager",
                dtype="float32",
            )
        except (StrictDataclassError, SafetensorError, *TORCH_ERRORS) as error:
            raise BadFile(f"transformers cannot build the network in {folder.path} ({first_line(error)}); fetch it again.") from error
    missing = sorted(str(name) for key in ("missing_keys", "mismatched_keys") for name in report.get(key, ()))
    if missing:
        raise BadFile(f"The weights in {folder.path} lack {len(missing)} of the network's tensors, such as {missing[0]}; fetch them again.")
    return network.eval()


def input_size(folder: HuggingFaceFolder) -> int:
    """The side in pixels that config.json states, or 224."""
    size = folder.vision_config.get("image_size")
    return size if isinstance(size, int) and 0 < size <= LARGEST else DEFAULT_SIZE


def _network_class(model_type: str, chosen: VisionClass) -> Any:
    """The class that optimum names for the task."""
    from optimum.exporters.tasks import TasksManager

    task = "image-classification" if chosen.classifies else "feature-extraction"
    try:
        return TasksManager.get_model_class_for_task(task, model_type=model_type, model_class_name=chosen.name)
    except ImportError as error:
        raise ModelError(
            f"transformers cannot load its class {chosen.name} here ({first_line(error)}); often a torchvision is installed that belongs "
            "to another torch: install the one that fits, or none."
        ) from error


def _copy_allowed(folder: HuggingFaceFolder, config_class: Any, private: Path) -> None:
    of_tower = folder.vision_config if "vision" in config_class.model_type else folder.config
    (private / "config.json").write_text(json.dumps(_allowed(of_tower, config_class)), encoding="utf-8")
    for file in folder.weights:
        try:
            (private / file.name).symlink_to(file.resolve())
        except OSError:  # Windows without the right to make links
            os.link(file.resolve(), private / file.name)
    index = folder.path / "model.safetensors.index.json"
    if len(folder.weights) > 1:
        shards = json.loads(index.read_bytes())["weight_map"]
        (private / index.name).write_text(json.dumps({"metadata": {}, "weight_map": shards}), encoding="utf-8")


def _allowed(config: dict[str, Any], config_class: Any) -> dict[str, Any]:
    """The fields that the class declares, also in configurations inside it; `model_type` is the class's own."""
    parts = getattr(config_class, "sub_configs", {})
    declared = {field.name for field in dataclasses.fields(config_class)} | set(KEPT)
    found: dict[str, Any] = {}
    for key, value in config.items():
        if key in parts:
            found[key] = _allowed(value, _class_of_part(parts[key], value)) if isinstance(value, dict) else {}
        elif key in declared - DROPPED and not key.startswith("_"):
            found[key] = value
    return found | {"model_type": config_class.model_type}


def _class_of_part(declared: Any, config: dict[str, Any]) -> Any:
    """The configuration class of a part; where any is allowed, the one of transformers' own that the part names."""
    from transformers import CONFIG_MAPPING, AutoConfig

    return CONFIG_MAPPING[config["model_type"]] if declared is AutoConfig else declared
