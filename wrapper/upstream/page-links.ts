/** Owns which parts of a page are links: in attributes of HTML and in CSS. Each is given to a function, and replaced by what that says. */

/** What becomes of one address. */
export type ChangeAddress = (address: string) => string;

export interface Attribute {
  readonly name: string;
  readonly value: string;
}

/** Attributes that hold one address. */
const ADDRESS =
  /^(href|src|action|formaction|poster|cite|data|background|manifest|longdesc|xlink:href|data-(.+-)?(href|src|url|uri|link|action|poster|background|bg))$/;
/** Attributes that hold several, each with a size. */
const SOURCES = /^(srcset|imagesrcset|data-(.+-)?srcset)$/;

/** The new value of an attribute; the others of its tag say what a `<meta>` is about. */
export function changeAttribute({ name, value }: Attribute, tag: readonly Attribute[], change: ChangeAddress): string {
  if (ADDRESS.test(name)) return changeTrimmed(value, change);
  if (SOURCES.test(name))
    return value.replaceAll(/(^|,\s*)([^\s,][^\s]*)/g, (_all, before, url) => before + change(url));
  if (name === 'style') return changeCss(value, change);
  if (name === 'content' && isRefresh(tag)) return changeRefresh(value, change);
  return value;
}

const isRefresh = (tag: readonly Attribute[]): boolean =>
  tag.some(({ name, value }) => name === 'http-equiv' && /^\s*refresh\s*$/i.test(value));

/** `5; url=/next`, in a `<meta>` or a header. */
export function changeRefresh(value: string, change: ChangeAddress): string {
  return value.replace(/(;\s*url\s*=\s*["']?)([^"'\s;]+)/i, (_all, before, url) => before + change(url));
}

/** `url(/picture.png)` and `@import "/more.css"`. */
export function changeCss(css: string, change: ChangeAddress): string {
  return css.replaceAll(
    /(\burl\(\s*(?:["']|&quot;|&#39;)?|@import\s+["'])([^"')\s;&][^"')\s;]*)/gi,
    (_all, before, url) => before + change(url),
  );
}

/** Spaces around an address belong to nobody. */
function changeTrimmed(value: string, change: ChangeAddress): string {
  const [, before = '', address = '', after = ''] = /^(\s*)(.*?)(\s*)$/s.exec(value) ?? [];
  return address === '' ? value : before + change(address) + after;
}
