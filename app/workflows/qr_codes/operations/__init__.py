"""Writes of QR Codes: the codes themselves, visits of their pages, and scans."""
