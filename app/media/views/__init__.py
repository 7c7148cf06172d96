"""Addresses of media: uploading, showing to members, and serving in public."""

from app.media.views import downloads, files, public, uploads

BLUEPRINTS = (uploads.blueprint, files.blueprint, public.blueprint, downloads.blueprint)
