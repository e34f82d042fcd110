"""The API of the notes, and the page that uses it."""

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, Field
from sqlalchemy import insert, select, text

from database import engine, notes


class NewNote(BaseModel):
    text: str = Field(min_length=1, max_length=500, examples=['buy milk'])


class Note(NewNote):
    id: int


app = FastAPI(title='Notes', docs_url='/api/v1/docs')


@app.get('/ready', include_in_schema=False)
def ready() -> dict[str, bool]:
    with engine.connect() as connection:
        connection.execute(text('select 1'))
    return {'ready': True}


@app.get('/api/v1/notes')
def list_notes() -> list[Note]:
    """All notes, the oldest first."""
    with engine.connect() as connection:
        return [Note(**row._mapping) for row in connection.execute(select(notes).order_by(notes.c.id))]


@app.post('/api/v1/notes', status_code=201)
def add_note(note: NewNote) -> Note:
    """Keep a note."""
    with engine.begin() as connection:
        result = connection.execute(insert(notes).values(text=note.text))
        return Note(id=result.inserted_primary_key[0], text=note.text)


app.mount('/', StaticFiles(directory='page', html=True))
