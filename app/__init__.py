"""Tomoru in layers; a package imports only from the layers below it.

cli                                     flask commands for maintenance
factory, schedule, seeds                composition: sees everything, seen only by cli
home                                    the page that sums the others up
messages                                what a message says: typed content, built into LINE's JSON
segments, imports                       who is meant, by conditions; existing LINE friends, ID links from files
friends                                 friend, tags, attributes, ID links, activity
line                                    official accounts, gateway to LINE, webhook intake
media                                   uploaded files, renditions, public addresses
team                                    members, sign-in, permissions, audit, API keys
core                                    config, db, queue, runs, mail, events, http, htmx, errors, clock, secrets
embedded                                PostgreSQL and Redis from wheels; known to cli and tests only
"""

from app.core import quick_start as quick_start
