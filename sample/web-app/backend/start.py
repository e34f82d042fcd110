"""Starts the service: the database is migrated first, so that no request meets an old one."""

import os
from pathlib import Path

import uvicorn
from alembic import command
from alembic.config import Config

from database import database_url

config = Config()
config.set_main_option('script_location', str(Path(__file__).parent / 'migrations'))
config.set_main_option('sqlalchemy.url', database_url().replace('%', '%%'))
command.upgrade(config, 'head')
print('the database is migrated', flush=True)

uvicorn.run('app:app', host='0.0.0.0', port=int(os.environ.get('PORT', '8080')), access_log=False)
