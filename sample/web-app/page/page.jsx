import { useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';

// Relative, as all addresses of this page: it works below every prefix.
const NOTES = 'api/v1/notes';

function Page() {
  const [notes, setNotes] = useState([]);
  const [text, setText] = useState('');
  const [error, setError] = useState('');

  async function load() {
    const answer = await fetch(NOTES);
    if (answer.ok) setNotes(await answer.json());
    else setError(`the notes cannot be read: ${answer.status}`);
  }
  useEffect(() => void load(), []);

  async function add(event) {
    event.preventDefault();
    const answer = await fetch(NOTES, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text }),
    });
    setError(answer.ok ? '' : `the note was refused: ${answer.status}`);
    if (answer.ok) setText('');
    await load();
  }

  return (
    <>
      <h1>Notes</h1>
      <form onSubmit={add}>
        <input value={text} onChange={(event) => setText(event.target.value)} aria-label="A new note" />
        <button type="submit">Add</button>
      </form>
      {error && <p className="error">{error}</p>}
      <ul>
        {notes.map((note) => (
          <li key={note.id}>{note.text}</li>
        ))}
      </ul>
    </>
  );
}

createRoot(document.getElementById('page')).render(<Page />);
