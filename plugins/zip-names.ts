/** Owns which names the entries of a ZIP may have, so that unpacking touches nothing but its own folder, on every system. */

/** Collects names one by one; what it returns refuses the ZIP. */
export function createNameCheck(): (name: string) => string | undefined {
  const seen = new Map<string, string>();
  const files = new Set<string>();
  const folders = new Set<string>();
  return (name) => {
    const problem = problemOf(name);
    if (problem) return problem;
    const path = name.replace(/\/$/, '');
    const known = seen.get(fold(path));
    if (known !== undefined)
      return known === path ? 'is in it twice' : `differs from ${known} in upper and lower case only`;
    seen.set(fold(path), path);
    const around = fold(path)
      .split('/')
      .slice(0, -1)
      .map((_, index, parts) => parts.slice(0, index + 1).join('/'));
    for (const folder of around) folders.add(folder);
    (name.endsWith('/') ? folders : files).add(fold(path));
    if (around.some((folder) => files.has(folder)) || (files.has(fold(path)) && folders.has(fold(path))))
      return 'is a file and a folder at once';
    return undefined;
  };
}

function problemOf(name: string): string | undefined {
  const parts = name.replace(/\/$/, '').split('/');
  if (name.startsWith('/') || /^[A-Za-z]:/.test(name)) return 'is an absolute path';
  if (parts.includes('..')) return 'leads out of the plugin';
  if (parts.includes('') || parts.includes('.')) return 'is no plain path';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  if (/[\\\u0000-\u001f\u007f:*?"<>|]/.test(name)) return 'has characters that not every system allows';
  if (parts.some((part) => /[. ]$/.test(part))) return 'has a part that ends with a dot or a space';
  if (Buffer.byteLength(name) > 512 || parts.some((part) => Buffer.byteLength(part) > 255)) return 'is too long';
  return undefined;
}

/** What is the same file where upper and lower case, or ways to write accents, make no difference. */
const fold = (path: string): string => path.normalize('NFC').toLowerCase().toUpperCase().normalize('NFC');
