# One image for web, worker, scheduler and migrations; compose.yaml shows how they stand together.

FROM node:22-slim AS assets
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund
COPY bin/assets.mjs bin/
COPY app app
# Copied, trimmed to the classes that app/ uses, and compressed.
RUN node bin/assets.mjs

FROM python:3.13-slim AS build
WORKDIR /srv/tomoru
RUN python -m venv .venv
COPY requirements.txt .
RUN .venv/bin/python -m pip install --no-cache-dir --require-hashes -r requirements.txt
COPY . .
COPY --from=assets /build/app/static app/static
# Packages and assets are here already, so this compiles the translations only.
RUN python bin/setup image

FROM python:3.13-slim
RUN useradd --system --user-group --home-dir /srv/tomoru --no-create-home tomoru
WORKDIR /srv/tomoru
COPY --from=build /srv/tomoru .
# A volume that is mounted here takes over its owner.
RUN install --directory --owner tomoru --group tomoru --mode 0700 media
ENV PATH=/srv/tomoru/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    FLASK_APP=wsgi \
    HOST=0.0.0.0 \
    PORT=8000
USER tomoru
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=2)"]
CMD ["gunicorn", "wsgi:app"]
