"""The words models and methods share: frozen values that travel between processes, and the interfaces every engine implements.

Nothing here imports a model library, so the job process and the window may import it.
"""
