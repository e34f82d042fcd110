import express from 'express';

const FORM = `<!doctype html>
<link rel="stylesheet" href="static/style.css">
<title>Words</title>
<h1>Count words</h1>
<form method="post" action="count"><textarea name="text"></textarea><button>Count</button></form>`;

/** Counts words: for programs by `perform`, for people by a page of its own. */
export default class WordCounter {
  /** How many words a text has. */
  perform({ text }: { text: string }): number {
    return text.split(/\s+/).filter((word) => word !== '').length;
  }

  docsInputExample() {
    return { text: 'the quick brown fox' };
  }

  webviewApp(basePath: string) {
    const app = express();
    app.use(express.urlencoded({ extended: false }));
    app.get('/', (_req, res) => res.send(FORM));
    app.post('/count', (req, res) => {
      const { text = '' } = (req.body ?? {}) as { text?: string };
      res.send(`<p>${this.perform({ text })} words</p><a href="${req.baseUrl}/">again</a>`);
    });
    app.get('/where', (req, res) => res.json({ declared: basePath, used: req.baseUrl, url: req.url }));
    return app;
  }
}
