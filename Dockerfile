# Laurel for real servers: one image for web, worker, beat and the one-shot migrate (see compose.yaml).
FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements.txt /tmp/
RUN python -m venv /venv && /venv/bin/pip install --require-hashes --quiet -r /tmp/requirements.txt

FROM python:3.11-slim
RUN useradd --system --create-home --uid 10001 laurel
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 DJANGO_SETTINGS_MODULE=config.settings.production LAUREL_VAR=/var/laurel
COPY --from=build /venv /venv
COPY . /app
WORKDIR /app
# Collecting needs settings, not secrets: the values below stay in this layer's command and mean nothing.
RUN python -m compileall -q apps config \
 && python -m config.translations \
 && SECRET_KEY=collecting python manage.py collectstatic --noinput --verbosity 0 \
 && install -d -o laurel -g laurel /var/laurel/media
USER laurel
EXPOSE 8000
CMD ["gunicorn", "config.wsgi:application", "--bind", "0.0.0.0:8000", "--preload", "--worker-class", "gthread", \
     "--workers", "2", "--threads", "4", "--graceful-timeout", "20", "--access-logfile", "-", \
     "--access-logformat", "%(t)s %(h)s %(m)s %(U)s %(s)s %(D)s", "--no-control-socket"]
