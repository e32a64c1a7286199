"""Draws one pictogram: an icon in a colour and a texture, seen from an angle, in a light, on a ground."""

from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from models.pictures.icon_font import GLYPH, MASK
from models.pictures.textures import MASKS
from models.pictures.words import COLOURS
from models.types.shared import FloatArray

VERSION: Final = "1"
"""Counts up with every change that changes pixels."""
SIZE: Final = 96
"""Side of the picture in pixels."""


class Look(msgspec.Struct, frozen=True):
    """What is drawn."""

    icon: str
    colour: str
    texture: str


class View(msgspec.Struct, frozen=True):
    """How an angle shows the object: ranges for its longer side and the texture's period in pixels, its turn in degrees."""

    side: tuple[float, float] = (62, 80)
    period: tuple[float, float] = (12, 17)
    turn: float = 18
    flatten: float = 1.0  # height as seen, over height
    keystone: float = 0.0  # how much narrower the top is than the foot
    horizon: tuple[float, float] | None = None  # height of the horizon as a share of the picture, None: no horizon


class Light(msgspec.Struct, frozen=True):
    """How a lighting falls: the colour of its bright and its dark side as factors of sRGB values, and the shadow."""

    bright: tuple[float, float, float] = (1.06, 1.06, 1.06)
    dark: tuple[float, float, float] = (0.86, 0.86, 0.86)
    vignette: float = 0.0
    shadow: float = 0.3
    throw: float = 4.0  # how far the shadow falls, pixels
    blur: float = 3.0  # pixels
    saturation: float = 1.0  # of the ground
    level: float = 0.0  # added to the ground's brightness, 0..255


VIEWS: Final = {
    "extreme close-up": View(side=(100, 122), period=(16, 22)),
    "wide angle shot": View(side=(52, 62), period=(11, 14), horizon=(0.35, 0.6)),
    "aerial view": View(side=(64, 80), turn=50, flatten=0.78),
    "low angle": View(side=(68, 84), turn=8, keystone=0.32, horizon=(0.72, 0.88)),
}
LIGHTS: Final = {
    "cinematic lighting": Light((1.22, 1.04, 0.86), (0.62, 0.72, 0.82), vignette=0.3, shadow=0.5, throw=6, blur=4, level=-25),
    "natural sunlight": Light((1.16, 1.12, 0.98), (0.9, 0.88, 0.84), shadow=0.5, throw=8, blur=1, level=15),
    "studio lighting": Light((1.05, 1.05, 1.06), (0.97, 0.97, 0.98), vignette=0.12, shadow=0.3, throw=3, blur=6, saturation=0.15, level=20),
}
_Y, _X = (axis.astype(np.float32) for axis in np.mgrid[:SIZE, :SIZE])
_FROM_MIDDLE: Final[FloatArray] = ((_X - SIZE / 2) ** 2 + (_Y - SIZE / 2) ** 2) / (SIZE / 2) ** 2


def draw(look: Look, mask: Image.Image, angle: str, lighting: str, rng: np.random.Generator, ground_for: str = "") -> npt.NDArray[np.uint8]:
    """RGB picture (SIZE, SIZE, 3). `mask` is the icon's, from IconFont. Unknown angles and lightings are neutral ones.

    The ground keeps away from the brightness of the object's colour, or of the colour `ground_for`.
    """
    view, light = VIEWS.get(angle, View()), LIGHTS.get(lighting, Light())
    shift = rng.uniform(-10, 10, 3).astype(np.float32)
    main, second = _paints(look.colour, shift)
    avoided, _ = _paints(ground_for or look.colour, shift)
    placed = _place(mask, view, rng)
    shape = np.asarray(placed, np.float32)[..., None] / 255
    towards = rng.uniform(np.pi * 0.15, np.pi * 0.85)  # the light comes from above: radians from the right, anticlockwise
    east, north = float(np.cos(towards)), float(np.sin(towards))

    ground = _ground(_brightness(avoided), view, light, rng) * _shade(placed, light, east, north)
    surface = second + (main - second) * _texture(look.texture, view, rng)[..., None]
    lit = (ground + (surface * _relief(placed, east, north) - ground) * shape) * _light_field(light, east, north)
    return lit.clip(0, 255).astype(np.uint8)


def _paints(colour: str, shift: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The object's colour, slightly shifted, and the texture's second colour: light on dark colours, dark on light ones."""
    main = np.array(COLOURS[colour], np.float32) + shift
    second = main * 0.12 + 218 if _brightness(main) < 195 else main * 0.28
    return main, second.astype(np.float32)


def _brightness(colour: FloatArray) -> float:
    return float(colour @ np.array((0.3, 0.59, 0.11), np.float32))


def _place(mask: Image.Image, view: View, rng: np.random.Generator) -> Image.Image:
    """The icon's mask turned, mirrored or not, scaled, seen in perspective and shifted; mode L, SIZE x SIZE."""
    scale = rng.uniform(*view.side) / GLYPH
    turn = np.deg2rad(rng.uniform(-view.turn, view.turn))
    mirror = 1 if rng.random() < 0.5 else -1
    cos, sin = np.cos(turn), np.sin(turn)
    turned = scale * np.array([[cos, -sin], [sin, cos]]) @ np.diag([mirror, 1.0])
    turned[1] *= view.flatten
    shift = SIZE / 2 + rng.uniform(-7, 7, 2)
    to_picture = np.array([[*turned[0], 0], [*turned[1], 0], [0, 0, 1]])
    # Points higher in the picture (y < 0) are divided by more and draw together.
    tilt = np.array([[1, 0, 0], [0, 1, 0], [0, -view.keystone / SIZE * 1.6, 1]])
    move = np.array([[1, 0, shift[0]], [0, 1, shift[1]], [0, 0, 1]])
    middle = np.array([[1, 0, -MASK / 2], [0, 1, -MASK / 2], [0, 0, 1]])
    inverse = np.linalg.inv(move @ tilt @ to_picture @ middle)
    coefficients = (inverse / inverse[2, 2]).reshape(-1)[:8].tolist()
    return mask.transform((SIZE, SIZE), Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BILINEAR)


def _texture(name: str, view: View, rng: np.random.Generator) -> FloatArray:
    """Mask (SIZE, SIZE) of a texture at a random angle, period and phase."""
    angle, period = rng.uniform(0, np.pi), rng.uniform(*view.period)
    across, down = rng.uniform(0, 64, 2)
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    return MASKS[name](_X * cos + _Y * sin + np.float32(across), _Y * cos - _X * sin + np.float32(down), period)


def _ground(object_brightness: float, view: View, light: Light, rng: np.random.Generator) -> FloatArray:
    """Blotched muted ground (SIZE, SIZE, 3), never as bright as the object; with a horizon where the angle has one."""
    level = rng.uniform(85, 175) + light.level
    if abs(level - object_brightness) < 45:
        level = object_brightness + (45 if object_brightness < 130 else -45)
    tint = rng.uniform(-24, 24, 3) * light.saturation
    cells = int(rng.integers(2, 14))
    blotches = rng.normal(level, rng.uniform(3, 13), (cells, cells)).clip(0, 255).astype(np.uint8)
    large = Image.fromarray(blotches).resize((SIZE, SIZE), Image.Resampling.BICUBIC)
    ground: FloatArray = np.asarray(large, np.float32)[..., None] + (tint - tint.mean()).astype(np.float32)
    if view.horizon is not None:
        edge = int(rng.uniform(*view.horizon) * SIZE)
        ground[:edge] += np.array((6, 12, 24), np.float32) + np.linspace(0, 14, edge, dtype=np.float32)[:, None, None]
        ground[edge:] -= np.linspace(26, 8, SIZE - edge, dtype=np.float32)[:, None, None]
    return ground


def _shade(placed: Image.Image, light: Light, east: float, north: float) -> FloatArray:
    """Factor (SIZE, SIZE, 1) of the ground under the object's shadow."""
    left, top = round(east * light.throw), round(-north * light.throw)
    thrown = placed.filter(ImageFilter.BoxBlur(light.blur)).crop((left, top, left + SIZE, top + SIZE))
    return (1 - np.asarray(thrown, np.float32) * np.float32(light.shadow / 255))[..., None]


def _relief(placed: Image.Image, east: float, north: float) -> FloatArray:
    """Factor (SIZE, SIZE, 1): edges towards the light are brighter, edges away from it darker, as on a rounded body."""
    soft = np.asarray(placed.filter(ImageFilter.BoxBlur(3)), np.float32)
    down, right = np.gradient(soft)
    factor = np.float32(1) + (down * north - right * east) * np.float32(0.009)
    return np.asarray(factor, np.float32)[..., None]


def _light_field(light: Light, east: float, north: float) -> FloatArray:
    """Factors (SIZE, SIZE, 3): from the light's dark side to its bright side, darker towards the corners."""
    along = ((_X - SIZE / 2) * east - (_Y - SIZE / 2) * north) / SIZE + 0.5
    dark, bright = np.array(light.dark, np.float32), np.array(light.bright, np.float32)
    field: FloatArray = dark + along.clip(0, 1)[..., None] * (bright - dark)
    return field * (1 - light.vignette * _FROM_MIDDLE)[..., None]
