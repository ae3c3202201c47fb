import time, sys
from concurrent.futures import ThreadPoolExecutor
from tests.corpus.case import all_cases
from tests.corpus.lab import lab, PROBING
from infra.dns.engine import Engine
import subprocess
cs=all_cases()
only=sys.argv[1:]
def look(l,case):
    e=Engine(l._network(case)); e.start()
    t0=time.time(); o=e.observe(case.challenge,PROBING); t=time.time()-t0
    c=dict(e.counters); e.close()
    return t0,t,o,c
with lab(cs) as l, ThreadPoolExecutor(12) as pool:
    T=time.time(); l.resolver._control("verbosity","4")
    fs={c.name:pool.submit(look,l,c) for c in cs}
    for n,f in fs.items():
        t0,t,o,c=f.result()
        if t>1 or n in only: print(f"{n:40} started {t0-T:.2f} took {t:.2f} {c}")
        if n in only:
            for a,s in o.items(): print(a,s.delegation,*s.answers,sep="\n    ")
    open("/tmp/unbound.log","w").write(l.resolver.daemon.output(10**8))
