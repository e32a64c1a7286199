"""Hostile files made by the tests themselves, and what becomes of them."""
