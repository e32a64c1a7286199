"""Pictures through the real pipeline classes with tiny random weights: seeds, batches, options, families, overflow."""

import io
import shutil
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from diffusers import AutoencoderKL, AutoencoderTiny
from PIL import Image
from safetensors.torch import load_file, save_file

from models import progress
from models.errors import BadFile, Cancelled, DoesNotFit
from models.pictures import open_source, sdxl_load
from models.pictures.sdxl import EMPTY, NO_LATENTS, NO_NUMBERS, decode_latents, encoded, out_of_memory
from models.types.pictures import NoPicture, Picture, PicturePrompt
from models.types.shared import Progress

# torch's own, from NumPy 2 when diffusers hands a tensor to np.array
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")

CAT = PicturePrompt("red cat", "low angle", "studio lighting", 7)
PROMPTS = [CAT, PicturePrompt("dog", "", "", 2**63), PicturePrompt("red cat", "aerial view", "studio lighting", 8)]


def pixels(picture: Picture) -> npt.NDArray[np.int64]:
    return np.asarray(Image.open(io.BytesIO(picture.data))).astype(np.int64)


def test_a_picture_is_the_same_alone_in_a_batch_and_in_any_order(sdxl: Path) -> None:
    for spec in (f"sdxl:{sdxl},steps=2", f"sdxl:{sdxl},steps=2,batch=2"):
        source = open_source(spec)
        batch = source.draw(PROMPTS)
        assert [open_source(spec).draw([PROMPTS[0]])[0].data, source.draw([PROMPTS[1]])[0].data] == [batch[0].data, batch[1].data]
        assert [picture.data for picture in source.draw(PROMPTS[::-1])] == [picture.data for picture in batch[::-1]]
        assert len({picture.data for picture in batch}) == len(PROMPTS)


def test_a_batch_size_changes_nothing_but_rounding(sdxl: Path) -> None:
    one, three = (open_source(f"sdxl:{sdxl},steps=2,batch={size}").draw(PROMPTS) for size in (1, 3))
    assert all(abs(pixels(first) - pixels(other)).max() <= 2 for first, other in zip(one, three, strict=True))


def test_prompt_seed_and_every_option_change_the_picture(sdxl: Path) -> None:
    own = open_source(f"sdxl:{sdxl},steps=2").draw([CAT])[0].data
    changes = ("steps=3", "steps=2,guidance=0", "steps=2,scheduler=ddim")
    others = [open_source(f"sdxl:{sdxl},{options}").draw([CAT])[0].data for options in changes]
    reworded = open_source(f"sdxl:{sdxl},steps=2").draw([PicturePrompt("red cat", "low angle", "natural sunlight", 7)])[0].data
    assert len({own, reworded, *others}) == 5


@pytest.mark.parametrize("scheduler", ["euler", "euler-ancestral", "dpm", "lcm"])
def test_every_scheduler_draws(sdxl: Path, scheduler: str) -> None:
    assert len(open_source(f"sdxl:{sdxl},steps=2,scheduler={scheduler}").draw([CAT])) == 1


def test_small_pictures_are_png_and_large_ones_jpeg(sdxl: Path) -> None:
    small, large = (open_source(f"sdxl:{sdxl},steps=1,size={size}").draw([CAT])[0] for size in (32, 264))
    assert [Image.open(io.BytesIO(one.data)).format for one in (small, large)] == ["PNG", "JPEG"]
    assert (small.suffix, large.suffix, pixels(small).shape, pixels(large).shape) == (".png", ".jpg", (32, 32, 3), (264, 264, 3))


def test_pixels_are_rounded_not_cut() -> None:
    values = torch.tensor([-2.0, -1.0, 0.0, 1.0, 3.0]).expand(3, 1, 5)
    assert pixels(encoded(values))[0, :, 0].tolist() == [0, 0, 128, 255, 255]


def test_sd15_and_flux_come_through_the_same_source(sd15: Path, flux: Path) -> None:
    for folder, family in ((sd15, "sd15"), (flux, "flux")):
        source = open_source(f"sdxl:{folder},steps=2,size=32")
        alone, batch = source.draw([CAT])[0], source.draw(PROMPTS)
        assert alone.data == batch[0].data != batch[2].data
        assert pixels(alone).shape == (32, 32, 3)
        assert source.settings().source == family
    assert source.settings().options["guidance"] == "0.0", "schnell is distilled"


def test_settings_change_with_every_file_and_option_and_not_with_the_place(sdxl: Path, tmp_path: Path) -> None:
    own = open_source(f"sdxl:{sdxl}").settings()
    assert own.options == {"steps": "25", "size": "32", "guidance": "5.0", "batch": "1", "scheduler": "", "format": "float32"}
    copy = Path(shutil.copytree(sdxl, tmp_path / "moved"))
    assert open_source(f"sdxl:{copy}").settings() == own
    assert open_source(f"sdxl:{sdxl},steps=4").settings().options["steps"] == "4"
    config = copy / "scheduler" / "scheduler_config.json"
    config.write_text(config.read_text().replace("0.012", "0.013"))
    assert open_source(f"sdxl:{copy}").settings().version != own.version


def lora(rank: int = 2) -> dict[str, torch.Tensor]:
    torch.manual_seed(5)
    place = "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_v"
    return {f"{place}.lora_A.weight": torch.randn(rank, 40), f"{place}.lora_B.weight": torch.randn(32, rank)}


def test_a_lora_adds_its_product_to_the_weights(sdxl: Path, tmp_path: Path) -> None:
    save_file(lora(), tmp_path / "lora.safetensors")
    drawn = open_source(f"sdxl:{sdxl},steps=2,lora={tmp_path / 'lora.safetensors'}").draw([CAT])[0]
    by_hand = Path(shutil.copytree(sdxl, tmp_path / "by_hand"))
    down, up = lora().values()
    for file in (by_hand / "unet").glob("*.safetensors"):
        weights = load_file(file)
        name = "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_v.weight"
        if name in weights:
            save_file({**weights, name: weights[name] + up @ down}, file, {"format": "pt"})
    wanted = open_source(f"sdxl:{by_hand},steps=2").draw([CAT])[0]
    assert abs(pixels(drawn) - pixels(wanted)).max() <= 2
    assert drawn.data != open_source(f"sdxl:{sdxl},steps=2").draw([CAT])[0].data


def test_a_lora_of_another_model_is_one_sentence(sdxl: Path, tmp_path: Path) -> None:
    other = {name.replace("down_blocks.1", "down_blocks.7"): value for name, value in lora().items()}
    save_file(other, tmp_path / "other.safetensors")
    with pytest.raises(BadFile, match=r"^The LoRA other.safetensors does not fit this model: .*; take one made for it\.$"):
        open_source(f"sdxl:{sdxl},steps=1,lora={tmp_path / 'other.safetensors'}").draw([CAT])


def test_a_tiny_vae_of_its_own(sdxl: Path, tmp_path: Path) -> None:
    torch.manual_seed(0)  # of all random networks some draw nothing at all
    AutoencoderTiny(
        encoder_block_out_channels=(8, 8), decoder_block_out_channels=(8, 8), num_encoder_blocks=(1, 1), num_decoder_blocks=(1, 1)
    ).save_pretrained(tmp_path / "taesd")
    own, tiny = (open_source(f"sdxl:{sdxl},steps=1{more}") for more in ("", f",vae={tmp_path / 'taesd'}"))
    assert own.draw([CAT])[0].data != tiny.draw([CAT])[0].data
    assert "vae " in tiny.settings().version != own.settings().version


class Overflowing(AutoencoderKL):
    """A VAE whose float16 and, if `hopeless`, float32 pictures are not numbers."""

    def __init__(self, hopeless: bool = False, flat: bool = False) -> None:
        super().__init__(norm_num_groups=4, block_out_channels=(8,), force_upcast=False)
        self.hopeless, self.flat, self.tried = hopeless, flat, list[torch.dtype]()

    def decode(self, z: torch.Tensor, return_dict: bool = True, generator: object = None) -> tuple[torch.Tensor]:  # type: ignore[override]
        self.tried.append(z.dtype)
        bad = torch.full((1, 3, 8, 8), float("nan"))
        return ((torch.zeros(1, 3, 8, 8) if self.flat else bad) if z.dtype == torch.float16 or self.hopeless else torch.rand(1, 3, 8, 8),)


@pytest.mark.parametrize("flat", [False, True])
def test_overflow_is_decoded_once_more_in_float32(flat: bool) -> None:
    vae, latents = Overflowing(flat=flat).to(torch.float16), torch.zeros(1, 4, 8, 8)
    assert isinstance(decode_latents(vae, latents), torch.Tensor)
    assert vae.tried == [torch.float16, torch.float32]
    assert vae.dtype == torch.float16
    assert decode_latents(Overflowing(hopeless=True, flat=flat).to(torch.float16), latents) == (EMPTY if flat else NO_NUMBERS)


def test_a_vae_that_says_it_overflows_is_run_in_float32_at_once() -> None:
    vae = Overflowing().to(torch.float16)
    vae.register_to_config(force_upcast=True)
    assert isinstance(decode_latents(vae, torch.zeros(1, 4, 8, 8)), torch.Tensor)
    assert vae.tried == [torch.float32]


@pytest.mark.parametrize(("part", "reason"), [("vae", NO_NUMBERS), ("unet", NO_LATENTS)])
def test_no_picture_is_an_answer_with_its_reason(sdxl: Path, tmp_path: Path, part: str, reason: NoPicture) -> None:
    broken = Path(shutil.copytree(sdxl, tmp_path / "broken"))
    for file in (broken / part).glob("*.safetensors"):
        save_file({name: torch.full_like(value, float("nan")) for name, value in load_file(file).items()}, file, {"format": "pt"})
    assert open_source(f"sdxl:{broken},steps=1,batch=2").draw(PROMPTS) == [reason] * 3


def test_one_picture_that_is_none_leaves_the_others_as_they_are(sdxl: Path) -> None:
    source = open_source(f"sdxl:{sdxl},steps=1,batch=3")
    drawn = source.draw(PROMPTS)
    vae = source._pipeline.vae
    decode, decoded = vae.decode, []

    def overflowing(latents: torch.Tensor, **more: object) -> tuple[torch.Tensor]:
        decoded.append(latents)
        pixels: torch.Tensor = decode(latents, **more)[0]
        return (pixels * (float("nan") if len(decoded) == 2 else 1),)

    vae.decode = overflowing
    again = source.draw(PROMPTS)
    assert [again[0], again[2]] == [drawn[0], drawn[2]]
    assert again[1] == NO_NUMBERS


def test_every_step_is_told_and_changes_nothing(sdxl: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Progress] = []
    silent = open_source(f"sdxl:{sdxl},steps=4").draw(PROMPTS[:2])
    monkeypatch.setattr(progress, "_listeners", [told.append])
    assert open_source(f"sdxl:{sdxl},steps=4").draw(PROMPTS[:2]) == silent
    assert told[0] == Progress("loading tiny-sdxl", 0, 0, "")
    assert told[1:] == [
        Progress(f'drawing "{prompt.concept}", {number} of 2 pictures', step, 4, "steps")
        for number, prompt in enumerate(PROMPTS[:2], start=1)
        for step in range(1, 5)
    ]


@pytest.mark.parametrize("family", ["sdxl", "sd15", "flux"])
def test_stopping_ends_the_drawing_at_the_next_step_and_the_source_draws_on(
    family: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Progress] = []

    def hear(said: Progress) -> None:
        told.append(said)
        if said.done == 2:
            progress.stop()

    source = open_source(f"sdxl:{request.getfixturevalue(family)},steps=9,size=32")
    monkeypatch.setattr(progress, "_listeners", [hear])
    with pytest.raises(Cancelled):
        source.draw([CAT])
    assert [one.done for one in told] == [0, 1, 2]
    progress.begin()
    monkeypatch.setattr(progress, "_listeners", [])
    assert source.draw([CAT]) == open_source(f"sdxl:{request.getfixturevalue(family)},steps=9,size=32").draw([CAT])


class Tight:
    """A pipeline on a machine with room for `together` pictures at once, and for none but in the `layouts`; draws like the true one."""

    def __init__(self, pipeline: object, together: int, layouts: tuple[str, ...]) -> None:
        self.pipeline, self.together, self.layouts, self.layout = pipeline, together, layouts, "whole"

    def __getattr__(self, name: str) -> object:
        return getattr(self.pipeline, name)

    def __call__(self, prompts: list[str], **more: object) -> object:
        if len(prompts) > self.together or self.layout not in self.layouts:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return self.pipeline(prompts, **more)  # type: ignore[operator]


def tighten(monkeypatch: pytest.MonkeyPatch, together: int, layouts: tuple[str, ...] = ("whole",)) -> list[str]:
    """Every pipeline loaded from now on is a Tight one; the layouts that are tried are noted."""
    load, tried = sdxl_load.load, list[str]()

    def place(pipeline: Tight, layout: str) -> None:
        pipeline.layout = layout
        tried.append(layout)

    monkeypatch.setattr(sdxl_load, "load", lambda *what: Tight(load(*what), together, layouts))
    monkeypatch.setattr(sdxl_load, "place", place)
    return tried


def test_out_of_memory_halves_the_batch_until_it_fits(sdxl: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    two = open_source(f"sdxl:{sdxl},steps=2,batch=2").draw(PROMPTS)
    tighten(monkeypatch, together=3)
    source = open_source(f"sdxl:{sdxl},steps=2,batch=5")
    assert source.draw(PROMPTS) == two, "5 are too many, 2 are not"
    assert source.draw(PROMPTS) == two, "and it stays so"
    assert source.settings().options["batch"] == "5", "the bank's key is what was asked for"


@pytest.mark.parametrize("fitting", ["whole", "parts", "layers"])
def test_out_of_memory_with_one_picture_moves_the_model_off_the_gpu(sdxl: Path, monkeypatch: pytest.MonkeyPatch, fitting: str) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (24 << 30, 24 << 30))
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    order = ["whole", "parts", "layers"]
    tried = tighten(monkeypatch, 1, tuple(order[order.index(fitting) :]))
    assert all(isinstance(one, Picture) for one in open_source(f"sdxl:{sdxl},steps=1").draw(PROMPTS))
    assert tried == order[: order.index(fitting) + 1]


def test_out_of_memory_for_one_picture_is_one_sentence(sdxl: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tighten(monkeypatch, together=0)
    with pytest.raises(DoesNotFit, match=r"^tiny-sdxl ran out of memory drawing one picture of 32 pixels; .* a smaller size\.$"):
        open_source(f"sdxl:{sdxl},steps=1,batch=4").draw([CAT])


def test_what_counts_as_out_of_memory() -> None:
    cpu = RuntimeError("[enforce fail at alloc_cpu.cpp:116] err == 0. DefaultCPUAllocator: can't allocate memory: you tried …")
    assert all(map(out_of_memory, (MemoryError(), torch.OutOfMemoryError("CUDA out of memory."), cpu)))
    assert not out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    with pytest.raises(RuntimeError) as error:
        torch.empty(1 << 60)
    assert out_of_memory(error.value)


def test_too_large_for_the_memory_is_said_before_loading(sdxl: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Memory:
        available = 300 << 20

    monkeypatch.setattr("psutil.virtual_memory", Memory)
    with pytest.raises(DoesNotFit, match=r"^tiny-sdxl needs about .* GiB of memory and 0.3 GiB are free; close other programs"):
        open_source(f"sdxl:{sdxl}").draw([CAT])


def test_words_of_a_small_model(sdxl: Path, tmp_path: Path) -> None:
    small = Path(shutil.copytree(sdxl, tmp_path / "small"))
    (small / "words.json").write_text('{"cat": "cat", "kitten": "cat", "red": "red"}')
    source = open_source(f"sdxl:{small},steps=1")
    assert source.undepictable(["Red kittens", "red zebra"]) == {"red zebra": 'the picture model was not trained on "zebra"'}
    kittens = PicturePrompt("Red kittens", CAT.angle, CAT.lighting, CAT.seed)
    assert source.draw([kittens])[0].data == source.draw([CAT])[0].data
    assert open_source(f"sdxl:{sdxl}").undepictable(["red zebra"]) == {}
