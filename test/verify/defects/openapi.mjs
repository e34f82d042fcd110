/** Owns the OpenAPI document of the defective server. */

const number = { type: 'number' };
const object = (properties) => ({ type: 'object', properties, required: Object.keys(properties) });

function operation({ operationId, schema, example, answer = {} }) {
  const content = { schema, ...(example && { example }) };
  return {
    post: {
      operationId,
      requestBody: { required: true, content: { 'application/json': content } },
      responses: { 200: { description: 'the answer', content: { 'application/json': { schema: answer } } } },
    },
  };
}

export function openApi(defect) {
  const seconds = defect === 'broken-example' ? 'x' : 0.01;
  const listed =
    defect === 'lists-what-is-not' ? { '/api/v1/nowhere': operation({ operationId: 'nowhere', schema: {} }) } : {};
  return {
    openapi: '3.1.0',
    info: defect === 'invalid-openapi' ? {} : { title: 'defects', version: '1' },
    paths: {
      '/api/v1/perform': operation({
        operationId: 'perform',
        schema: object({ numbers: { type: 'array', items: number } }),
        example: { numbers: [40, 2] },
        answer: number,
      }),
      '/api/v1/slow': operation({
        operationId: 'slow',
        schema: object({ seconds: number }),
        example: { seconds },
        answer: number,
      }),
      '/api/v1/stream': operation({
        operationId: 'stream',
        schema: object({ count: number, size: number, pause: number }),
        example: { count: 3, size: 8, pause: 0 },
        answer: { type: 'array', items: { type: 'string' } },
      }),
      '/api/v1/fail': operation({ operationId: 'fail', schema: object({}) }),
      '/api/v1/crash': operation({ operationId: 'crash', schema: object({}) }),
      ...listed,
    },
  };
}
