"""How long a good upload takes, and what a hundred bombs cost others: `python -m benchmarks.certificates [N [BOMBS]]`.

A bomb opens like any file, and asks for hours of computing only then: nobody can tell before. The other work is a
thread of the same process that hashes, as a worker's own would.
"""

import hashlib
import statistics
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from domain.certificates import CertificateCode
from domain.mail_address import parse_address
from domain.secrets import Secret
from infra.log import configure
from infra.x509.examiner import ChildFailed, Examined, Examiner, Trust
from tests.infra.x509.building import HOURS, pbes2, pbkdf2, pfx, really_encrypted_safe, shrouded_key
from tests.servers.mail_authority import NOW, mail_authority

DEFAULT = 50
BOMBS = 100
P95 = 0.5  # seconds
SLOWER = 1.2
PASSWORD = "correct horse battery staple"  # noqa: S105 - made up
ROUND = 0.5  # seconds of other work that are timed alone
BOMB = pfx(really_encrypted_safe(shrouded_key(pbes2(pbkdf2(HOURS))), PASSWORD))


def examine(examiner: Examiner, octets: bytes) -> Examined:
    """One upload."""
    address = parse_address("info@example.com")
    assert address is not None
    return examiner.examine(Secret(octets), Secret(PASSWORD.encode()), address, NOW)


def hashes_a_second(until: threading.Event) -> float:
    """Work of this process, as fast as it goes."""
    began, done, text = time.perf_counter(), 0, bytes(1024)
    while not until.is_set() or done == 0:
        text = hashlib.sha256(text).digest() * 32
        done += 1
    return done / (time.perf_counter() - began)


def beside(seconds: float) -> float:
    """The same with nothing beside it."""
    until = threading.Event()
    timer = threading.Timer(seconds, until.set)
    timer.start()
    return hashes_a_second(until)


def beside_bombs(examiner: Examiner, times: int) -> tuple[float, int]:
    """The same while bombs are opened one after the other; and how many of them had no time to compute."""
    until = threading.Event()

    def flood() -> int:
        try:
            return sum(not burns(examiner) for _ in range(times))
        finally:
            until.set()

    with ThreadPoolExecutor(1) as thread:
        starved = thread.submit(flood)
        rate = hashes_a_second(until)
        return rate, starved.result()


def burns(examiner: Examiner) -> bool:
    """Open a bomb; whether it came to its limit. On a machine that others use it may not, and is tried again later."""
    try:
        found = examine(examiner, BOMB)
    except ChildFailed:
        return False
    assert found.verdict.code is CertificateCode.TOO_EXPENSIVE, found
    return True


def main(times: int, bombs: int) -> int:
    """Measure both; 1 where either misses its aim."""
    configure("json", "warning", process="bench")
    authority = mail_authority()
    good = authority.container(authority.issue(), PASSWORD)
    took = []
    with tempfile.TemporaryDirectory() as folder:
        examiner = Examiner(Trust(authorities=authority.write_root(Path(folder))))
        for _ in range(times):
            began = time.perf_counter()
            assert examine(examiner, good).verdict.code is None
            took.append(time.perf_counter() - began)
        alone = statistics.mean(beside(ROUND) for _ in range(5))
        under_fire, starved = beside_bombs(examiner, bombs)
    cuts = statistics.quantiles(took, n=100)
    print("| a good upload | p50 | p95 |\n|---|---|---|")
    print(f"| opened, judged, tried | {cuts[49] * 1e3:.0f} ms | {cuts[94] * 1e3:.0f} ms |")
    slower = alone / under_fire
    print(f"\n{bombs} bombs in a row make other work {slower:.2f} times as slow (aim: {SLOWER}); ", end="")
    print(f"{starved} of them had no time to compute")
    return 0 if cuts[94] <= P95 and slower < SLOWER else 1


if __name__ == "__main__":
    counts = [int(one) for one in sys.argv[1:3]]
    sys.exit(main(*counts, *(DEFAULT, BOMBS)[len(counts) :]))
