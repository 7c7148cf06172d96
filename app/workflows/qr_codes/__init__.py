"""QR Codes: printed addresses of ours that say who scanned them.

With a LIFF app the code opens a page that hands in the person's ID token; without one it opens a chat with a text
that is recognized when it arrives. A scan is recorded once, is a source of the friend, and starts what the code is set
to do.
"""
