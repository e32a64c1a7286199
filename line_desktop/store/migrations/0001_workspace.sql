-- The first workspace: targets, probe sets, surveys, the concept bank, runs. Times are UTC. JSON columns say so.

-- A checkpoint under one preprocessing.
CREATE TABLE targets (
    id           INTEGER PRIMARY KEY,
    sha256       TEXT NOT NULL,
    preprocess   TEXT NOT NULL,  -- JSON
    path         TEXT NOT NULL,
    format       TEXT NOT NULL,
    trust        TEXT NOT NULL,
    summary      TEXT NOT NULL,
    architecture TEXT NOT NULL,
    bytes        INTEGER NOT NULL,
    class_names  TEXT NOT NULL,  -- JSON
    UNIQUE (sha256, preprocess)
) STRICT;

CREATE TABLE layers (
    id        INTEGER PRIMARY KEY,
    target_id INTEGER NOT NULL REFERENCES targets,
    name      TEXT NOT NULL,
    kind      TEXT NOT NULL,
    width     INTEGER NOT NULL,
    shape     TEXT NOT NULL,  -- JSON
    tensor    TEXT NOT NULL,
    pooling   TEXT NOT NULL,
    UNIQUE (target_id, name)
) STRICT;

-- Photos; `digest` stands for their names, classes and contents.
CREATE TABLE probe_sets (
    id     INTEGER PRIMARY KEY,
    digest TEXT NOT NULL UNIQUE,
    folder TEXT NOT NULL
) STRICT;

CREATE TABLE probe_photos (
    probe_id   INTEGER NOT NULL REFERENCES probe_sets,
    photo      INTEGER NOT NULL,  -- row in the survey's file
    path       TEXT NOT NULL,     -- relative to the probe set's folder
    class_name TEXT,
    PRIMARY KEY (probe_id, photo)
) STRICT, WITHOUT ROWID;

-- Activations of one layer on one probe set, in activations/<file>.
CREATE TABLE surveys (
    id        INTEGER PRIMARY KEY,
    layer_id  INTEGER NOT NULL REFERENCES layers,
    probe_id  INTEGER NOT NULL REFERENCES probe_sets,
    file      TEXT NOT NULL,
    rows      INTEGER NOT NULL,
    width     INTEGER NOT NULL,
    rows_done INTEGER NOT NULL DEFAULT 0 CHECK (rows_done BETWEEN 0 AND rows),
    complete  INTEGER NOT NULL DEFAULT 0 CHECK (complete IN (0, 1)),
    UNIQUE (layer_id, probe_id)
) STRICT;

CREATE TABLE unreadable_photos (
    survey_id INTEGER NOT NULL REFERENCES surveys,
    photo     INTEGER NOT NULL,
    reason    TEXT NOT NULL,
    PRIMARY KEY (survey_id, photo)
) STRICT, WITHOUT ROWID;

CREATE TABLE neuron_stats (
    survey_id  INTEGER NOT NULL REFERENCES surveys,
    neuron     INTEGER NOT NULL,
    mean       REAL,  -- NULL stands for NaN
    median     REAL,
    p99        REAL,
    maximum    REAL,
    state      TEXT NOT NULL CHECK (state IN ('ok', 'dead', 'constant', 'non-finite')),
    top_photos TEXT NOT NULL,  -- JSON, best first
    PRIMARY KEY (survey_id, neuron)
) STRICT, WITHOUT ROWID;

-- The concept bank. Everything that decides how a concept's pictures look.
CREATE TABLE picture_settings (
    id       INTEGER PRIMARY KEY,
    source   TEXT NOT NULL,
    version  TEXT NOT NULL,
    options  TEXT NOT NULL,     -- JSON, keys sorted
    seed     INTEGER NOT NULL,  -- of the study: picture seeds derive from it
    pictures INTEGER NOT NULL,  -- for each concept
    UNIQUE (source, version, options, seed, pictures)
) STRICT;

CREATE TABLE concepts (
    id          INTEGER PRIMARY KEY,
    settings_id INTEGER NOT NULL REFERENCES picture_settings,
    concept     TEXT NOT NULL,  -- normalised
    name        TEXT NOT NULL,  -- as it was written when it was drawn
    UNIQUE (settings_id, concept)
) STRICT;

CREATE TABLE pictures (
    concept_id INTEGER NOT NULL REFERENCES concepts,
    number     INTEGER NOT NULL,
    prompt     TEXT NOT NULL,
    angle      TEXT NOT NULL,
    lighting   TEXT NOT NULL,
    seed       INTEGER NOT NULL,
    sha256     TEXT NOT NULL,  -- of the file in objects/
    PRIMARY KEY (concept_id, number)
) STRICT, WITHOUT ROWID;

-- Means and single activations are apart, so that reading all means does not drag the rest through memory.
CREATE TABLE bank_means (
    id         INTEGER PRIMARY KEY,
    layer_id   INTEGER NOT NULL REFERENCES layers,
    concept_id INTEGER NOT NULL REFERENCES concepts,
    mean       BLOB NOT NULL,  -- little-endian float32 (neurons)
    UNIQUE (concept_id, layer_id)
) STRICT;
CREATE INDEX bank_means_by_layer ON bank_means (layer_id);

CREATE TABLE bank_activations (
    bank_mean_id INTEGER PRIMARY KEY REFERENCES bank_means,
    activations  BLOB NOT NULL  -- little-endian float32 (pictures, neurons)
) STRICT;

CREATE TABLE prompts (
    sha256 TEXT PRIMARY KEY,
    text   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- A method over some neurons of a layer. `digest` stands for everything that decides its results.
CREATE TABLE runs (
    id          INTEGER PRIMARY KEY,
    digest      TEXT NOT NULL UNIQUE,
    layer_id    INTEGER NOT NULL REFERENCES layers,
    survey_id   INTEGER REFERENCES surveys,
    settings_id INTEGER NOT NULL REFERENCES picture_settings,
    method      TEXT NOT NULL,
    settings    TEXT NOT NULL,  -- JSON
    state       TEXT NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'interrupted', 'finished'))
) STRICT;

-- Each time the run was started or resumed: by which versions, on which device.
CREATE TABLE sessions (
    id       INTEGER PRIMARY KEY,
    run_id   INTEGER NOT NULL REFERENCES runs,
    versions TEXT NOT NULL,  -- JSON
    device   TEXT NOT NULL,
    began    TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
) STRICT;
CREATE INDEX sessions_by_run ON sessions (run_id);

CREATE TABLE run_neurons (
    run_id INTEGER NOT NULL REFERENCES runs,
    neuron INTEGER NOT NULL,
    PRIMARY KEY (run_id, neuron)
) STRICT, WITHOUT ROWID;

-- The replay log: what the method was sent, in order.
CREATE TABLE answers (
    id         INTEGER PRIMARY KEY,
    run_id     INTEGER NOT NULL,
    neuron     INTEGER NOT NULL,
    sequence   INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    body       BLOB NOT NULL,
    session_id INTEGER NOT NULL REFERENCES sessions,
    UNIQUE (run_id, neuron, sequence),
    FOREIGN KEY (run_id, neuron) REFERENCES run_neurons
) STRICT;

CREATE TABLE steps (
    id            INTEGER PRIMARY KEY,
    run_id        INTEGER NOT NULL,
    neuron        INTEGER NOT NULL,
    step          INTEGER NOT NULL,
    concept       TEXT NOT NULL,
    score         REAL,
    origin        TEXT NOT NULL,
    status        TEXT NOT NULL,
    reasoning     TEXT NOT NULL,
    raw           TEXT NOT NULL,  -- JSON
    prompt_sha256 TEXT REFERENCES prompts,
    board         TEXT NOT NULL,  -- JSON
    seconds       TEXT NOT NULL,  -- JSON
    session_id    INTEGER NOT NULL REFERENCES sessions,
    FOREIGN KEY (run_id, neuron) REFERENCES run_neurons
) STRICT;
CREATE INDEX steps_by_neuron ON steps (run_id, neuron);

CREATE TABLE results (
    run_id     INTEGER NOT NULL,
    neuron     INTEGER NOT NULL,
    status     TEXT NOT NULL,
    label      TEXT,
    score      REAL,
    origin     TEXT,
    reason     TEXT NOT NULL,
    session_id INTEGER NOT NULL REFERENCES sessions,
    PRIMARY KEY (run_id, neuron),
    FOREIGN KEY (run_id, neuron) REFERENCES run_neurons
) STRICT, WITHOUT ROWID;
