"""Making an empty workspace: folders, keys, a settings file to fill in."""

from __future__ import annotations

from pathlib import Path

from schemas.problem import Problem
from warehouse.keys import make_key
from warehouse.workspace import Workspace

SETTINGS = """\
# OnceGrid: settings of this workspace. 'oncegrid check' says what is wrong in it.
city: {city}
# division_code: "2102"             # GB/T 2260 code of the city, its first four digits
timezone: Asia/Shanghai
# landline_area_code: "0411"        # of phone numbers that come without one
nightly: "02:00"                    # when the schedule of 'oncegrid up' runs the sync
retention: {{versions: 7}}          # published snapshots to keep
memory: 4GB                         # of the work database
users: []                           # who may extract: {{user, role, areas: [code …], purposes: […], until}}
"""

SOURCES = """\
One YAML here for each agency's export. 'oncegrid infer inbox/NAME/* --source NAME -o sources/NAME.yaml' drafts one.
每个部门的导出文件对应这里的一个 YAML；上面的命令可起草。
"""


def make_workspace(directory: Path, city: str | None) -> Workspace:
    """Make a workspace; ``city`` is written into its settings, None leaves them to the caller.

    Raises Problem where there is a workspace already, or anything else that it would mix with.
    """
    if (directory / "oncegrid.yaml").exists():
        raise Problem(
            "there is a workspace here already; choose another folder.",
            "这里已有工作区；请另选目录。",
            file=str(directory),
        )
    if directory.is_dir() and any(directory.iterdir()):
        raise Problem(
            "this folder is not empty; choose another one.",
            "该目录不是空的；请另选目录。",
            file=str(directory),
        )
    workspace = Workspace(directory.resolve())
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    workspace.make()
    make_key(workspace.state / "keys" / "resident.key")
    make_key(workspace.state / "keys" / "analyst.key")
    (workspace.sources / "README.txt").write_text(SOURCES, "utf-8")
    if city is not None:
        workspace.settings.write_text(SETTINGS.format(city=city), "utf-8")
    return workspace
