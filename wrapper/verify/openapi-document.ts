/** Owns reading a target's OpenAPI document: its operations, their examples, and schemas that answers are checked against. */
import type { ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { Deviation } from './rule.ts';

type Json = { readonly [name: string]: unknown };

export interface Operation {
  readonly method: string;
  /** As listed, with its `{name}` segments. */
  readonly path: string;
  /** Schema of the JSON body; undefined when it takes none. */
  readonly body: unknown;
  readonly example: unknown;
  /** Whether it can be called by its path alone, without a query and headers of which nothing is known. */
  readonly callable: boolean;
  /** Status codes that are listed below 400, such as `200`. */
  readonly good: readonly string[];
  /** Whether its JSON answers are described. */
  readonly answers: boolean;
}

const VERBS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];
const JSON_TYPE = 'application/json';

export class OpenApiDocument {
  readonly value: Json;
  readonly operations: readonly Operation[];
  readonly #ajv: Ajv2020;

  constructor(value: unknown) {
    if (!isObject(value))
      throw new Deviation('an OpenAPI document', `JSON that is no object: ${JSON.stringify(value)}`);
    this.value = value;
    this.#ajv = new Ajv2020({ strict: false, validateFormats: false, logger: false });
    this.#ajv.addSchema(value, 'document');
    this.operations = Object.entries(asObject(value.paths)).flatMap(([path, item]) =>
      Object.entries(asObject(item))
        .filter(([verb]) => VERBS.includes(verb))
        .map(([verb, operation]) => this.#operation(verb, path, { ...asObject(item), ...asObject(operation) })),
    );
  }

  find(method: string, path: string): Operation | undefined {
    return this.operations.find((operation) => operation.method === method && operation.path === path);
  }

  /** What is wrong with a JSON answer, as its description says; undefined when it fits or is not described. */
  mismatch(operation: Operation, status: number, answer: unknown): string | undefined {
    const pointer = ['paths', operation.path, operation.method.toLowerCase(), 'responses', String(status)];
    const response = this.#resolve(at(this.value, pointer));
    const schema = at(response, ['content', JSON_TYPE, 'schema']);
    if (schema === undefined) return undefined;
    const validate = this.#compile(schema);
    return validate(answer) ? undefined : this.#ajv.errorsText(validate.errors, { dataVar: 'answer' });
  }

  /** A schema with its references resolved one step, for reading. */
  resolve(schema: unknown): Json {
    return asObject(this.#resolve(schema));
  }

  #operation(verb: string, path: string, operation: Json): Operation {
    const content = asObject(at(this.#resolve(operation.requestBody), ['content', JSON_TYPE]));
    const parameters = Array.isArray(operation.parameters)
      ? operation.parameters.map((item) => this.resolve(item))
      : [];
    const responses = asObject(operation.responses);
    return {
      method: verb.toUpperCase(),
      path,
      body: content.schema,
      example: exampleOf(content, this.resolve(content.schema)),
      callable: !path.includes('{') && parameters.every((parameter) => parameter.required !== true),
      good: Object.keys(responses).filter((status) => /^[23]\d\d$/.test(status)),
      answers: Object.values(responses).some((response) =>
        at(this.#resolve(response), ['content', JSON_TYPE, 'schema']),
      ),
    };
  }

  #compile(schema: unknown): ValidateFunction {
    // References are relative to the document.
    return this.#ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"document#/')));
  }

  #resolve(value: unknown): unknown {
    const reference = asObject(value).$ref;
    if (typeof reference !== 'string' || !reference.startsWith('#/')) return value;
    const names = reference.slice(2).split('/');
    return at(
      this.value,
      names.map((name) => decodeURIComponent(name).replaceAll('~1', '/').replaceAll('~0', '~')),
    );
  }
}

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const asObject = (value: unknown): Json => (isObject(value) ? value : {});

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce((inner, name) => asObject(inner)[name], value);
}

function exampleOf(content: Json, schema: Json): unknown {
  const named = Object.values(asObject(content.examples))[0];
  if (content.example !== undefined) return content.example;
  if (named !== undefined) return asObject(named).value;
  return schema.example ?? (Array.isArray(schema.examples) ? schema.examples[0] : undefined);
}
