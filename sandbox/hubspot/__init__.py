"""The stand-in for HubSpot, below /hubspot of the sandbox: api.hubapi.com and app.hubspot.com in one.

The older paths of v1, v3 and v4 are served where they ask and answer the same.
"""
