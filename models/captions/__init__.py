"""Captions: photos described in words by a network in a local folder of transformers."""
