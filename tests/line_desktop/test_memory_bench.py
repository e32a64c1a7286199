"""`bench memory` and `bench survey`: every stage is measured, on what the ordinary code does."""

import json

import small_inputs


def test_every_stage_has_its_memory_and_the_gallery_its_times(line):
    said = line("bench", "memory", "--neurons", "4", "--concepts", "20", "--photos", "100", "--json")
    assert said.code == 0, said.err
    figures = json.loads(said.out)
    assert figures["size"] == {"neurons": 4, "concepts": 20, "photos": 100}
    names = [stage["name"] for stage in figures["stages"]]
    assert names == ["begin", "statistics", "class means", "bank", "44 look-ups", "gate of all, LINE for 4 neurons"]
    peaks = [stage["peak"] for stage in figures["stages"]]
    assert peaks == sorted(peaks)
    assert 10 < peaks[0] < 1000
    questions = {one["question"] for one in figures["gallery"]}
    assert {"statuses", "search nothing has", "all by score, falling"} <= questions


def test_photos_go_through_both_doors(line, network, tmp_path):
    probe = small_inputs.plain_photos(tmp_path / "photos", 70)
    (probe / "005.png").write_bytes(b"no picture")
    said = line("bench", "survey", "--checkpoint", network, "--layer", "relu", "--probe", probe, "--json")
    assert said.code == 0, said.err
    figures = json.loads(said.out)
    assert figures["same"] is True
    assert (figures["photos"], figures["unreadable"]) == (560, 8)
    assert min(figures["threads"], figures["processes"]) > 0
