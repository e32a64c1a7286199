"""Picture models as they lie on disk: what is refused and how, and that nothing but checked files reaches the libraries."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from models.errors import BadFile
from models.pictures import open_source
from models.pictures.sdxl_file import CONFIGS, SD15, SDXL_FIRST, SDXL_SECOND
from models.pictures.sdxl_folder import clean_copy, read_part, read_pipeline
from models.types.pictures import PicturePrompt

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")
CAT = PicturePrompt("red cat", "low angle", "studio lighting", 7)
SOME = torch.zeros(2, 2)


def changed(file: Path, **values: Any) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text()), **values}))


def test_code_in_a_folder_is_never_run(sdxl: Path, tmp_path: Path) -> None:
    hostile = Path(shutil.copytree(sdxl, tmp_path / "hostile"))
    trap = f"open({str(tmp_path / 'ran')!r}, 'w')"
    for role in ("unet", "vae", "text_encoder", "text_encoder_2"):
        (hostile / role / "code.py").write_text(trap)
        (hostile / role / "adapter_config.json").write_text('{"base_model_name_or_path": "/elsewhere", "peft_type": "LORA"}')
        changed(
            hostile / role / "config.json", auto_map={"AutoModel": "code.Model"}, _attn_implementation="someone/kernel",
            quantization_config={"quant_method": "bitsandbytes", "load_in_8bit": True}, custom_pipeline="code",
        )  # fmt: skip
    (hostile / "pipeline.py").write_text(trap)
    (hostile / "tokenizer" / "tokenizer_config.json").write_text('{"auto_map": {"AutoTokenizer": "code.T"}, "tokenizer_class": "T"}')
    drawn = open_source(f"sdxl:{hostile},steps=2").draw([CAT])[0]
    assert drawn.data == open_source(f"sdxl:{sdxl},steps=2").draw([CAT])[0].data
    assert not (tmp_path / "ran").exists()


def test_the_libraries_see_a_clean_copy(sdxl: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(sdxl / "unet", tmp_path / "unet"))
    changed(copy / "config.json", auto_map={}, _name_or_path="hub/name", torch_dtype="float64")
    (copy / "diffusion_pytorch_model.bin").write_bytes(b"\x80\x02")
    clean = clean_copy(read_part(copy, "UNet2DConditionModel"), tmp_path / "clean")
    seen = json.loads((clean / "config.json").read_text())
    assert seen["_class_name"] == "UNet2DConditionModel"
    assert not {"auto_map", "_name_or_path", "torch_dtype"} & seen.keys()
    shards = sorted(file.name for file in copy.glob("*.safetensors"))
    assert len(shards) > 1
    assert sorted(os.listdir(clean)) == ["config.json", *shards, "diffusion_pytorch_model.safetensors.index.json"]


Change = Callable[[Path], object]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda folder: (folder / "model_index.json").unlink(), "has no model_index.json; fetch it"),
        (lambda folder: (folder / "model_index.json").write_text("[1"), "cannot be read as JSON"),
        (lambda folder: (folder / "model_index.json").write_text("[" * 100_000), "cannot be read as JSON"),
        (lambda folder: changed(folder / "model_index.json", _class_name="AudioPipeline"), 'is a "AudioPipeline", which is not'),
        (lambda folder: changed(folder / "model_index.json", unet=["code", "UNet2DConditionModel"]), "and no code of its own"),
        (lambda folder: changed(folder / "model_index.json", unet=["diffusers", "AutoencoderKL"]), "only UNet2DConditionModel is loaded"),
        (lambda folder: changed(folder / "model_index.json", vae=7), 'names "nothing" as its vae'),
        (lambda folder: (folder / "vae" / "diffusion_pytorch_model.safetensors").unlink(), "only safetensors are loaded"),
        (lambda folder: next((folder / "unet").glob("*-00002-*")).unlink(), "weight files; fetch the others"),
        (lambda folder: changed(folder / "unet" / "config.json", sample_size=10**9), "without its picture size"),
        (lambda folder: changed(folder / "vae" / "config.json", block_out_channels=[1] * 99), "without its picture size"),
    ],
)
def test_a_folder_gone_wrong_is_one_sentence_before_loading(sdxl: Path, tmp_path: Path, change: Change, words: str) -> None:
    folder = Path(shutil.copytree(sdxl, tmp_path / "wrong"))
    change(folder)
    with pytest.raises(BadFile) as error:
        open_source(f"sdxl:{folder}")
    assert words in str(error.value)
    assert str(error.value).count("\n") == 0
    assert str(error.value).endswith(".")


def without_one(file: Path) -> None:
    weights = load_file(file)
    weights.pop("post_quant_conv.weight", None)
    weights.pop("text_projection.weight", None)
    save_file(weights, file, {"format": "pt"})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda folder: without_one(folder / "vae" / "diffusion_pytorch_model.safetensors"), "lacks 1 weight of a AutoencoderKL"),
        (lambda folder: without_one(folder / "text_encoder_2" / "model.safetensors"), "lacks 1 weight of a CLIPTextModelWithProjection"),
        (lambda folder: changed(folder / "vae" / "config.json", latent_channels=10**9), "wrong cannot be loaded: "),
        (lambda folder: changed(folder / "unet" / "config.json", down_block_types=["NoSuchBlock"] * 2), "wrong cannot be loaded: "),
        (lambda folder: changed(folder / "text_encoder" / "config.json", hidden_act="no_such_function"), "wrong cannot be loaded: "),
        (lambda folder: changed(folder / "tokenizer" / "tokenizer.json", model={"vocab": {"a": 1}}), "holds no CLIP vocabulary"),
    ],
)
def test_parts_that_do_not_fit_are_one_sentence(sdxl: Path, tmp_path: Path, change: Change, words: str) -> None:
    folder = Path(shutil.copytree(sdxl, tmp_path / "wrong"))
    change(folder)
    with pytest.raises(BadFile) as error:
        open_source(f"sdxl:{folder},size=32").draw([CAT])
    assert words in str(error.value)
    assert str(error.value).count("\n") == 0
    assert str(error.value).endswith(".")


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["unet.down.lora_A.weight"], "is a LoRA and not a picture model; give it with the model it belongs to, as sdxl:MODEL,lora=FILE."),
        (["double_blocks.0.img_attn.qkv.weight"], "is the transformer of FLUX without its text encoders; give the folder"),
        (["model.diffusion_model.double_blocks.0.a"], "is the transformer of FLUX"),
        (["model.diffusion_model.joint_blocks.0.a"], "is a Stable Diffusion 3 model, which is not supported"),
        (["cond_stage_model.model.a", "first_stage_model.a"], "is a Stable Diffusion 2 model, which is not supported"),
        (["conditioner.embedders.0.model.a", "first_stage_model.a"], "is the SDXL refiner, which cannot draw alone"),
        (["down_blocks.0.a"], "is one part of a diffusers pipeline; give the folder of the whole pipeline"),
        (["model.diffusion_model.input_blocks.0.a", SDXL_FIRST, SDXL_SECOND], "without its text encoders or its VAE"),
        (["something.weight"], "is no picture model that is known here"),
    ],
)
def test_a_single_file_that_is_none_is_said(tmp_path: Path, names: list[str], words: str) -> None:
    save_file({name: SOME.clone() for name in names}, tmp_path / "one.safetensors")
    with pytest.raises(BadFile) as error:
        open_source(f"sdxl:{tmp_path / 'one.safetensors'}")
    assert words in str(error.value)


def test_other_files_and_missing_ones(sdxl: Path, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"\x80\x02}q\x00." * 10)
    (tmp_path / "vae").mkdir()
    (tmp_path / "vae" / "config.json").write_text('{"_class_name": "AutoencoderDC"}')
    save_file({"a": SOME}, tmp_path / "plain.safetensors")
    for spec, words in (
        (f"{tmp_path}/model.safetensors", "is not a safetensors file; only safetensors are loaded"),
        (f"{tmp_path}/modle.safetensors", "did you mean"),
        (f"{sdxl},lora={tmp_path}/no.safetensors", "does not exist"),
        (f"{sdxl},lora={tmp_path}/plain.safetensors", "plain.safetensors is not a LoRA"),
        (f"{sdxl},lora={tmp_path}", "There is no LoRA file"),
        (f"{sdxl},vae={tmp_path}/vae", 'is a "AutoencoderDC" and no VAE that is known here'),
        (f"{sdxl},vae={tmp_path}/plain.safetensors", "is not a folder"),
    ):
        with pytest.raises(BadFile, match=words):
            open_source(f"sdxl:{spec}")


def test_the_families_of_single_files_draw_at_their_own_size(tmp_path: Path) -> None:
    for family, names, size in (("sdxl", [SDXL_FIRST, SDXL_SECOND], "1024"), ("sd15", [SD15], "512")):
        file = tmp_path / f"{family}.safetensors"
        save_file({name: SOME.clone() for name in [*names, "first_stage_model.decoder.conv_in.weight"]}, file)
        settings = open_source(f"sdxl:{file}").settings()
        assert (settings.source, settings.options["size"], settings.options["steps"]) == (family, size, "25")


def test_weights_missing_in_a_single_file_are_one_sentence(tmp_path: Path) -> None:
    save_file({name: SOME.clone() for name in (SD15, "first_stage_model.a")}, tmp_path / "sd15.safetensors")
    with pytest.raises(BadFile, match=r"^sd15.safetensors cannot be loaded: .*fetch it again\.$"):
        open_source(f"sdxl:{tmp_path / 'sd15.safetensors'},size=64").draw([CAT])


@pytest.mark.parametrize("family", ["sdxl", "sd15"])
def test_our_configs_describe_pipelines_the_libraries_know(family: str) -> None:
    """The bundled folders go through the same reading as any other, but for the weights they do not have."""
    for config in sorted((CONFIGS / family).rglob("*config.json")):
        assert json.loads(config.read_text())
    with pytest.raises(BadFile, match=r"has no (diffusion_pytorch_)?model\.safetensors"):
        read_pipeline(CONFIGS / family)
