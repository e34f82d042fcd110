/** Owns the text of Dockerfiles: instructions are data, and no value can become an instruction of its own. */

export type Instruction =
  | { readonly from: string; readonly as?: string }
  | { readonly run: readonly string[] }
  | { readonly copy: readonly string[]; readonly to: string; readonly from?: string }
  | { readonly env: Readonly<Record<string, string>> }
  | { readonly workdir: string }
  | { readonly label: Readonly<Record<string, string>> }
  | { readonly expose: number }
  | { readonly cmd: readonly string[] };

/** Programs are started without a shell. Throws a TypeError for a value that cannot be written. */
export const renderDockerfile = (instructions: readonly Instruction[]): string =>
  `${instructions.map(line).join('\n')}\n`;

function line(instruction: Instruction): string {
  if ('run' in instruction) return `RUN ${JSON.stringify(instruction.run)}`;
  if ('cmd' in instruction) return `CMD ${JSON.stringify(instruction.cmd)}`;
  if ('copy' in instruction) {
    const { copy, to, from } = instruction;
    const source = from === undefined ? '' : `--from=${word(from)} `;
    return `COPY ${source}${JSON.stringify([...copy, to].map(literal))}`;
  }
  if ('env' in instruction) return `ENV ${pairs(instruction.env)}`;
  if ('label' in instruction) return `LABEL ${pairs(instruction.label)}`;
  if ('workdir' in instruction) return `WORKDIR ${word(instruction.workdir)}`;
  if ('expose' in instruction) return `EXPOSE ${instruction.expose}`;
  const { from, as } = instruction;
  return `FROM ${word(from)}${as === undefined ? '' : ` AS ${word(as)}`}`;
}

/** Names of images, stages and folders. */
function word(text: string): string {
  if (/^[\w./:@-]+$/.test(text)) return text;
  throw new TypeError(`${JSON.stringify(text)} cannot stand in a Dockerfile`);
}

const pairs = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([key, value]) => `${word(key)}=${quoted(value)}`)
    .join(' ');

function quoted(value: string): string {
  if (/[\r\n\0]/.test(value))
    throw new TypeError(`${JSON.stringify(value)} cannot stand in a Dockerfile: it has lines`);
  return `"${value.replaceAll(/[\\"$]/g, '\\$&')}"`;
}

/** Docker puts variables also into the paths of a list. */
const literal = (path: string): string => path.replaceAll(/[\\$]/g, '\\$&');
