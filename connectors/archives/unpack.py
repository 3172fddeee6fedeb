"""Archives into a folder of numbered files, within limits.

Belongs here: zip, tar, gz and its relatives, their sizes, nesting, what is refused. Does not belong here: names (``member_names.py``), reading
the files (``archive.py``).

What is refused is refused before or while it is unpacked, never after: sizes are looked at as they are told and as
they turn out. Links, devices, and members behind a password are refused too.
"""

from __future__ import annotations

import bz2
import errno
import gzip
import lzma
import shutil
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from connectors.archives.member_names import DIRECTORY, checked, decoded, directory_size, is_junk, zip_names
from connectors.sniff import sniff
from schemas.problem import Problem

TOTAL = 16 << 30  # bytes of all files in an archive together
MEMBERS = 2_000
DEPTH = 2  # archives in archives
# No data packs better than this; what is small in all may.
RATIO, SMALL = 250, 1 << 26
# One packed file without a directory.
_PACKED: dict[str, Callable[[Path], Any]] = {"gz": gzip.GzipFile, "bz2": bz2.BZ2File, "xz": lzma.LZMAFile}
ARCHIVES = frozenset({"zip", "tar", *_PACKED})
_MEMOS = (".dbt", ".fpt")
_CHUNK = 1 << 20
_BROKEN = (
    zipfile.BadZipFile, zipfile.LargeZipFile, tarfile.TarError, gzip.BadGzipFile, zlib.error, lzma.LZMAError, EOFError,
    struct.error, NotImplementedError, ValueError, RuntimeError,
)  # fmt: skip


@dataclass(frozen=True)
class Member:
    """A file of an archive: its label (the path of names to it) and where its bytes are now."""

    label: str
    path: Path


@dataclass
class Unpacked:
    """The files of an archive, and the names of members that are none (folders, what systems leave behind)."""

    members: list[Member] = field(default_factory=list)
    junk: list[str] = field(default_factory=list)


def unpack(path: Path, kind: str, folder: Path, name: str) -> Unpacked:
    """Unpack an archive (``kind`` of ``sniff``) and the archives in it into ``folder``. ``name`` is shown in messages.

    Raises Problem for what is damaged, refused or behind a password.
    """
    work = _Work(folder, name, max(1, path.stat().st_size))
    work.open(path, kind, "", 1)
    return work.found


class _Work:
    def __init__(self, folder: Path, name: str, size: int) -> None:
        self.folder, self.name, self.size = folder, name, size
        self.found = Unpacked()
        self.written = self.count = 0

    def open(self, path: Path, kind: str, prefix: str, depth: int) -> None:
        """One archive; the labels of its files begin with ``prefix``."""
        if depth > DEPTH:
            raise self._refused(
                f"archives in it lie more than {DEPTH} deep ({prefix.rstrip('/')})",
                f"压缩包嵌套超过 {DEPTH} 层（{prefix.rstrip('/')}）",
            )
        where = self.name + (f"/{prefix.rstrip('/')}" if prefix else "")
        with self._whole(where):
            if kind == "zip":
                files = self._zip(path, where)
            elif kind == "tar":
                files = self._tar(path, where)
            else:
                files = self._packed(path, kind, where)
        for label, file in files:
            inner = _kind(file)
            if inner in ARCHIVES:
                # A packed tar is one archive, as its name says.
                one = kind in _PACKED and inner == "tar"
                self.open(file, inner, prefix if one else f"{prefix}{label}/", depth + (not one))
                file.unlink()
            else:
                self.found.members.append(Member(prefix + label, file))

    def _zip(self, path: Path, where: str) -> list[tuple[str, Path]]:
        size = directory_size(path)
        if size is not None and size > DIRECTORY:
            raise self._too_many()
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            names = zip_names(infos)
            for info, label in zip(infos, names, strict=True):
                kind = stat.S_IFMT(info.external_attr >> 16)
                if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                    raise self._link(label)
                checked(label, where)
                if info.flag_bits & 1 or info.compress_type == 99:
                    raise Problem(
                        "the archive is protected by a password; unpack it and drop the files, or ask for it without one.",
                        "压缩包有密码；请解压后放入文件，或请对方去掉密码重新打包。",
                        file=where,
                    )
            wanted = self._wanted(names, where)
            self._room(sum(info.file_size for info in infos), where)
            files = []
            for (label, target), info in zip(
                wanted, (i for i, n in zip(infos, names, strict=True) if not is_junk(n)), strict=True
            ):
                with self._whole(f"{where}/{label}"), archive.open(info) as stream:
                    self._copy(stream, target)
                files.append((label, target))
        return _tables(files)

    def _tar(self, path: Path, where: str) -> list[tuple[str, Path]]:
        infos: list[tarfile.TarInfo] = []
        with tarfile.open(path, "r:", encoding="utf-8", errors="surrogateescape") as archive:
            while (info := archive.next()) is not None:
                infos.append(info)
                if len(infos) > MEMBERS:
                    raise self._too_many()
            names = decoded([_raw(info) for info in infos])
            for info, label in zip(infos, names, strict=True):
                checked(label, where)
                if not (info.isfile() or info.isdir()):
                    raise self._link(label)
            self._room(sum(info.size for info in infos), where)
            wanted = iter(self._wanted(names, where))
            files = []
            for info, name in zip(infos, names, strict=True):
                if is_junk(name):
                    continue
                label, target = next(wanted)
                stream = archive.extractfile(info)
                assert stream is not None  # it is a file
                with stream:
                    self._copy(stream, target)
                files.append((label, target))
        return _tables(files)

    def _packed(self, path: Path, kind: str, where: str) -> list[tuple[str, Path]]:
        label = _inner_name(where)
        [(label, target)] = self._wanted([label], where)
        with _PACKED[kind](path) as stream:
            self._copy(stream, target)
        return [(label, target)]

    def _wanted(self, names: Sequence[str], where: str) -> list[tuple[str, Path]]:
        """Labels and places for the names that are files; labels differ."""
        wanted: list[tuple[str, Path]] = []
        used: set[str] = set()
        for name in names:
            if is_junk(name):
                if not any(other != name and other.startswith(name) for other in names) or not name.endswith(
                    "/"
                ):
                    self.found.junk.append(name)
                continue
            label, n = checked(name, where), 2
            while label in used:
                label, n = f"{checked(name, where)}#{n}", n + 1
            used.add(label)
            self.count += 1
            wanted.append((label, self.folder / str(self.count)))
        if self.count > MEMBERS:
            raise self._too_many()
        return wanted

    def _room(self, told: int, where: str) -> None:
        """Raises Problem where the sizes that an archive tells are more than may be unpacked."""
        if told > SMALL and told > RATIO * self.size:
            raise self._bomb()
        if self.written + told > TOTAL or told > shutil.disk_usage(self.folder).free * 0.9:
            raise Problem(
                f"the archive holds {told >> 20} MiB, which is more than may be unpacked here; unpack it and drop the files.",
                f"压缩包解压后有 {told >> 20} MiB，超过可用空间或上限；请解压后放入文件。",
                file=where,
            )

    def _copy(self, stream: IO[bytes], target: Path) -> None:
        with target.open("xb") as out:
            while chunk := stream.read(_CHUNK):
                self.written += len(chunk)
                if self.written > SMALL and self.written > RATIO * self.size:
                    raise self._bomb()
                if self.written > TOTAL:
                    raise self._refused(
                        f"it holds more than {TOTAL >> 30} GiB", f"解压后超过 {TOTAL >> 30} GiB"
                    )
                out.write(chunk)

    @contextmanager
    def _whole(self, where: str) -> Iterator[None]:
        try:
            yield
        except (*_BROKEN, OSError) as error:
            # A place that a damaged directory tells may be none; a full disk is no damage.
            if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
                raise
            raise Problem(
                f"the archive is damaged or packed in a way that is not known ({type(error).__name__}); pack the files anew.",
                f"压缩包已损坏，或使用了不支持的压缩方式（{type(error).__name__}）；请重新打包。",
                file=where,
            ) from None

    def _bomb(self) -> Problem:
        return self._refused(
            f"it would unpack to more than {RATIO} times its size, as no data does",
            f"解压后将超过自身大小的 {RATIO} 倍，不是正常数据",
        )

    def _too_many(self) -> Problem:
        return self._refused(f"it has more than {MEMBERS} members", f"成员超过 {MEMBERS} 个")

    def _link(self, label: str) -> Problem:
        return self._refused(
            f"its member '{label}' is a link or a device, not a file", f"成员“{label}”是链接或设备，不是文件"
        )

    def _refused(self, en: str, zh: str) -> Problem:
        return Problem(
            f"the archive is refused: {en}; unpack it yourself and drop the files.",
            f"拒绝读取该压缩包：{zh}；请自行解压后放入文件。",
            file=self.name,
        )


def _kind(file: Path) -> str:
    # What is empty is told as such where it is read.
    return sniff(file).kind if file.stat().st_size else ""


def _raw(info: tarfile.TarInfo) -> bytes | str:
    name = info.name + ("/" if info.isdir() else "")
    return name if "path" in info.pax_headers else name.encode("utf-8", "surrogateescape")


def _inner_name(name: str) -> str:
    """``b/x.csv.gz`` → ``x.csv``."""
    last = name.rpartition("/")[2]
    for end, instead in (
        (".tgz", ".tar"),
        (".tbz2", ".tar"),
        (".gz", ""),
        (".gzip", ""),
        (".bz2", ""),
        (".xz", ""),
    ):
        if last.lower().endswith(end) and len(last) > len(end):
            return last[: -len(end)] + instead
    return last or "data"


def _tables(files: list[tuple[str, Path]]) -> list[tuple[str, Path]]:
    """The files but memo files of dBASE tables; these and their tables lie in a folder of their own, under one stem."""
    tables = {_stem(label): (label, path) for label, path in files if label.lower().endswith(".dbf")}
    rest, memos = [], [f for f in files if f[0].lower().endswith(_MEMOS) and _stem(f[0]) in tables]
    moved: dict[str, Path] = {}
    for label, path in memos:
        table, beside = tables[_stem(label)]
        if table not in moved:
            home = beside.with_name(beside.name + ".with")
            home.mkdir()
            moved[table] = beside.rename(home / "table.dbf")
        target = moved[table].with_name("table" + label[-4:].lower())
        if not target.exists():
            path.rename(target)
    for label, path in files:
        if (label, path) not in memos:
            rest.append((label, moved.get(label, path)))
    return rest


def _stem(label: str) -> str:
    return label[:-4].casefold()
