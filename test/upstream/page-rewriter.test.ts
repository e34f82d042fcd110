/** Changing links in pages: which are links, and that it does not matter how a page is cut into pieces. */
import { Readable, type Transform } from 'node:stream';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CssRewriter, HtmlRewriter } from '../../wrapper/upstream/page-rewriter.ts';

const change = (address: string) => (address.startsWith('/') && !address.startsWith('//') ? `/p${address}` : address);
const html = () => new HtmlRewriter(change);
const css = () => new CssRewriter(change);

const through = (pieces: readonly string[], rewriter: Transform): Promise<string> =>
  text(Readable.from(pieces.map((piece) => Buffer.from(piece))).pipe(rewriter));

describe('HTML', () => {
  test.each([
    ['<a href="/x">', '<a href="/p/x">'],
    ["<a class=b href='/x' >", "<a class=b href='/p/x' >"],
    ['<A HREF=/x>', '<A HREF=/p/x>'],
    ['<a href=" /x ">', '<a href=" /p/x ">'],
    [
      '<img src="/a.png" srcset="/a.png 1x, /b.png 2x, c.png 3x">',
      '<img src="/p/a.png" srcset="/p/a.png 1x, /p/b.png 2x, c.png 3x">',
    ],
    ['<form action="/go"><button formaction="/x">', '<form action="/p/go"><button formaction="/p/x">'],
    ['<base href="/">', '<base href="/p/">'],
    [
      '<div data-src="/x" data-lazy-url="/y" data-date="/z">',
      '<div data-src="/p/x" data-lazy-url="/p/y" data-date="/z">',
    ],
    ['<div style="background: url(/x.png)">', '<div style="background: url(/p/x.png)">'],
    ['<meta http-equiv="refresh" content="5; url=/next">', '<meta http-equiv="refresh" content="5; url=/p/next">'],
    ['<meta name="x" content="5; url=/next">', '<meta name="x" content="5; url=/next">'],
    [
      '<style>a { background: url("/x.png") }</style><a href="/y">',
      '<style>a { background: url("/p/x.png") }</style><a href="/p/y">',
    ],
    ['<svg><use xlink:href="/x.svg#a"/></svg>', '<svg><use xlink:href="/p/x.svg#a"/></svg>'],
  ])('%s becomes %s', async (page, expected) => {
    expect(await through([page], html())).toBe(expected);
  });

  test.each([
    '<a href="x">',
    '<a href="//cdn.example/x">',
    '<a href="https://example.com/x">',
    '<a href="#x">',
    '<a href="">',
    '<a href>',
    '<!-- <a href="/x"> -->',
    '<script>var page = \'<a href="/x">\';</script>',
    '<textarea><a href="/x"></textarea>',
    'a < b and c > d',
    '<a href="/x',
    '<p title="/x">',
    'Zażółć gęślą jaźń – 日本語',
  ])('%s stays as it is', async (page) => {
    expect(await through([page], html())).toBe(page);
  });

  test('the pieces in which a page comes do not matter', async () => {
    const page =
      '<!doctype html><html><head><base href="/"><style>@import "/a.css"; b{c:url(/d)}</style><link href=/e></head>' +
      '<body style="f:url(/g)"><img srcset="/h 1x, /i 2x" src=\'/j\'><!-- <a href="/k"> --><script>"</a href=/l>"</script>ż</body></html>';
    const whole = await through([page], html());
    expect(whole.match(/\/p\//g)?.length).toBe(8);
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.integer({ min: 1, max: page.length - 1 })), async (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), page.length];
        const pieces = places.slice(1).map((end, at) => page.slice(places[at], end));
        expect(await through(pieces, html())).toBe(whole);
      }),
      { numRuns: 200 },
    );
  });

  test('whatever comes, nothing but links changes', async () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom('<', '>', '"', "'", '<a ', 'x="', '<style>', '</style>', '<!--', '-->', '<script>'),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece), async (pieces) => {
        expect(await through(pieces, new HtmlRewriter((address) => address))).toBe(pieces.join(''));
      }),
    );
  });

  test('a tag without end is not kept in memory', async () => {
    const page = `<a href="/x${'y'.repeat(3 * 1024 * 1024)}`;
    expect(await through([page, '">'], html())).toBe(`${page}">`);
  });
});

describe('CSS', () => {
  test.each([
    ['a{b:url(/c)}', 'a{b:url(/p/c)}'],
    ['a{b:url( "/c" )}', 'a{b:url( "/p/c" )}'],
    ["@import '/c.css';", "@import '/p/c.css';"],
    [
      'a{b:url(c),url(//d/e),url(data:image/png;base64,/AB=)}',
      'a{b:url(c),url(//d/e),url(data:image/png;base64,/AB=)}',
    ],
  ])('%s becomes %s', async (sheet, expected) => {
    expect(await through([sheet], css())).toBe(expected);
    expect(await through([...sheet], css())).toBe(expected);
  });
});
