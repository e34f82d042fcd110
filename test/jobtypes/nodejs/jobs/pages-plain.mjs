/** A plain function as pages; one of them fails. */
export const webviewApp = () => async (req, res) => {
  if (req.url === '/boom') throw Object.assign(new Error('no page'), { status: 404 });
  if (req.url === '/half') {
    res.writeHead(200, { 'content-length': '100' });
    res.write('half');
    throw new Error('half way');
  }
  res.end(`plain ${req.method} ${req.url} ${req.headers.host !== undefined}`);
};
