"""Where one pair of servers lives: a private directory, short socket paths, locks, and the user they run as.

PostgreSQL refuses to run as root, and a project of root's may lie where no other user can enter. So as root the
servers get an unprivileged user and a directory of their own under /var/lib/tomoru. No permission of a
directory that was not made here is ever changed.
"""

import fcntl
import hashlib
import os
import pwd
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.embedded.errors import EmbeddedServerError

PROJECT = Path(__file__).resolve().parents[2]
ROOTS_HOME = Path("/var/lib/tomoru")
# A socket's whole path must fit in 104 bytes on macOS and 108 on Linux, `/.s.PGSQL.5432` included.
LONGEST_SOCKET_DIRECTORY = 85
# Paths of these characters need no quoting in a URL, a shell, or PostgreSQL's own lists.
PLAIN_PATH = re.compile(r"[A-Za-z0-9_./+-]+")
USER = "tomoru"


@dataclass(frozen=True)
class DataDirectory:
    """One private directory, and the user to whom it belongs (None: the one who asks)."""

    directory: Path
    sockets: Path
    programs: Path | None
    user: pwd.struct_passwd | None

    def run(self, *command: str | Path, timeout: float = 120) -> str:
        """Runs a program as the servers' user and returns its output; failure raises with its last words."""
        done = subprocess.run(  # noqa: S603 - the programs are our own and no shell is between.
            [str(part) for part in command],
            cwd=self.directory,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            umask=0o077,
            # A Ctrl-C of the terminal must not break off what is being made.
            start_new_session=True,
            check=False,
            user=self.user.pw_uid if self.user else None,
            group=self.user.pw_gid if self.user else None,
            extra_groups=[] if self.user else None,
        )
        if done.returncode:
            raise EmbeddedServerError(f"{Path(command[0]).name} failed: {done.stdout.strip()[-1000:]}")
        return done.stdout

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Holds off everyone else who wants to start or stop these servers."""
        lock = open_lock(self.directory / "lock")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def data_directory_for(data_dir: Path | None = None) -> DataDirectory:
    """The place of the servers that belong to a data directory; makes it on first use."""
    data = (data_dir or Path(os.environ.get("TOMORU_DATA") or PROJECT / ".data")).expanduser().resolve()
    if os.geteuid() == 0:
        return _place_of_root(data)
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory = private_directory(data / "servers")
    return DataDirectory(directory, _sockets_in(directory), None, None)


def _place_of_root(data: Path) -> DataDirectory:
    if not ROOTS_HOME.exists():
        ROOTS_HOME.mkdir(parents=True)
        ROOTS_HOME.chmod(0o755)
    directory = ROOTS_HOME / _name_of(data)
    # Data that exist keep their user, whatever users have been added to the machine since.
    user = _owner_of(directory) if directory.exists() else _unprivileged_user()
    private_directory(directory, user)
    return DataDirectory(directory, _sockets_in(directory, user), ROOTS_HOME, user)


def _name_of(data: Path) -> str:
    words = re.sub(r"[^A-Za-z0-9]+", "-", "-".join(data.parts[-2:])).strip("-")[-40:]
    return f"{words}-{_digest(data)}"


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:10]


def _owner_of(directory: Path) -> pwd.struct_passwd:
    uid = directory.stat().st_uid
    try:
        # Another process may have made it a moment ago, and not given it away yet.
        return pwd.getpwuid(uid) if uid else _unprivileged_user()
    except KeyError:
        raise EmbeddedServerError(
            f"{directory} belongs to the user id {uid}, whom this machine does not know: give it to one it knows."
        ) from None


def _unprivileged_user() -> pwd.struct_passwd:
    """The system user `tomoru`, added when the machine lets us, otherwise `nobody`."""
    try:
        return pwd.getpwnam(USER)
    except KeyError:
        useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd:
        home = ("--no-create-home", "--home-dir", str(ROOTS_HOME), "--shell", "/usr/sbin/nologin")
        command = (useradd, "--system", "--user-group", *home, USER)
        subprocess.run(command, capture_output=True, check=False)  # noqa: S603
    try:
        return pwd.getpwnam(USER)
    except KeyError:
        return pwd.getpwnam("nobody")


def _sockets_in(directory: Path, user: pwd.struct_passwd | None = None) -> Path:
    inside = directory / "run"
    if len(os.fsencode(inside)) <= LONGEST_SOCKET_DIRECTORY and PLAIN_PATH.fullmatch(str(inside)):
        return private_directory(inside, user)
    uid = user.pw_uid if user else os.geteuid()
    return private_directory(Path(f"/tmp/tomoru-{uid}-{_digest(directory)}"), user)  # noqa: S108 - see private_directory.


def private_directory(path: Path, user: pwd.struct_passwd | None = None) -> Path:
    """Makes a 0700 directory for a user, or checks that the one found there is exactly that."""
    uid = user.pw_uid if user else os.geteuid()
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        found = path.lstat()
        trusted = stat.S_ISDIR(found.st_mode) and found.st_uid in {uid, os.geteuid()}
        if not trusted or found.st_mode & 0o077:
            raise EmbeddedServerError(
                f"{path} is not a private directory of the user with the id {uid}: "
                "remove it or choose another TOMORU_DATA."
            ) from None
    if user:
        os.chown(path, user.pw_uid, user.pw_gid)
    return path


def open_lock(path: Path) -> int:
    """Opens a lock file (made if missing) without following a link that another user may have put there."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
