"""The versions of the packages that a result depends on."""

from importlib.metadata import PackageNotFoundError, version

PACKAGES = ("line-desktop", "numpy", "pillow", "onnxruntime", "onnxruntime-gpu", "torch", "transformers", "llama-cpp-python", "apsw")


def versions() -> dict[str, str]:
    """Of those that are installed."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
