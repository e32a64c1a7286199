"""The draw of a token: nucleus and noise against their definitions, slowly; the right shares over many seeds."""

import math

import numpy as np

from models.language.sampler import TOP_P, nucleus, token_noise, top


def test_top_is_a_sort() -> None:
    logits = np.random.default_rng(0).normal(size=500).astype(np.float32)
    assert top(logits, 40).tolist() == sorted(range(500), key=lambda index: -logits[index])[:40]
    assert top(np.array([1, 3, 3, 2], np.float32), 3).tolist() == [1, 2, 3]


def test_nucleus_is_the_smallest_set_that_holds_top_p() -> None:
    logits = np.array([0.1, 2.0, -1.0, 1.5, 0.9], np.float32)
    shares = {index: math.exp(value) / sum(math.exp(one) for one in logits) for index, value in enumerate(logits)}
    kept: list[int] = []
    while sum(shares[index] for index in kept) < TOP_P:
        kept.append(max(set(shares) - set(kept), key=lambda index: shares[index]))
    assert nucleus(logits).tolist() == kept


def test_noise_belongs_to_seed_step_and_token_alone() -> None:
    tokens = np.array([3, 9, 27], np.int64)
    noise = token_noise(5, 2, tokens)
    assert token_noise(5, 2, tokens[::-1].copy()).tolist() == noise[::-1].tolist()
    assert token_noise(5, 2, tokens[1:2])[0] == noise[1]
    others = [token_noise(6, 2, tokens), token_noise(5, 3, tokens), token_noise(5 + 2**40, 2, tokens)]
    assert all((other != noise).all() for other in others)


def test_draws_follow_the_softmax() -> None:
    logits = np.log(np.array([0.6, 0.3, 0.1]))
    tokens = np.array([11, 12, 13], np.int64)
    drawn = [int(np.argmax(logits + token_noise(seed, 0, tokens))) for seed in range(4000)]
    shares = np.bincount(drawn, minlength=3) / len(drawn)
    np.testing.assert_allclose(shares, [0.6, 0.3, 0.1], atol=0.03)  # four standard errors
