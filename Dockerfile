# Three stages: npm fetches the client's packages, Python copies the files that pages load out of
# them, and the image gets those files alone. `make image` repeats these steps without Docker.

FROM node:22-slim AS packages
WORKDIR /client
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci --ignore-scripts --omit=dev --no-audit --no-fund

FROM python:3.12-slim AS vendor
WORKDIR /client
COPY scripts scripts
COPY frontend/vendor.json frontend/vendor.json
COPY --from=packages /client/node_modules frontend/node_modules
RUN python -m scripts.client vendor

FROM python:3.12-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
ENV HOST=0.0.0.0 PORT=8000 DATA_DIR=/data
WORKDIR /app
COPY requirements.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements.txt
COPY manage.py ./
COPY accounts accounts
COPY agents agents
COPY transcripts transcripts
COPY giint giint
COPY frontend frontend
COPY scripts scripts
COPY --from=vendor /client/frontend/vendor frontend/vendor
RUN useradd --system --uid 10001 giint && install -d -o giint -g giint -m 0700 /data
USER giint
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=6s --start-period=60s CMD ["python", "scripts/health.py"]
CMD ["sh", "-c", "python manage.py prepare && exec python scripts/serve.py"]
