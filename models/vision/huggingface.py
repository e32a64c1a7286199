"""A Hugging Face image-classification folder exported to ONNX by torch, and compared with torch.

torch and transformers are imported when the first folder comes, so that ONNX files never wait for them. The network is built from
our own copy of the allowlisted files, with the configuration fields its class declares and nothing else (SAFETY, 6).
"""

import dataclasses
import json
import logging
import os
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import onnxruntime as ort

from models.errors import BadFile, ModelError
from models.inspect.huggingface_folder import HuggingFaceFolder
from models.vision.entry import DEFAULT_SIZE, LARGEST
from models.vision.graph import ORT_ERRORS, first_line

if TYPE_CHECKING:
    import torch

TASK: Final = "image-classification"
OPSET: Final = 20
TOLERANCE: Final = 1e-3  # of the largest value torch gives
KEPT: Final = ("model_type", "architectures", "id2label", "label2id", "problem_type")
DROPPED: Final = frozenset({"auto_map", "dtype", "torch_dtype", "output_hidden_states", "return_dict", "quantization_config"})
# What a nonsensical configuration leads to inside transformers.
UNBUILDABLE: Final = (OSError, ValueError, TypeError, LookupError, RuntimeError, AttributeError, ArithmeticError, AssertionError)


def export(folder: HuggingFaceFolder, file: Path, height: int, width: int) -> None:
    """Write `file` (and `file`.data) for inputs of `height` × `width` pixels and any batch.

    Raises BadFile if the folder is no image-classification network that transformers knows or its weights do not fit it, and
    ModelError "export failed" if the export fails or differs from torch by more than TOLERANCE.
    """
    import torch

    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():  # the exporter's own use of deprecated calls
        warnings.simplefilter("ignore")
        network = _load(folder)
        channels = int(getattr(network.config, "num_channels", 3))
        pictures = torch.randn((2, channels, height, width), generator=torch.Generator().manual_seed(0))
        _write(network, pictures, file, folder.path)
        with torch.inference_mode():
            expected = network(pictures).logits.numpy()
    compare(file, pictures.numpy(), expected, folder.path)


def input_size(folder: HuggingFaceFolder) -> int:
    """The side in pixels that config.json states, or 224."""
    size = folder.config.get("image_size")
    return size if isinstance(size, int) and 0 < size <= LARGEST else DEFAULT_SIZE


def _load(folder: HuggingFaceFolder) -> Any:
    """The network in float32 on the CPU, from a private copy of the folder whose weights are links to the originals."""
    from huggingface_hub.errors import StrictDataclassError
    from safetensors import SafetensorError

    network_class = _network_class(folder)
    logging.getLogger("transformers").setLevel(logging.ERROR)
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
        except (StrictDataclassError, SafetensorError, *UNBUILDABLE) as error:
            raise BadFile(f"transformers cannot build the network in {folder.path} ({first_line(error)}); fetch it again.") from error
    missing = sorted(str(name) for key in ("missing_keys", "mismatched_keys") for name in report.get(key, ()))
    if missing:
        raise BadFile(f"The weights in {folder.path} lack {len(missing)} of the network's tensors, such as {missing[0]}; fetch them again.")
    return network.eval()


def _network_class(folder: HuggingFaceFolder) -> Any:
    """The class that optimum names for the task; raises BadFile if the folder is of another task or type."""
    from optimum.exporters.tasks import TasksManager
    from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING_NAMES

    known = MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING_NAMES.get(folder.model_type)
    if known is None:
        raise BadFile(f"{folder.path} is a {folder.model_type or 'nameless'!r} model, and no image classifier that transformers knows.")
    names = (known,) if isinstance(known, str) else known
    if folder.architecture not in names:
        raise BadFile(f"{folder.path} was saved as {folder.architecture or 'no named class'}; an image classifier is {' or '.join(names)}.")
    return TasksManager.get_model_class_for_task(TASK, model_type=folder.model_type, model_class_name=folder.architecture)


def _copy_allowed(folder: HuggingFaceFolder, config_class: Any, private: Path) -> None:
    declared = {field.name for field in dataclasses.fields(config_class)} | set(KEPT)
    config = {key: value for key, value in folder.config.items() if key in declared - DROPPED and not key.startswith("_")}
    (private / "config.json").write_text(json.dumps(config), encoding="utf-8")
    for file in folder.weights:
        try:
            (private / file.name).symlink_to(file.resolve())
        except OSError:  # Windows without the right to make links
            os.link(file.resolve(), private / file.name)
    index = folder.path / "model.safetensors.index.json"
    if len(folder.weights) > 1:
        shards = json.loads(index.read_bytes())["weight_map"]
        (private / index.name).write_text(json.dumps({"metadata": {}, "weight_map": shards}), encoding="utf-8")


def _write(network: Any, pictures: "torch.Tensor", file: Path, source: Path) -> None:
    import torch

    try:
        torch.onnx.export(
            network,
            (pictures,),
            file,
            dynamo=True,
            opset_version=OPSET,
            input_names=["pixel_values"],
            dynamic_shapes=({0: "batch"},),
            external_data=True,
            verbose=False,
        )
    except (torch.onnx.OnnxExporterError, RuntimeError, ValueError, TypeError) as error:
        raise ModelError(f"Export failed for {source}: torch.onnx cannot write it as ONNX ({first_line(error)}).") from error


def compare(file: Path, pictures: np.ndarray, expected: np.ndarray, source: Path) -> None:
    """Raise ModelError if the network in `file` gives for `pictures` anything but `expected`, torch's result."""
    options = ort.SessionOptions()
    options.log_severity_level = 4
    try:
        session = ort.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        actual = session.run(None, {session.get_inputs()[0].name: pictures})[0]
    except ORT_ERRORS as error:
        raise ModelError(f"Export failed for {source}: ONNX Runtime cannot run what torch wrote ({first_line(error)}).") from error
    scale = float(np.abs(expected).max())
    difference = float(np.abs(actual - expected).max()) if actual.shape == expected.shape else float("inf")
    if not difference <= TOLERANCE * max(scale, 1e-6):
        raise ModelError(
            f"Export failed for {source}: ONNX Runtime and torch differ by {difference:.3g} where the largest value is {scale:.3g}; "
            f"at most {TOLERANCE:g} of it is allowed."
        )
