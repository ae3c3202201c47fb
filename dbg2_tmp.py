import time, sys
from tests.corpus.case import all_cases
from tests.corpus.lab import lab, PROBING
from infra.dns.engine import Engine
from infra.dns import recursion
import dns.message, dns.query, dns.flags
cs=all_cases()
case=next(c for c in cs if c.name==sys.argv[1])
with lab(cs) as l:
    for fl in (0x100,0x110,0x100,0x110):
        t0=time.time()
        try: r=dns.query.udp(dns.message.make_query(case.domain,"NS",flags=fl,use_edns=0),l.resolver.address,port=l.resolver.port,timeout=15).rcode()
        except Exception as e: r=repr(e)
        print(hex(fl),time.time()-t0, r)
    for i in range(3):
        e=Engine(l._network(case)); e.start()
        t0=time.time()
        for a,s in e.observe(case.challenge,PROBING).items(): print(a,s.delegation, *s.answers,sep="\n    ")
        print(time.time()-t0, dict(e.counters)); e.close()
