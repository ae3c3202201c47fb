# One image for every role; the command says which: `docker run signet worker`.
FROM python:3.11-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/signet
ENV PATH=/opt/signet/bin:$PATH
WORKDIR /src
COPY requirements/build.txt requirements/run.txt requirements/
RUN pip install --require-hashes -r requirements/build.txt -r requirements/run.txt
COPY pyproject.toml README.md ./
COPY domain domain
COPY events events
COPY infra infra
COPY workers workers
COPY web web
COPY signet signet
RUN pip install --no-deps --no-build-isolation .

FROM python:3.11-slim
# OpenSSL's program verifies what uploaded certificates sign on trial.
RUN apt-get update && apt-get install --yes --no-install-recommends openssl && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/signet signet
COPY --from=build /opt/signet /opt/signet
ENV PATH=/opt/signet/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    SIGNET_STATE=/var/lib/signet/state
USER signet
WORKDIR /var/lib/signet
VOLUME /var/lib/signet
EXPOSE 8080 9464
ENTRYPOINT ["signet"]
CMD ["--help"]
