"""A GGUF language model through llama.cpp: prompt formats, answer forms, and many seeded answers at once."""
