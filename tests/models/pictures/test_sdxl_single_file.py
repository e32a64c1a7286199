"""One file in the original format draws what the same weights draw from a folder; our bundled configs are those of the real models."""

import json
import re
import shutil
from pathlib import Path

import pytest
import torch
from accelerate import init_empty_weights
from safetensors.torch import load_file, save_file
from transformers import CLIPTextConfig

from models.pictures import open_source, sdxl_file, sdxl_load, sdxl_model
from models.pictures.sdxl_file import CONFIGS
from models.pictures.sdxl_tokenizers import END, standard_clip_tokenizer
from models.types.pictures import PicturePrompt

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")
CAT = PicturePrompt("red cat", "low angle", "studio lighting", 7)
Weights = dict[str, torch.Tensor]

# diffusers' name -> the original one, for the tiny networks here: two levels of one residual block (and so two on the way up).
RESNET = {"norm1": "in_layers.0", "conv1": "in_layers.2", "time_emb_proj": "emb_layers.1", "norm2": "out_layers.0", "conv2": "out_layers.3",
          "conv_shortcut": "skip_connection"}  # fmt: skip
UNET = {
    "conv_in": "input_blocks.0.0", "time_embedding.linear_1": "time_embed.0", "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0", "add_embedding.linear_2": "label_emb.0.2", "conv_norm_out": "out.0", "conv_out": "out.2",
    "down_blocks.0.resnets.0": "input_blocks.1.0", "down_blocks.0.downsamplers.0.conv": "input_blocks.2.0.op",
    "down_blocks.1.resnets.0": "input_blocks.3.0", "down_blocks.1.attentions.0": "input_blocks.3.1",
    "mid_block.resnets.0": "middle_block.0", "mid_block.attentions.0": "middle_block.1", "mid_block.resnets.1": "middle_block.2",
    "up_blocks.0.resnets.0": "output_blocks.0.0", "up_blocks.0.attentions.0": "output_blocks.0.1",
    "up_blocks.0.resnets.1": "output_blocks.1.0", "up_blocks.0.attentions.1": "output_blocks.1.1",
    "up_blocks.0.upsamplers.0.conv": "output_blocks.1.2.conv",
    "up_blocks.1.resnets.0": "output_blocks.2.0", "up_blocks.1.resnets.1": "output_blocks.3.0",
}  # fmt: skip
VAE = {
    "mid_block.resnets.0": "mid.block_1", "mid_block.resnets.1": "mid.block_2", "mid_block.attentions.0": "mid.attn_1",
    "conv_norm_out": "norm_out", "down_blocks.": "down.", "downsamplers.0.conv": "downsample.conv", "upsamplers.0.conv": "upsample.conv",
    "up_blocks.0": "up.1", "up_blocks.1": "up.0", "resnets.": "block.", "conv_shortcut": "nin_shortcut",
    "group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out",
}  # fmt: skip
OPEN_CLIP = {
    "layer_norm1": "ln_1", "layer_norm2": "ln_2", "self_attn.out_proj": "attn.out_proj", "mlp.fc1": "mlp.c_fc", "mlp.fc2": "mlp.c_proj",
}  # fmt: skip


def unet(weights: Weights) -> Weights:
    renamed = {}
    for name, value in weights.items():
        start = next(one for one in sorted(UNET, key=len, reverse=True) if name.startswith(one + "."))
        rest = name.removeprefix(start)
        if "resnets" in start:
            rest = re.sub(r"^\.(\w+)", lambda found: "." + RESNET[found[1]], rest)
        renamed[f"model.diffusion_model.{UNET[start]}{rest}"] = value
    return renamed


def vae(weights: Weights) -> Weights:
    renamed = {}
    for name, value in weights.items():
        convolved = re.search(r"attentions.0.to_\w+(\.0)?\.weight", name)
        for one, other in VAE.items():
            name = name.replace(one, other)
        renamed["first_stage_model." + name] = value[:, :, None, None] if convolved else value
    return renamed


def first_text(weights: Weights, prefix: str) -> Weights:
    return {f"{prefix}.transformer.text_model.{name.removeprefix('text_model.')}": value for name, value in weights.items()}


def second_text(weights: Weights) -> Weights:
    prefix, found = "conditioner.embedders.1.model.", {name.removeprefix("text_model."): value for name, value in weights.items()}
    renamed = {
        "token_embedding.weight": found["embeddings.token_embedding.weight"],
        "positional_embedding": found["embeddings.position_embedding.weight"],
        "ln_final.weight": found["final_layer_norm.weight"],
        "ln_final.bias": found["final_layer_norm.bias"],
        "text_projection": found["text_projection.weight"].T.contiguous(),
    }
    for layer in range(2):
        own = {name.removeprefix(f"encoder.layers.{layer}."): value for name, value in found.items() if f"layers.{layer}." in name}
        block = f"transformer.resblocks.{layer}."
        for kind in ("weight", "bias"):
            renamed[f"{block}attn.in_proj_{kind}"] = torch.cat([own[f"self_attn.{one}_proj.{kind}"] for one in "qkv"])
            renamed |= {f"{block}{other}.{kind}": own[f"{one}.{kind}"] for one, other in OPEN_CLIP.items()}
    return {prefix + name: value for name, value in renamed.items()}


def part(folder: Path) -> Weights:
    return {name: value for file in sorted(folder.glob("*.safetensors")) for name, value in load_file(file).items()}


def described(folder: Path, family: str, place: Path) -> Path:
    """The folder without weights and tokenizers, as our bundled configs are."""
    shutil.copytree(folder, place / family, ignore=shutil.ignore_patterns("*.safetensors", "*.index.json", "tokenizer*"))
    return place


@pytest.mark.parametrize("family", ["sdxl", "sd15"])
def test_one_file_draws_what_the_folder_draws(
    family: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder: Path = request.getfixturevalue(family)
    weights = {**unet(part(folder / "unet")), **vae(part(folder / "vae"))}
    if family == "sdxl":
        weights |= first_text(part(folder / "text_encoder"), "conditioner.embedders.0") | second_text(part(folder / "text_encoder_2"))
    else:
        weights |= first_text(part(folder / "text_encoder"), "cond_stage_model")
    save_file(weights, tmp_path / "one.safetensors")
    for module in (sdxl_file, sdxl_load, sdxl_model):
        monkeypatch.setattr(module, "CONFIGS", described(folder, family, tmp_path / module.__name__))
    single, whole = (open_source(f"sdxl:{place},steps=2") for place in (tmp_path / "one.safetensors", folder))
    assert single.settings().options == whole.settings().options
    assert single.draw([CAT])[0].data == whole.draw([CAT])[0].data


@pytest.mark.parametrize(
    ("family", "role", "kind", "parameters"),
    [
        ("sdxl", "unet", "UNet2DConditionModel", 2_567_463_684),
        ("sdxl", "vae", "AutoencoderKL", 83_653_863),
        ("sdxl", "text_encoder", "CLIPTextModel", 123_060_480),
        ("sdxl", "text_encoder_2", "CLIPTextModelWithProjection", 694_659_840),
        ("sd15", "unet", "UNet2DConditionModel", 859_520_964),
        ("sd15", "vae", "AutoencoderKL", 83_653_863),
        ("sd15", "text_encoder", "CLIPTextModel", 123_060_480),
    ],
)
def test_our_configs_have_the_published_number_of_parameters(family: str, role: str, kind: str, parameters: int) -> None:
    config = json.loads((CONFIGS / family / role / "config.json").read_text())
    class_ = sdxl_load.CLASSES[kind]
    with init_empty_weights():
        network = class_(CLIPTextConfig(**config)) if kind.startswith("CLIP") else class_.from_config(config)
    assert sum(value.numel() for value in network.parameters()) == parameters


def test_the_standard_tokenizer_gives_openais_numbers() -> None:
    """As OpenAI's own tokenizer numbers these words."""
    for pad, number in ((END, 49407), ("!", 0)):
        tokenizer = standard_clip_tokenizer(pad)
        found = tokenizer("a photo of a cat", padding="max_length").input_ids
        assert found == [49406, 320, 1125, 539, 320, 2368, 49407, *[number] * 70]
        assert len(tokenizer) == 49408
