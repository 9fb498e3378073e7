from __future__ import annotations

import codecs
import os
import re
import stat
from pathlib import Path

import pytest

import codemods
from codemods.errors import FileError
from codemods.replacing import is_torn
from codemods.source import LIMIT, decode, read, replace, split_lines


@pytest.mark.parametrize(
    ("data", "text", "bom"),
    [
        (b"", "", False),
        (b"x = 1", "x = 1", False),
        (b"x = 1\r\ny = 2\ry = 3\n", "x = 1\r\ny = 2\ry = 3\n", False),
        (codecs.BOM_UTF8 + b"x = 1\n", "x = 1\n", True),
        ("é = 'ü'\n".encode(), "é = 'ü'\n", False),
        ("# coding: latin-1\nx = 'é'\n".encode("latin-1"), "# coding: latin-1\nx = 'é'\n", False),
        ("# é coding: latin-1\n".encode("latin-1"), "# é coding: latin-1\n", False),
        (
            "#!python\r# coding: cp1252\rx = '€'\r".encode("cp1252"),
            "#!python\r# coding: cp1252\rx = '€'\r",
            False,
        ),
        (b"# a\rx = 'coding: no-such'\n", "# a\rx = 'coding: no-such'\n", False),
        (b"x = 1\n# coding: no-such\n", "x = 1\n# coding: no-such\n", False),
        (b"\x0cx = 1\n", "\x0cx = 1\n", False),
    ],
)
def test_decodes_and_encodes_back(data: bytes, text: str, bom: bool) -> None:
    source = decode(data)
    assert (source.text, source.bom) == (text, bom)
    assert source.encode(text) == data


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"x = 1\0\n", "NUL"),
        (b"x = 1\ny = '\xe9'\n", "isn't valid utf-8: byte 0xe9 in line 2"),
        (b"# coding: no-such\n", "unknown encoding: no-such"),
        (b"# coding: rot13\nx = 1\n", "isn't an encoding for text"),
        (codecs.BOM_UTF8 + b"# coding: latin-1\n", "encoding problem"),
        (b"# coding: utf-7\nx = '+AGE-'\n", "doesn't encode back"),
    ],
)
def test_refuses_what_it_could_not_write_back(data: bytes, message: str) -> None:
    with pytest.raises(FileError, match=message) as caught:
        decode(data)
    assert "\n" not in str(caught.value)


def test_refuses_a_character_that_the_encoding_lacks() -> None:
    with pytest.raises(FileError, match="iso-8859-1 can't encode the character '€'"):
        decode(b"# coding: latin-1\n").encode("x = '€'\n")


def test_lines_end_where_the_grammar_ends_them() -> None:
    text = "a\r\nb\rc\n\n\x0cd\x0be\u2028f\x85g\x1ch"
    assert split_lines(text) == ["a\r\n", "b\r", "c\n", "\n", "\x0cd\x0be\u2028f\x85g\x1ch"]
    assert split_lines("") == []
    assert "".join(split_lines(text)) == text


def test_read_says_in_one_line_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"^can't be read: no such file or directory$"):
        read(tmp_path / "missing.py")
    with pytest.raises(FileError, match=r"^can't be read: not a regular file$"):
        read(tmp_path)
    (tmp_path / "large.py").write_bytes(bytes(LIMIT + 1))
    with pytest.raises(FileError, match=r"^can't be read: larger than 32 MiB$"):
        read(tmp_path / "large.py")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="has no named pipes")
def test_nothing_but_a_regular_file_is_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "zero.py").symlink_to("/dev/zero")
    for name in ("pipe.py", "zero.py"):
        with pytest.raises(FileError, match=r"^can't be read: not a regular file$"):
            read(tmp_path / name)


def test_files_are_read_in_one_place() -> None:
    """What reads a file elsewhere would wait for a pipe, or read a device without an end."""
    package = Path(str(codemods.__file__)).parent
    reads = re.compile(r"\.read_(?:bytes|text)\(|(?<![\w.\"])open\(")
    # The recorder runs elsewhere, and the table only names what rules look for; the others open what this package has
    # just made, or belong to its development.
    allowed = {
        "docs.py",
        "cli/streams.py",
        "rules/_table.py",
        "store.py",
        *(f"verify/running/{name}.py" for name in ("recorder", "suite_runner", "events")),
        "trace/tracer.py",
    }
    found = {path for path in package.rglob("*.py") if reads.search(path.read_text("utf-8"))}
    assert {path.relative_to(package).as_posix() for path in found} == {"source.py", *allowed}


def test_replace_keeps_the_mode(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"old")
    file.chmod(0o754)
    replace(file, b"new\r\n")
    assert file.read_bytes() == b"new\r\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o754
    assert os.listdir(tmp_path) == ["a.py"]


def test_replace_writes_through_no_link(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    target = tmp_path / "folder" / "target.py"
    target.write_bytes(b"old")
    (tmp_path / "link.py").symlink_to(target)
    (tmp_path / "linked").symlink_to("folder")
    for link in (tmp_path / "link.py", tmp_path / "linked" / "target.py"):
        with pytest.raises(FileError, match=r"^can't be written: it is behind a link$"):
            replace(link, b"new")
    assert target.read_bytes() == b"old"


@pytest.mark.parametrize("name", ["a" * 252 + ".py", "é" * 126 + ".py"])
def test_the_longest_name_can_be_replaced(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"old")
    replace(tmp_path / name, b"new")
    assert (tmp_path / name).read_bytes() == b"new"
    assert os.listdir(tmp_path) == [name]


def test_hard_links_stay_links_to_one_file(tmp_path: Path) -> None:
    file, other = tmp_path / "a.py", tmp_path / "b.py"
    for before, after in ((b"long old content", b"new"), (b"old", b"long new content"), (b"old", b"")):
        file.write_bytes(before)
        other.unlink(missing_ok=True)
        os.link(file, other)
        replace(file, after)
        assert (file.read_bytes(), other.read_bytes()) == (after, after)
        assert os.path.samefile(file, other)
        assert sorted(os.listdir(tmp_path)) == ["a.py", "b.py"]


def test_a_failed_write_in_place_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"old")
    os.link(file, tmp_path / "b.py")
    real, calls = os.fsync, []

    def full(descriptor: int) -> None:
        calls.append(file.read_bytes())
        if len(calls) == 1:
            raise OSError(28, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileError, match=r"^can't be written: no space left on device$"):
        replace(file, b"something new")
    assert calls == [b"something new", b"old"]
    assert file.read_bytes() == b"old"


def test_what_a_killed_write_in_place_may_leave() -> None:
    old, new = b"old content, long", b"new text"
    torn = [new[:at] + old[at:] for at in range(len(new) + 1)]
    assert all(is_torn(each, *pair) for each in torn for pair in ((old, new), (new, old)))
    assert all(is_torn(old[:at] + each[at:], old, new) for each in torn for at in range(len(each)))
    for other in (b"", b"new", old + b"x", b"mine" + old[4:], b"old content, l0ng"):
        assert not is_torn(other, old, new)


def _takes_attributes(folder: Path) -> bool:
    try:
        os.setxattr(folder, "user.codemods", b"1")
    except (AttributeError, OSError):
        return False
    return True


def test_extended_attributes_stay(tmp_path: Path) -> None:
    if not _takes_attributes(tmp_path):
        pytest.skip("the file system has no extended attributes")
    file = tmp_path / "a.py"
    file.write_bytes(b"old")
    os.setxattr(file, "user.label", b"mine\0")
    replace(file, b"new")
    assert (file.read_bytes(), os.getxattr(file, "user.label")) == (b"new", b"mine\0")


def test_attributes_are_the_files_not_those_of_new_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder's default access list gives new files attributes, and not each attribute may be set."""
    file, held = tmp_path / "a.py", dict[tuple[bool, str], bytes]()
    file.write_bytes(b"old")
    held.update({(True, "user.a"): b"1", (True, "security.x"): b"2", (False, "system.acl"): b"3"})

    def set_one(path: str, name: str, value: bytes, **_: object) -> None:
        if name == "security.x":
            raise PermissionError(1, "Operation not permitted")
        held[Path(path) == file, name] = value

    def names(path: str, **_: object) -> list[str]:
        return [name for is_file, name in held if is_file == (Path(path) == file)]

    fakes = {
        "listxattr": names, "setxattr": set_one,
        "getxattr": lambda path, name, **_: held[Path(path) == file, name],
        "removexattr": lambda path, name, **_: held.pop((Path(path) == file, name)),
    }  # fmt: skip
    for name, fake in fakes.items():
        monkeypatch.setattr(os, name, fake, raising=False)
    replace(file, b"new")
    assert {name: value for (is_file, name), value in held.items() if not is_file} == {"user.a": b"1"}


def test_a_write_protected_folder_is_respected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"old")
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != tmp_path)
    with pytest.raises(FileError, match=r"^can't be written: its folder is write-protected$"):
        replace(file, b"new")
    os.link(file, tmp_path / "b.py")  # so that it is written in its place, which asks nothing of the folder
    replace(file, b"new")
    assert file.read_bytes() == b"new"


@pytest.mark.parametrize("step", ["fsync", "chmod", "replace"])
def test_a_failed_replacement_leaves_no_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(FileError, match=r"^can't be written: no space left on device$"):
        replace(file, b"new")
    assert file.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.py"]


def test_replace_cleans_up_when_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"old")

    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        replace(file, b"new")
    assert os.listdir(tmp_path) == ["a.py"]


def test_replace_respects_a_write_protected_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"old")
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write whatever the mode says
    with pytest.raises(FileError, match="can't be written: permission denied"):
        replace(file, b"new")
    assert file.read_bytes() == b"old"
