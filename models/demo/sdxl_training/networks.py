"""The parts of the small SDXL, untrained: tokenizer, two text encoders, VAE, denoiser and scheduler, of SDXL's own classes."""

import json
from collections.abc import Iterable
from typing import Final

from diffusers import AutoencoderKL, EulerDiscreteScheduler, UNet2DConditionModel
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

START: Final = "<|startoftext|>"
END: Final = "<|endoftext|>"
TOKENS: Final = 24
"""Tokens of the longest prompt."""
WIDTH: Final = 64
"""Of each text encoder."""
LATENT: Final = 16
"""Side of the latents."""
CHANNELS: Final = 8
"""Of the latents; twice SDXL's, because a small VAE then learns sharp textures sooner."""
WORD: Final = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


def new_tokenizer(captions: Iterable[str]) -> CLIPTokenizer:
    """A byte-pair vocabulary in which every word of the captions is one token."""
    trained = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    trained.normalizer = normalizers.Lowercase()
    trained.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(WORD), behavior="removed", invert=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(vocab_size=4000, initial_alphabet=letters, end_of_word_suffix="</w>", show_progress=False)
    trained.train_from_iterator(captions, trainer)
    merges = [(one, other) for one, other in json.loads(trained.to_str())["model"]["merges"]]
    tokens = [*letters, *(letter + "</w>" for letter in letters), *(one + other for one, other in merges), START, END]
    vocab = {token: number for number, token in enumerate(dict.fromkeys(tokens))}
    return CLIPTokenizer(vocab=vocab, merges=merges, model_max_length=TOKENS)  # type: ignore[arg-type]


def text_config(tokenizer: CLIPTokenizer) -> CLIPTextConfig:
    """Two layers, four heads."""
    return CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=WIDTH,
        intermediate_size=4 * WIDTH,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=TOKENS,
        hidden_act="gelu",
        projection_dim=WIDTH,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.eos_token_id,
    )


def new_text_encoders(config: CLIPTextConfig) -> tuple[CLIPTextModel, CLIPTextModelWithProjection]:
    """SDXL's pair."""
    return CLIPTextModel(config), CLIPTextModelWithProjection(config)


def new_vae() -> AutoencoderKL:
    """64 x 64 pixels to 16 x 16 latents."""
    return AutoencoderKL(
        block_out_channels=(16, 32, 64),
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        layers_per_block=1,
        latent_channels=CHANNELS,
        norm_num_groups=8,
        mid_block_add_attention=False,
        sample_size=4 * LATENT,
        force_upcast=False,
    )


def new_denoiser() -> UNet2DConditionModel:
    """16 x 16 without attention, 8 x 8 and 4 x 4 with; conditioned on text and size as SDXL is."""
    return UNet2DConditionModel(
        sample_size=LATENT,
        in_channels=CHANNELS,
        out_channels=CHANNELS,
        block_out_channels=(64, 112, 128),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        layers_per_block=1,
        attention_head_dim=(2, 4, 4),
        use_linear_projection=True,
        cross_attention_dim=2 * WIDTH,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=6 * 8 + WIDTH,
        norm_num_groups=16,
    )


def new_scheduler() -> EulerDiscreteScheduler:
    """SDXL's noise, predicted as velocity: steadier with few steps."""
    return EulerDiscreteScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        prediction_type="v_prediction",
        timestep_spacing="trailing",
    )
