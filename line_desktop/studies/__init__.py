"""The LINE paper's ablations on any workspace: iterations, picture sources, presets, the size of the start vocabulary.

What a study must run, it runs in workspaces of its own below WORKSPACE/studies, so that no label of the workspace changes and no variant
finds in its bank what another one proposed.
"""
