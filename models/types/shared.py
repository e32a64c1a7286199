"""What all engines share: arrays of activations, and word of how far a long call has come."""

import msgspec
import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]


class Progress(msgspec.Struct, frozen=True, tag=True):
    """How far an engine is in the middle of a call."""

    doing: str  # such as 'drawing "red cat"'
    done: int
    total: int
    unit: str  # what is counted, such as "steps"
