"""Tiny pipelines of random weights, of the same classes as the real ones: SDXL, SD 1.5 and FLUX.1, saved as diffusers folders."""

from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import (
    AutoencoderKL,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    FluxPipeline,
    FluxTransformer2DModel,
    PNDMScheduler,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, T5Config, T5EncoderModel, T5Tokenizer

from models.pictures.sdxl_tokenizers import END, standard_clip_tokenizer

ATTENTION, PLAIN = ("CrossAttnDownBlock2D", "CrossAttnUpBlock2D"), ("DownBlock2D", "UpBlock2D")


def text_config(width: int) -> CLIPTextConfig:
    return CLIPTextConfig(
        vocab_size=49408, hidden_size=width, intermediate_size=2 * width, num_hidden_layers=2, num_attention_heads=2,
        max_position_embeddings=77, projection_dim=width, bos_token_id=49406, eos_token_id=49407, pad_token_id=49407,
    )  # fmt: skip


def unet(context: int, **more: Any) -> UNet2DConditionModel:
    return UNet2DConditionModel(
        sample_size=16, block_out_channels=(16, 32), layers_per_block=1, norm_num_groups=8, attention_head_dim=2,
        down_block_types=(PLAIN[0], ATTENTION[0]), up_block_types=(ATTENTION[1], PLAIN[1]), cross_attention_dim=context, **more,
    )  # fmt: skip


def vae(channels: int = 4) -> AutoencoderKL:
    return AutoencoderKL(
        block_out_channels=(8, 16), down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2,
        layers_per_block=1, norm_num_groups=4, latent_channels=channels, sample_size=32, force_upcast=False, scaling_factor=0.5,
    )  # fmt: skip


@pytest.fixture(scope="session")
def sdxl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Draws 32 pixels; text encoders of two widths, as the real one's, and a denoiser in several files."""
    torch.manual_seed(1)
    folder = tmp_path_factory.mktemp("pictures") / "tiny-sdxl"
    denoiser = unet(
        16 + 24, use_linear_projection=True, addition_embed_type="text_time", addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=6 * 8 + 24,
    )  # fmt: skip
    StableDiffusionXLPipeline(
        vae=vae(), text_encoder=CLIPTextModel(text_config(16)), text_encoder_2=CLIPTextModelWithProjection(text_config(24)),
        tokenizer=standard_clip_tokenizer(END), tokenizer_2=standard_clip_tokenizer("!"), unet=denoiser,
        scheduler=EulerDiscreteScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear"), add_watermarker=False,
    ).save_pretrained(folder)  # fmt: skip
    denoiser.save_pretrained(folder / "unet", max_shard_size="300KB")
    (folder / "unet" / "diffusion_pytorch_model.safetensors").unlink(missing_ok=True)
    return folder


@pytest.fixture(scope="session")
def sd15(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(2)
    folder = tmp_path_factory.mktemp("pictures") / "tiny-sd15"
    StableDiffusionPipeline(
        vae=vae(), text_encoder=CLIPTextModel(text_config(16)), tokenizer=standard_clip_tokenizer(END), unet=unet(16),
        scheduler=PNDMScheduler(skip_prk_steps=True, steps_offset=1), safety_checker=None, feature_extractor=None,
        requires_safety_checker=False,
    ).save_pretrained(folder)  # fmt: skip
    return folder


@pytest.fixture(scope="session")
def flux(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(3)
    folder = tmp_path_factory.mktemp("pictures") / "tiny-flux-schnell"
    words = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *((f"▁{word}", -2.0) for word in ("a", "realistic", "photo", "of", "cat"))]
    t5 = T5Config(vocab_size=len(words), d_model=16, d_kv=8, d_ff=32, num_layers=1, num_heads=2)
    transformer = FluxTransformer2DModel(
        in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=16, num_attention_heads=2,
        joint_attention_dim=16, pooled_projection_dim=16, axes_dims_rope=(4, 4, 8), guidance_embeds=False,
    )  # fmt: skip
    FluxPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(), vae=vae(), text_encoder=CLIPTextModel(text_config(16)),
        tokenizer=standard_clip_tokenizer(END), text_encoder_2=T5EncoderModel(t5), tokenizer_2=T5Tokenizer(vocab=words, extra_ids=0),
        transformer=transformer,
    ).save_pretrained(folder)  # fmt: skip
    return folder
