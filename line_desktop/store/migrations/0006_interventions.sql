-- What happens to a neuron without its concept, and to the network without the neuron.

-- Pictures with a concept taken out, so that none is edited twice.
CREATE TABLE edits (
    key  TEXT PRIMARY KEY,  -- SHA-256 over everything that the edit depends on
    body TEXT NOT NULL      -- JSON
) STRICT, WITHOUT ROWID;

-- The latest causal check of each label of a neuron by each editor.
CREATE TABLE causal_checks (
    neuron_id INTEGER NOT NULL REFERENCES neurons,
    label     TEXT NOT NULL,
    editor    TEXT NOT NULL,
    body      TEXT NOT NULL,  -- JSON
    PRIMARY KEY (neuron_id, label, editor)
) STRICT, WITHOUT ROWID;

-- The latest ablation of each neuron.
CREATE TABLE ablations (
    neuron_id INTEGER PRIMARY KEY REFERENCES neurons,
    body      TEXT NOT NULL  -- JSON
) STRICT;
