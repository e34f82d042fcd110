"""Where the notes are kept."""

import os

from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine

metadata = MetaData()
notes = Table(
    'notes',
    metadata,
    Column('id', Integer, primary_key=True),
    Column('text', String(500), nullable=False),
)


def database_url() -> str:
    """A file inside the container unless the environment names a database, such as postgresql+psycopg://…"""
    return os.environ.get('DATABASE_URL', 'sqlite:////data/notes.db')


engine = create_engine(database_url(), pool_pre_ping=True)
