"""Hostile classes: folders and downloads in which one student, mallory, means harm to the class or to the grader.

Each is made by a function, `KINDS[kind][name](room, work)`: room is an empty folder, work the text of a right notebook,
which ann and bo hand in. It gives the path for the command line, and the rows that must stand in the table afterwards
besides ann's and bo's: {name: score}, 10 for a right notebook, 4 for another, "" for one that could not be read. Ann
and bo keep their 10 points in each of them, unless KEPT says otherwise.
"""

import hashlib
import io
import json
import os
import struct
import unicodedata
import warnings
import zipfile
from collections import defaultdict
from pathlib import Path

KINDS: dict[str, dict] = defaultdict(dict)
KEPT: dict[str, dict[str, str]] = {}  # {hostile class: {row: score} of ann and bo, where those are called otherwise}
OTHER = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
LATE = (2107, 12, 31, 23, 59, 58)
CANVAS, MOODLE = {"ann_1": "10", "bo_2": "10"}, {"Ann A_1": "10", "Bo B_2": "10"}


def hostile(kind, kept=None):
    """Enter a function as a hostile class of this kind."""

    def enter(function):
        KINDS[kind][function.__name__] = function
        if kept:
            KEPT[function.__name__] = kept
        return function

    return enter


def put(folder, files) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def zipped(files, date=(2024, 10, 1, 12, 0, 0), compression=zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(target, "w", compression, compresslevel=1) as archive:
        warnings.simplefilter("ignore")
        for name, content in files.items() if isinstance(files, dict) else files:
            member = zipfile.ZipInfo(name, date)
            member.compress_type = compression
            archive.writestr(member, content)
    return target.getvalue()


def plain(room, work, **mallory) -> Path:
    """ann.ipynb and bo/t1_tiny.ipynb, and what mallory hands in."""
    files = {name.replace("__", "."): content for name, content in mallory.items()}
    return put(room / "in", {"ann.ipynb": work, "bo/t1_tiny.ipynb": work} | files)


def with_zip(room, work, files, **options):
    return plain(room, work, mallory__zip=zipped(files, **options))


def canvas(room, work, name, content) -> Path:
    return put(room / "in", {"ann_1_11_t1.ipynb": work, "bo_2_12_t1.ipynb": work, name: content})


def table(entries: int, name: bytes = b"a.ipynb", size: int = 10, **end) -> bytes:
    """A zip that is nothing but a table of contents, with so many entries."""
    entry = (
        struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 0, 0, 33, 0, size, size, len(name), 0, 0, 0, 0, 0, 0) + name
    )
    body = entry * entries
    number = end.get("number", min(entries, 0xFFFF))
    last = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, number, number, end.get("length", len(body)), 0, 0)
    return body + last


# Overwriting ----------------------------------------------------------------------------------------------------------


@hostile("overwriting", CANVAS)
def canvas_name_inside_a_zip(room, work):
    inner = zipped({"ann_1_99_t1.ipynb": OTHER, "zoe_5_9_t1.ipynb": OTHER}, LATE)
    return canvas(room, work, "mallory_3_13_w.zip", inner), {"mallory_3": "4"}


@hostile("overwriting", CANVAS)
def canvas_name_inside_a_zip_of_a_class_zip(room, work):
    inner = zipped({"ann_1_99_t1.ipynb": OTHER}, LATE)
    files = {"ann_1_11_t1.ipynb": work, "bo_2_12_t1.ipynb": work, "mallory_3_13_w.zip": inner}
    return put(room, {"submissions.zip": zipped(files)}) / "submissions.zip", {"mallory_3": "4"}


@hostile("overwriting", CANVAS)
def canvas_file_called_like_a_classmates(room, work):
    return canvas(room, work, "mallory_3_13_ann_1_99_t1.ipynb", OTHER), {"mallory_3": "4"}


@hostile("overwriting", CANVAS)
def canvas_file_that_begins_with_a_classmates_number(room, work):
    return canvas(room, work, "mallory_3_13_1_99_t1.ipynb", OTHER), {"mallory_3": "4"}


@hostile("overwriting", CANVAS)
def canvas_user_who_calls_himself_a_classmates_number(room, work):
    return canvas(room, work, "mallory_1_3_13_t1.ipynb", OTHER), {"mallory_1_3": "4"}


@hostile("overwriting", MOODLE)
def moodle_name_inside_a_folder(room, work):
    files = {f"{name}_assignsubmission_file/t1.ipynb": work for name in ("Ann A_1", "Bo B_2")}
    bad = {"Mal L_3_assignsubmission_file/Ann A_1_assignsubmission_file/t1.ipynb": OTHER}
    return put(room / "in", files | bad), {"Mal L_3": "4"}


@hostile("overwriting", MOODLE)
def moodle_name_inside_a_zip_of_a_flat_download(room, work):
    files = {f"{name}_assignsubmission_file_t1.ipynb": work for name in ("Ann A_1", "Bo B_2")}
    bad = {"Mal L_3_assignsubmission_file_w.zip": zipped({"Ann A_1_assignsubmission_file_t1.ipynb": OTHER}, LATE)}
    return put(room / "in", files | bad), {"Mal L_3": "4"}


@hostile("overwriting", {"ann": "10", "bo": "10"})
def blackboard_file_that_names_a_later_attempt_of_a_classmate(room, work):
    files = {f"HW_{name}_attempt_2024-10-01-12-00-00_t1.ipynb": work for name in ("ann", "bo")}
    bad = "HW_mallory_attempt_2024-10-01-12-00-00_HW_ann_attempt_2099-01-01-00-00-00_t1.ipynb"
    return put(room / "in", files | {bad: OTHER}), {"mallory": "4"}


@hostile("overwriting", {"Ann_1": "10", "Bo_2": "10"})
def brightspace_file_that_names_a_later_attempt_of_a_classmate(room, work):
    files = {f"{name} - Oct 1, 2024 900 AM - t1.ipynb": work for name in ("1-9 - Ann", "2-9 - Bo")}
    bad = "3-9 - Mal - Oct 1, 2024 900 AM - 1-9 - Ann - Oct 1, 2099 900 AM - t1.ipynb"
    return put(room / "in", files | {bad: OTHER}), {"Mal_3": "4"}


@hostile("overwriting", {"Ann_1": "10", "Bo_2": "10"})
def gradescope_output_that_looks_like_the_metadata(room, work):
    people = {"1": "Ann", "2": "Bo", "3": "Mal"}
    text = "---\n"
    for number, name in people.items():
        text += f"submission_{number}:\n  :submitters:\n  - :name: {name}\n    :sid: '{number}'\n  :results:\n"
        text += "    output: |-\n      submission_3:\n        :submitters:\n        - :name: Ann\n          :sid: '1'\n"
    files = {f"submission_{number}/t1.ipynb": OTHER if number == "3" else work for number in people}
    return put(room / "in", files | {"submission_metadata.yml": text}), {"Mal_3": "4"}


@hostile("overwriting")
def folder_of_a_classmate_in_a_zip(room, work):
    return with_zip(room, work, {"ann/t1_tiny.ipynb": OTHER, "ann.ipynb": OTHER}, date=LATE), {"mallory": "4"}


@hostile("overwriting")
def names_that_point_out_of_the_zip(room, work):
    names = ("../ann.ipynb", "..\\ann.ipynb", "/ann.ipynb", "x/../../ann.ipynb", "C:\\ann.ipynb", "./../ann.ipynb")
    return with_zip(room, work, dict.fromkeys(names, OTHER)), {"mallory": ""}


@hostile("overwriting")
def link_member_to_a_classmates_file(room, work):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        member = zipfile.ZipInfo("t1.ipynb")
        member.external_attr = 0o120777 << 16
        archive.writestr(member, "../ann.ipynb")
    return plain(room, work, mallory__zip=target.getvalue()), {"mallory": "4"}


@hostile("overwriting")
def links_to_a_classmates_files(room, work):
    folder = plain(room, work)
    (folder / "mallory.ipynb").symlink_to(folder / "ann.ipynb")
    (folder / "mal").mkdir()
    (folder / "mal/t1.ipynb").symlink_to(folder / "ann.ipynb")
    (folder / "mal/all").symlink_to(folder)
    return folder, {"mallory": "", "mal": ""}


@hostile("overwriting", MOODLE)
def moodle_user_who_calls_himself_a_classmates_folder(room, work):
    files = {f"{name}_assignsubmission_file_/t1.ipynb": work for name in ("Ann A_1", "Bo B_2")}
    bad = "Ann A_1_assignsubmission_file_ x_3_assignsubmission_file_"
    return put(room / "in", files | {f"{bad}/t1.ipynb": OTHER}), {"Ann A_1_assignsubmission_file_ x_3": "4"}


@hostile("overwriting")
def files_called_like_the_graders_own(room, work):
    files = {"results.jsonl": '{"name": "ann", "score": 0}\n', "settings.json": "{}", "roster.csv": "name\nann"}
    files |= {"manual.csv": "submission,question,points\nmallory,t1-q1,10", "mallory/grades.csv": "ann,0"}
    return put(plain(room, work), files | {"mallory/t1.ipynb": OTHER}), {"mallory": "4"}


# Inventing ------------------------------------------------------------------------------------------------------------


@hostile("inventing")
def thousands_of_canvas_names(room, work):
    return with_zip(room, work, {f"s{n}_{n}_9_t1.ipynb": "{}" for n in range(9_000)}), {"mallory": ""}


@hostile("inventing")
def more_files_than_a_student_may_have(room, work):
    return with_zip(room, work, {f"s{n}_{n}_9_t1.ipynb": "" for n in range(10_001)}), {"mallory": ""}


@hostile("inventing")
def a_whole_moodle_class(room, work):
    files = {f"Zoe {n}_{n}_assignsubmission_file_/t1.ipynb": OTHER for n in range(300)}
    return with_zip(room, work, files), {"mallory": ""}


@hostile("inventing")
def zips_called_like_students(room, work):
    files = {f"zoe{n}.zip": zipped({"t1.ipynb": OTHER}) for n in range(10)}
    return with_zip(room, work, files), {"mallory": "4"}


@hostile("inventing", CANVAS)
def a_class_in_an_unpacked_folder(room, work):
    folder = canvas(room, work, "mallory_3_13_w/zoe_4_14_t1.ipynb", OTHER)
    return put(folder, {f"mallory_3_13_w/s{n}/t1.ipynb": OTHER for n in range(200)}), {"mallory_3": "4"}


@hostile("inventing", {"ann": "10", "bo": "10"})
def clones_inside_a_clone(room, work):
    files = {"hw-ann/t1.ipynb": work, "hw-bo/t1.ipynb": work, "hw-mallory/hw-zoe/t1.ipynb": OTHER}
    return put(room / "hw-submissions", files), {"mallory": "4"}


@hostile("inventing")
def gradescopes_metadata_in_a_zip(room, work):
    text = "submission_1:\n  :submitters:\n  - :name: ann\n    :sid: '1'\n"
    files = {"submission_metadata.yml": text, "submission_1/t1.ipynb": OTHER}
    return with_zip(room, work, files), {"mallory": "4"}


@hostile("inventing", CANVAS)
def other_platforms_names_in_canvas_files(room, work):
    files = ("HW_ann_1_attempt_2024-10-01-12-00-00_t1.ipynb", "HW_bo_2_attempt_2024-10-01-12-00-00_t1.ipynb")
    files = {f"mallory_3_13_{files[0]}": OTHER, f"mallory_3_14_{files[1]}": OTHER, "mal_4_15_Ann, A(1)_t1.ipynb": OTHER}
    return put(canvas(room, work, "mallory_3_12_t1.ipynb", OTHER), files), {"mallory_3": "4", "mal_4": "4"}


@hostile("inventing", {"ann_1": "10", "bo_2": "10"})
def gradescope_metadata_with_references(room, work):
    people = ('ann\n    :sid: "1"', 'bo\n    :sid: "2"', '"mal\\nsubmission_1:"\n    :sid: "3"\n  :bomb: &a [*a, *a]')
    text = "".join(f"submission_{n}:\n  :submitters:\n  - :name: {who}\n" for n, who in enumerate(people, start=1))
    files = {f"submission_{n}/t1.ipynb": OTHER if n == 3 else work for n in (1, 2, 3)}
    return put(room / "in", files | {"submission_metadata.yml": text}), {"malsubmission_1__3": "4"}


# Flooding -------------------------------------------------------------------------------------------------------------


@hostile("flooding")
def a_folder_of_many_files(room, work):
    folder = plain(room, work)
    for part in range(11):
        (folder / f"mallory/{part}").mkdir(parents=True)
        for number in range(1000):
            os.close(os.open(folder / f"mallory/{part}/{number}.txt", os.O_CREAT | os.O_WRONLY))
    return folder, {"mallory": ""}


@hostile("flooding")
def deep_folders(room, work):
    return put(plain(room, work), {"mallory/" + "d/" * 500 + "t1.ipynb": OTHER, "mallory/x.txt": ""}), {"mallory": ""}


@hostile("flooding")
def deep_folders_in_a_zip(room, work):
    return with_zip(room, work, {"d/" * 30_000 + "t1.ipynb": OTHER}), {"mallory": "4"}


@hostile("flooding")
def a_long_table_of_contents(room, work):
    return with_zip(room, work, {f"{n:0>60000}": "" for n in range(100)}), {"mallory": ""}


@hostile("flooding")
def many_names_to_be_told(room, work):
    return with_zip(room, work, {f"../{n}": "" for n in range(3000)} | {"t1.ipynb": OTHER}), {"mallory": "4"}


@hostile("flooding")
def many_links(room, work):
    folder = plain(room, work)
    (folder / "mallory").mkdir()
    for number in range(500):
        (folder / f"mallory/{number}").symlink_to("/")
    return put(folder, {"mallory/t1.ipynb": OTHER}), {"mallory": "4"}


@hostile("flooding")
def many_zips_in_a_zip(room, work):
    inner = zipped({"t1.ipynb": OTHER})
    return with_zip(room, work, {f"{n}.zip": inner for n in range(400)}), {"mallory": "4"}


@hostile("flooding")
def many_notebooks(room, work):
    return with_zip(room, work, {f"{n}.ipynb": OTHER for n in range(5000)}), {"mallory": "4"}


@hostile("flooding")
def many_helper_files(room, work):
    files = {f"h{n}.py": "#" * 100_000 for n in range(200)}
    return with_zip(room, work, files | {"t1.ipynb": OTHER}), {"mallory": "4"}


# Bombing --------------------------------------------------------------------------------------------------------------


@hostile("bombing")
def a_notebook_of_zeros(room, work):
    return with_zip(room, work, {"t1.ipynb": bytes(60 * 2**20)}), {"mallory": ""}


@hostile("bombing")
def a_size_that_is_a_lie(room, work):
    content = zipped({"t1.ipynb": bytes(60 * 2**20)})
    lie = content.replace((60 * 2**20).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    return plain(room, work, mallory__zip=lie), {"mallory": ""}


@hostile("bombing")
def a_zip_of_zeros_in_a_zip(room, work):
    return with_zip(room, work, {"work.zip": bytes(60 * 2**20)}), {"mallory": ""}


@hostile("bombing")
def a_zip_of_zips_of_zeros(room, work):
    inner = zipped({"t1.ipynb": bytes(60 * 2**20)})
    return with_zip(room, work, {f"{n}.zip": inner for n in range(30)}), {"mallory": ""}


@hostile("bombing")
def a_million_entries(room, work):
    return plain(room, work, mallory__zip=table(1_000_000)), {"mallory": ""}


@hostile("bombing")
def a_million_entries_in_a_zip(room, work):
    return with_zip(room, work, {"inner.zip": table(1_000_000)}), {"mallory": ""}


@hostile("bombing")
def a_table_that_claims_to_be_long(room, work):
    return plain(room, work, mallory__zip=table(3, length=2**31)), {"mallory": ""}


@hostile("bombing")
def entries_that_share_one_member(room, work):
    content = bytearray(zipped({"a.ipynb": bytes(20 * 2**20)}))
    start = content.index(b"PK\1\2")
    end = content.index(b"PK\5\6")
    entry = bytes(content[start:end])
    body = bytes(content[:start]) + b"".join(entry.replace(b"a.ipynb", b"%c.ipynb" % (97 + n)) for n in range(15))
    last = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 15, 15, len(entry) * 15, start, 0)
    return plain(room, work, mallory__zip=body + last), {"mallory": ""}


@hostile("bombing")
def notebooks_that_are_hard_to_compare(room, work):
    """Two notebooks, so that their content is looked at: nested without end, and operators without end."""
    deep = '{"cells": ' + "[" * 200_000 + "]" * 200_000 + "}"
    source = "x = " + "-" * 90_000 + "1\n" + "(" * 900 + ")" * 900 + "\ny = " + "1+" * 90_000 + "1"
    code = json.dumps(json.loads(OTHER) | {"cells": [{"cell_type": "code", "source": source}]})
    wide = OTHER.replace("[]", "[" + ",".join(["{}"] * 500_000) + "]")
    return with_zip(room, work, {"t1.ipynb": deep, "t1_b.ipynb": code, "t1_c.ipynb": wide}), {"mallory": "4"}


# Starving: files over which a reader may stop -----------------------------------------------------------------------


@hostile("starving")
def broken_utf8_in_a_local_header(room, work):
    content = zipped({"h\u00e9\u00e9.ipynb": OTHER})
    return plain(room, work, mallory__zip=content.replace("\u00e9\u00e9".encode(), b"\xff\xff\xff\xff", 1)), {
        "mallory": ""
    }


@hostile("starving")
def broken_utf8_in_the_table(room, work):
    return plain(room, work, mallory__zip=zipped({"h\u00e9.ipynb": OTHER}).replace("\u00e9".encode(), b"\xff\xff")), {
        "mallory": ""
    }


@hostile("starving")
def a_member_without_a_name(room, work):
    return with_zip(room, work, {"": OTHER}), {"mallory": ""}


@hostile("starving")
def a_wrong_offset(room, work):
    content = bytearray(zipped({"t1.ipynb": OTHER}))
    at = content.index(b"PK\1\2")
    content[at + 42 : at + 46] = struct.pack("<I", 2**31)
    return plain(room, work, mallory__zip=bytes(content)), {"mallory": ""}


@hostile("starving")
def a_wrong_offset_in_a_zip_in_a_zip(room, work):
    content = bytearray(zipped({"t1.ipynb": OTHER}))
    at = content.index(b"PK\1\2")
    content[at + 42 : at + 46] = struct.pack("<I", 7)
    return with_zip(room, work, {"in.zip": bytes(content)}), {"mallory": ""}


@hostile("starving")
def a_zip_that_is_cut_off(room, work):
    return plain(room, work, mallory__zip=zipped({"t1.ipynb": OTHER * 100})[:-30]), {"mallory": ""}


@hostile("starving")
def names_over_which_patterns_take_long(room, work):
    """In a zip a name may have 65,535 letters; each of these would cost a search for an ending seconds."""
    names = (
        "-1" * 30_000 + "x.ipynb",
        ".ipynb" * 10_000 + "x",
        "_copy" * 12_000 + "x.ipynb",
        " (1)" * 15_000 + "x.ipynb",
    )
    return with_zip(room, work, dict.fromkeys((*names, "t1.ipynb"), OTHER)), {"mallory": "4"}


@hostile("starving")
def two_zips_in_one_file(room, work):
    """Programs differ over which table counts; either way it is mallory's."""
    both = zipped({"t1.ipynb": work}) + zipped({"ann.ipynb": OTHER})
    return plain(room, work, mallory__zip=both, mal__zip=zipped({"t1.ipynb": OTHER}) + b"PK\5\6" + bytes(18)), {
        "mallory": "4",
        "mal": "",
    }


@hostile("starving")
def numbers_and_texts_that_are_none(room, work):
    files = {"mallory": OTHER.replace("{}", '{"n": ' + "9" * 100_000 + "}"), "mal": "[" * 100_000}
    files |= {"m": OTHER.replace("{}", '{"\\ud800": NaN, "b": 1e999}'), "m16": OTHER.encode("utf-16")}
    return put(plain(room, work), {f"{name}.ipynb": text for name, text in files.items()}), dict.fromkeys(files, "4")


@hostile("starving")
def a_password(room, work):
    content = bytearray(zipped({"t1.ipynb": OTHER}))
    content[6] |= 1
    content[content.index(b"PK\1\2") + 8] |= 1
    return plain(room, work, mallory__zip=bytes(content)), {"mallory": ""}


@hostile("starving")
def another_compression(room, work):
    return with_zip(room, work, {"t1.ipynb": OTHER}, compression=zipfile.ZIP_LZMA), {"mallory": ""}


@hostile("starving")
def a_checksum_that_is_wrong(room, work):
    content = zipped({"t1.ipynb": OTHER}, compression=zipfile.ZIP_STORED)
    return plain(room, work, mallory__zip=content.replace(b"nbformat", b"nbformal")), {"mallory": ""}


@hostile("starving")
def a_date_that_is_none(room, work):
    content = bytearray(zipped({"t1.ipynb": OTHER}))
    at = content.index(b"PK\1\2")
    content[at + 12 : at + 16] = b"\xff\xff\xff\xff"
    return plain(room, work, mallory__zip=bytes(content)), {"mallory": "4"}


@hostile("starving")
def pipes(room, work):
    folder = plain(room, work)
    for name in ("mallory.ipynb", "mal.zip"):
        os.mkfifo(folder / name)
    return folder, {"mallory": ""}


@hostile("starving")
def a_folder_called_like_a_zip(room, work):
    return put(plain(room, work), {"mallory.zip/t1.ipynb": OTHER, "mal.ipynb/t1.ipynb": OTHER}), {
        "mallory.zip": "4",
        "mal.ipynb": "4",
    }


@hostile("starving")
def empty_files(room, work):
    return plain(room, work, mallory__zip=b"", mal__ipynb=b""), {"mallory": "", "mal": "4"}


@hostile("starving")
def a_zip_called_notebook_and_a_notebook_called_zip(room, work):
    return plain(room, work, mallory__ipynb=zipped({"t1.ipynb": OTHER}), mal__zip=OTHER), {"mallory": "4", "mal": ""}


# Colliding ------------------------------------------------------------------------------------------------------------


@hostile("colliding")
def upper_case(room, work):
    return plain(room, work, ANN__ipynb=OTHER, Bo__ipynb=OTHER), {"ANN": "4", "Bo": "4"}


@hostile("colliding")
def letters_that_nobody_sees(room, work):
    files = {"ann\u200b.ipynb": OTHER, "\u202eann.ipynb": OTHER}
    return put(plain(room, work), files), dict.fromkeys(marked("ann\u200b", "\u202eann"), "4")


@hostile("colliding")
def letters_that_look_alike(room, work):
    files = {"\u0430nn.ipynb": OTHER, "\uff41nn.ipynb": OTHER, "ann .ipynb": OTHER}
    return put(plain(room, work), files), {"\u0430nn": "4", "\uff41nn": "4", marked("ann ")[0]: "4"}


@hostile("colliding")
def letters_that_fold_into_others(room, work):
    names = ("\ufb01n", "fin", "stra\u00dfe", "STRASSE", "\u0130n")
    return put(plain(room, work), {f"{name}.ipynb": OTHER for name in names}), dict.fromkeys(names, "4")


@hostile("colliding", {"Zo\u00eb": "10", "bo": "10"})
def an_accent_written_otherwise(room, work):
    other = unicodedata.normalize("NFD", "Zo\u00eb")
    files = {"Zo\u00eb.ipynb": work, f"{other}.ipynb": OTHER, "bo.ipynb": work}
    return put(room / "in", files), {marked(other, safe="Zo\u00eb")[0]: "4"}


@hostile("colliding", {"ann": "", "bo": "10"})
def a_zip_called_like_a_classmates_notebook(room, work):
    """Nothing says whose the zip is: neither is taken for ann's, and both are named."""
    return plain(room, work, ann__zip=zipped({"t1.ipynb": OTHER}, LATE)), {}


@hostile("colliding", {"ann_1": "10", "bo_2": "10"})
def canvas_names_alike(room, work):
    return canvas(room, work, "ann_3_13_t1.ipynb", OTHER), {"ann_3": "4"}


def marked(*names, safe="ann"):
    return [f"{safe}~{hashlib.sha256(name.encode()).hexdigest()[:8]}" for name in names]


# Injecting ------------------------------------------------------------------------------------------------------------


@hostile("injecting")
def formulas(room, work):
    files = dict.fromkeys(("=1+1.ipynb", "x;=1+1.ipynb", "x,@SUM(1).ipynb", "\uff1dcmd.ipynb", "-1+1|x.ipynb"), OTHER)
    rows = ("_1+1", "x;_1+1", "x,_SUM(1)", "_cmd", "_1+1_x")
    return put(plain(room, work), files), dict.fromkeys(rows, "4")


@hostile("injecting")
def letters_that_steer_the_terminal(room, work):
    files = dict.fromkeys(("m\x1b[2J.ipynb", "l\x1b]0;title\x07.ipynb", "k\u202egpj.ipynb", "n\n10,ann.ipynb"), OTHER)
    return put(plain(room, work), files), dict.fromkeys(("m[2J", "l]0;title", "kgpj", "n10,ann"), "4")


@hostile("injecting")
def html(room, work):
    files = {"<script>alert(1)<\u2215script>.ipynb": OTHER, "<img src=x>.zip": b"no"}
    return put(plain(room, work), files), {"_script_alert(1)_\u2215script_": "4", "_img src=x_": ""}


@hostile("injecting")
def formulas_inside_folders_and_zips(room, work):
    folder = with_zip(room, work, {'=HYPERLINK("http://x").ipynb': OTHER})
    return put(folder, {"mal/=cmd|calc!A0.ipynb": OTHER, "m/\t+1.ipynb": OTHER}), dict.fromkeys(
        ("mallory", "mal", "m"), "4"
    )


@hostile("injecting")
def names_that_shells_and_other_systems_read(room, work):
    names = ("x\\..\\ann.ipynb", "%2e%2e%2fann.ipynb", "ann.ipynb\n.ipynb", "~root.ipynb", "-rf.ipynb", "$(x).ipynb")
    rows = ("x_.._ann", "%2e%2e%2fann", "ann.ipynb", "~root", "_rf", "$(x)")
    return put(plain(room, work), dict.fromkeys(names, OTHER)), dict.fromkeys(rows, "4")


@hostile("injecting")
def names_of_devices_and_none(room, work):
    files = {"CON.ipynb": OTHER, "nul.ipynb": OTHER, "...ipynb": OTHER, ".hidden.ipynb": OTHER}
    return put(plain(room, work), files), {"_CON": "4", "_nul": "4"}


@hostile("injecting")
def long_names(room, work):
    long = "x" * 240
    return put(plain(room, work), {f"{long}.ipynb": OTHER}), {"x" * 71 + "~" + marked(long)[0][4:]: "4"}


@hostile("injecting")
def bytes_that_are_no_text(room, work):
    folder = plain(room, work)
    with open(os.path.join(os.fsencode(folder), b"m\xff.ipynb"), "wb") as file:
        file.write(OTHER.encode())
    return folder, {"m_": "4"}
