import time, sys
from tests.corpus.case import all_cases
from tests.corpus.lab import lab
import dns.message, dns.query
cs=all_cases()
with lab(cs) as l:
    for n,t in [a.split("/") for a in sys.argv[1:]]:
        t0=time.time()
        try: r=dns.query.udp(dns.message.make_query(n,t),l.resolver.address,port=l.port*0+l.resolver.port,timeout=15)
        except Exception as e: r=repr(e)
        print(n,t,time.time()-t0); print(r)
