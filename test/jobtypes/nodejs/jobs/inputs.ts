/** Echoes; the example is the input of a call without a body. */
export const perform = (input: unknown) => input;
export const docsInputExample = () => ({ sample: true });

export const auxiliaryEndpoints = {
  '/items/{id}/{rest:path}': { handler: (input: unknown) => input },
  'query/{id}': { method: 'GET', handler: (input: unknown) => input },
  '/form': { handler: describeForm, bodyMediaType: 'multipart/form-data' },
  '/bytes': {
    handler: async (body: Blob) => ({ type: body.type, size: body.size, text: (await body.text()).slice(0, 20) }),
    bodyMediaType: 'application/octet-stream',
  },
};

async function describeForm(input: Record<string, string | File | (string | File)[]>) {
  const describe = async (value: string | File) =>
    typeof value === 'string'
      ? value
      : { name: value.name, type: value.type, size: value.size, start: (await value.slice(0, 5).text()).trim() };
  const entries = Object.entries(input).map(
    async ([name, value]) =>
      [name, Array.isArray(value) ? await Promise.all(value.map(describe)) : await describe(value)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}
