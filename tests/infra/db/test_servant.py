"""PostgreSQL never runs as root, and what it may reach is opened no wider than it must be."""

import os
import stat
from pathlib import Path

from infra.db.servant import Servant, find_servant, identity_of, open_tree, open_way

OTHER = Servant(uid=65534, gid=65534)


def mode(path: Path) -> int:
    """The permission bits."""
    return stat.S_IMODE(path.stat().st_mode)


def test_the_way_to_a_folder_may_be_walked_but_not_listed(tmp_path: Path) -> None:
    """The folders above get the right to be searched, and the place itself is not touched."""
    place = tmp_path / "private" / "place"
    place.mkdir(parents=True)
    place.parent.chmod(0o700)
    place.chmod(0o700)

    open_way(place, OTHER)

    assert mode(place.parent) == 0o701
    assert mode(place) == 0o700


def test_an_installed_tree_may_be_read_and_run(tmp_path: Path) -> None:
    """Also where it was installed with a strict umask; what is no program does not become one."""
    program, text = tmp_path / "tree" / "program", tmp_path / "tree" / "text"
    program.parent.mkdir(mode=0o700)
    program.write_bytes(b"")
    program.chmod(0o700)
    text.write_bytes(b"")
    text.chmod(0o600)
    (tmp_path / "tree" / "link").symlink_to("nowhere")

    open_tree(tmp_path / "tree", OTHER)

    assert (mode(tmp_path / "tree"), mode(program), mode(text)) == (0o705, 0o705, 0o604)


def test_an_ordinary_user_needs_no_servant_and_changes_nothing(tmp_path: Path) -> None:
    """Everything stays private then."""
    folder = tmp_path / "private"
    folder.mkdir(mode=0o700)

    open_way(folder / "place", None)
    open_tree(folder, None)

    assert mode(folder) == 0o700
    assert identity_of(None) == {}


def test_the_servant_is_never_root() -> None:
    """For root there is a user; for an ordinary user there is none."""
    if os.geteuid() == 0:
        servant = find_servant()
        assert servant is not None
        assert servant.uid != 0
        assert identity_of(servant) == {"user": servant.uid, "group": servant.gid, "extra_groups": []}
    else:
        assert find_servant() is None
