# One image for every process; docker-compose.yml says which command makes which.

FROM node:20-slim AS libraries
WORKDIR /portal
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --no-audit --no-fund

FROM python:3.11-slim AS packages
WORKDIR /portal
COPY requirements.txt ./
RUN python -m venv .venv \
    && .venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt

FROM python:3.11-slim
ENV PATH=/portal/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
WORKDIR /portal
RUN useradd --system --uid 10001 --home-dir /portal --shell /usr/sbin/nologin portal
COPY --from=packages /portal/.venv .venv
COPY --from=libraries /portal/node_modules node_modules
COPY . .
RUN PORTAL_SECRET_KEY=for-this-step-only python manage.py collectstatic --noinput --verbosity 0 \
    && chown --recursive portal var
USER portal
EXPOSE 8080
# Asked under a name the portal answers to, as the proxy in front of it would.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s CMD ["python", "-c", "\
import os, urllib.request as u; \
host = (os.environ.get('PORTAL_ALLOWED_HOSTS') or 'localhost').split(',')[0].lstrip('.*'); \
u.urlopen(u.Request('http://127.0.0.1:8080/api/v2/diagnostics/version', \
headers={'Host': host, 'X-Forwarded-Proto': 'https'}), timeout=4)"]
CMD ["python", "manage.py", "serve", "--web-only", "--host", "0.0.0.0", "--port", "8080"]
