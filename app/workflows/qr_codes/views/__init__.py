"""Pages of QR Codes, their images, and the addresses that they hold."""

from app.workflows.qr_codes.views import codes, images, scans  # noqa: F401
from app.workflows.qr_codes.views.blueprint import blueprint

BLUEPRINTS = (blueprint, scans.blueprint)
