"""The database: the session and the models' base, and tools for time limits, query plans and cursors."""

from app.core.db.base import WORK_MEMORY as WORK_MEMORY
from app.core.db.base import Base as Base
from app.core.db.base import Model as Model
from app.core.db.base import Prefixed as Prefixed
from app.core.db.base import db as db
from app.core.db.base import init_app as init_app
from app.core.db.base import migrate as migrate
from app.core.db.base import plan_in_one_process as plan_in_one_process
from app.core.db.base import released as released
from app.core.db.base import stream_batches as stream_batches
from app.core.db.base import stream_rows as stream_rows
from app.core.db.base import stream_sized as stream_sized
from app.core.db.base import tune_for_heavy_query as tune_for_heavy_query
from app.core.db.engines import CONNECTING as CONNECTING
from app.core.db.engines import connect_arguments as connect_arguments
from app.core.db.selected_once import selected_once as selected_once
from app.core.db.shared import shared as shared
from app.core.db.trouble import Trouble as Trouble
from app.core.db.trouble import optional_write as optional_write
from app.core.db.trouble import trouble_of as trouble_of
