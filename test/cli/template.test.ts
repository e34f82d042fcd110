/** `racetrack-wrapper template`: what templates can do, what they never can, and what becomes of the files. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { template } from '../../wrapper/cli/template.ts';
import { UserError } from '../../wrapper/core/errors.ts';
import { folderOf, racetrack } from '../smoke/command.ts';

const MANIFEST = `
name: adder
version: 1.2.3
jobtype: python3:latest
owner_email: me@example.com
git:
  remote: https://example.com/adder
jobtype_extra:
  requirements_path: requirements.txt
  check: true
system_dependencies: [libgomp1, curl]
labels: {}
public_endpoints: []
build_env:
  MODE: fast
  SHARED: from the manifest
secret_build_env_file: secrets.env
`;
const SECRETS = 'TOKEN="a%b # c"\nSHARED=from the file\n';

interface Job {
  readonly folder: string;
  render(): Promise<string>;
}

/** A folder with the manifest, a template and further files. */
function job(text: string, files: Readonly<Record<string, string>> = {}): Job {
  const folder = folderOf({ 'job.yaml': MANIFEST, 'secrets.env': SECRETS, 'in.j2': text });
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  const render = async () => {
    await template(join(folder, 'in.j2'), join(folder, 'out'), { manifestPath: join(folder, 'job.yaml') });
    return readFileSync(join(folder, 'out'), 'utf8');
  };
  return { folder, render };
}

const rendered = (text: string, files?: Readonly<Record<string, string>>) => job(text, files).render();

/** Message and hint of the error, without the folder's name. */
async function failure(given: Job | string): Promise<string> {
  const { folder, render } = typeof given === 'string' ? job(given) : given;
  const error = await render().then(
    (text) => expect.fail(`rendered ${JSON.stringify(text)}`),
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).exitCode).toBe(1);
  return `${(error as UserError).message} | ${(error as UserError).hint}`.replaceAll(`${folder}/`, '');
}

describe('variables', () => {
  test.each([
    ['{{ manifest.name }} {{ manifest.version }} {{ manifest["name"] }}', 'adder 1.2.3 adder'],
    ['{{ manifest.git.remote }} {{ manifest.git.directory }}', 'https://example.com/adder .'],
    ['{{ manifest.get_jobtype_extra().requirements_path }}', 'requirements.txt'],
    ["{{ manifest.jobtype_extra['requirements_path'] }}", 'requirements.txt'],
    ['{{ manifest.jobtype_extra.requirements_path }}', 'requirements.txt'],
    ['{{ manifest_jobtype_extra.requirements_path }}', 'requirements.txt'],
    ['{{ env_vars.MODE }}|{{ env_vars["TOKEN"] }}|{{ env_vars.SHARED }}', 'fast|a%b # c|from the file'],
    ['{% if manifest.runtime_env %}yes{% else %}no{% endif %}', 'no'],
    ['{{ manifest.image_type }} {{ manifest.replicas }}', 'docker 1'],
  ])('%s', async (text, expected) => {
    expect(await rendered(text)).toBe(expected);
  });

  test('a manifest without the optional parts has empty ones', async () => {
    const { folder, render } = job('{{ manifest.get_jobtype_extra() }}{{ manifest_jobtype_extra }}{{ env_vars }}');
    writeFileSync(join(folder, 'job.yaml'), 'name: adder\n');
    expect(await render()).toBe('{}{}{}');
  });

  test('the manifest that another one extends counts', async () => {
    const { folder, render } = job('{{ manifest.name }} {{ env_vars.MODE }} {{ env_vars.BASE }}');
    writeFileSync(join(folder, 'base.yaml'), 'name: base\nbuild_env: {MODE: slow, BASE: "1"}\n');
    writeFileSync(join(folder, 'job.yaml'), 'extends: base.yaml\nname: adder\nbuild_env: {MODE: fast}\n');
    expect(await render()).toBe('adder fast 1');
  });
});

test('a Dockerfile as old job types write it', async () => {
  const text = `FROM python:3.11
{% for env_key, env_value in env_vars.items() %}
ENV {{ env_key }} "{{ env_value }}"
{% endfor %}
{% if manifest.system_dependencies and manifest.system_dependencies|length > 0 %}
RUN apt-get install -y \\
    {{ manifest.system_dependencies | join(' ') }}
{% endif %}
{%- if manifest.public_endpoints %}never{% endif %}
COPY "{{ manifest_jobtype_extra.requirements_path }}" . && echo '<&>'
`;
  expect(await rendered(text)).toBe(`FROM python:3.11

ENV MODE "fast"

ENV SHARED "from the file"

ENV TOKEN "a%b # c"


RUN apt-get install -y \\
    libgomp1 curl

COPY "requirements.txt" . && echo '<&>'
`);
});

describe('the language', () => {
  test.each([
    ['{{ 1 + 2 * 3 - 4 }} {{ 7 // 2 }} {{ -7 % 3 }} {{ 2 ** 3 }} {{ "a" ~ 1 }} {{ 6 / 3 }}', '3 3 2 8 a1 2'],
    [
      '{{ 2 * 3 % 4 }} {{ 2 * (3 % 4) }} {{ 8 / 2 / 2 }} {{ 2 * 3 // 4 }} {{ 9 - 3 + 1 - 2 - 1 }} {{ "a" + "b" }}',
      '2 6 2 1 4 ab',
    ],
    ['{{ 1 < 2 < 3 }} {{ "1" == 1 }} {{ [1] == [1] }} {{ 1 != 2 }}', 'True False True True'],
    ['{{ "a" in "abc" }} {{ 4 not in [1] }} {{ "MODE" in env_vars }}', 'True True True'],
    ['{{ true and "x" }} {{ "" or "y" }} {{ not [] }} {{ "a" if {} else "b" }}', 'x y True b'],
    ['{{ [1, "a", none, {"b": True}] }}', "[1, 'a', None, {'b': True}]"],
    [
      '{{ nothing is defined }} {{ manifest.name is string }} {{ 4 is divisibleby(2) }} {{ 1 is not none }}',
      'False True True True',
    ],
    ['{{ nothing | default("x") }} {{ "" | default("y", true) }} {{ manifest.nope | d(1) }}', 'x y 1'],
    ['{{ "a-b" | upper | replace("-", "_") }} {{ [3, 1, 2] | sort | join("<") }}', 'A_B 1<2<3'],
    ['{{ "a,b".split(",") | last }} {{ " x ".strip() }} {{ "abc".startswith("ab") }} {{ "abc"[0] }}', 'b x True a'],
    ['{{ {"a": 1}.get("b", 2) }} {{ {"b": 1, "a": 2} | dictsort }}', "2 [['a', 2], ['b', 1]]"],
    ['{{ [{"n": 1}, {"n": 2}] | map(attribute="n") | sum }} {{ [1, 2] | select("odd") | list }}', '3 [1]'],
    ['{{ manifest.git | tojson }}', '{"branch": null, "directory": ".", "remote": "https://example.com/adder"}'],
    ['{% for x in range(3) %}{{ loop.index }}{{ "," if not loop.last }}{% endfor %}', '1,2,3'],
    ['{% for x in [] %}a{% else %}none{% endfor %}', 'none'],
    ['{% set a = 1 %}{% for x in [1] %}{% set a = 2 %}{% endfor %}{{ a }}', '1'],
    ['{% set a, b = [1, 2] %}{{ b }}{% set c %}<{{ a }}>{% endset %}{{ c }}', '2<1>'],
    ['{% macro m(a, b="z") %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}{{ m(1, b=2) }}', '1z12'],
    ['{% macro m() %}[{{ caller() }}]{% endmacro %}{% call m() %}x{% endcall %}', '[x]'],
    ['{% filter upper %}a{{ "b" }}{% endfilter %}{% raw %}{{ x }}{% endraw %}{# gone #}', 'AB{{ x }}'],
    ['a {%- if true -%} b {%- endif %}\n', 'ab\n'],
    ['{{ manifest.items() | length > 5 and "get_jobtype_extra" not in manifest }}', 'True'],
  ])('%s', async (text, expected) => {
    expect(await rendered(text)).toBe(expected);
  });
});

describe('further files', () => {
  test('are included, extended and imported from the folder', async () => {
    const files = {
      'base.j2': '<{% block a %}base{% endblock %}|{% block b %}b{% endblock %}>',
      'parts/env.j2': '{{ manifest.name }}{{ x }}',
      'macros.j2': '{% macro hi(n) %}hi {{ n }}{% endmacro %}{% set two = 2 %}',
    };
    const text = `{% extends 'base.j2' %}ignored{% import 'macros.j2' as m %}{% from 'macros.j2' import two as zwei %}{% set x = 1 %}
      {% block a %}{{ super() }}+{{ m.hi(zwei) }}+{% include 'parts/env.j2' %}{% endblock %}`;
    expect(await rendered(text, files)).toBe('<base+hi 2+adder1|b>');
  });

  test.each([
    ["{% include '../secret' %}", 'in.j2:1:4 "../secret" is outside the template\'s folder'],
    ["{% include '/etc/hostname' %}", 'in.j2:1:4 "/etc/hostname" is outside'],
    ["{% extends 'a/../../secret' %}", 'is outside'],
    ["{% include 'link' %}", '"link" is outside'],
    ["{% include 'nope' %}", 'there is no file "nope"'],
    ["{% import 'linked/secret' as x %}", '"linked/secret" is outside'],
    ["{% include 'in.j2' %}", 'a file that includes itself'],
    ["{% include 'broken.j2' %}", 'broken.j2:2:4 nothing is undefined'],
  ])('%s fails', async (text, message) => {
    const outside = folderOf({ secret: 'hunter2' });
    const given = job(text, { 'broken.j2': '\n{{ nothing }}' });
    symlinkSync(join(outside, 'secret'), join(given.folder, 'link'));
    symlinkSync(outside, join(given.folder, 'linked'));
    expect(await failure(given)).toContain(message);
  });

  test('may be missing if the template says so', async () => {
    expect(await rendered("a{% include 'nope' ignore missing %}b")).toBe('ab');
  });
});

describe('mistakes name file, line and what to do', () => {
  test.each([
    ['\n\n{{ manifest.nam }}', 'in.j2:3:12 manifest.nam is undefined | check the name'],
    ['{{ nothing.at.all }}', 'nothing is undefined'],
    ['{{ "a" ~ nothing }}', 'nothing is undefined'],
    ['{% for x in nothing %}{% endfor %}', 'nothing is undefined'],
    ['{{ nothing | upper }}', 'nothing is undefined'],
    [
      '{{ manifest.runtime_env }}',
      "manifest.runtime_env is none: there is nothing to write | set it in the manifest, or write {{ manifest.runtime_env or '…' }}",
    ],
    ['\n{{ manifest.name( }}', 'in.j2:2'],
    ['{{ manifest.name', 'in.j2:1 expected }} | check this place'],
    ['{% if true %}\n', 'in.j2:2'],
    ['{{ f(', 'a tag is not closed'],
    ['{% frobnicate %}', 'in.j2:1:4 unknown block tag: frobnicate'],
    ['{% switch 1 %}{% case 1 %}{% endswitch %}', 'this tag is not supported: Switch'],
    ['{{ 1 | frobnicate }}', 'there is no filter "frobnicate" | these there are: default, abs'],
    ['{{ 1 is frobnicated }}', 'there is no test "frobnicated"'],
    ['{{ manifest.name() }}', 'manifest.name is a text and cannot be called'],
    ['{{ 1 + "a" }}', 'a text is no number'],
    ['{{ 1 < "a" }}', 'a number and a text have no order'],
    ['{{ 1 / 0 }}', 'divides by zero'],
    ['{{ range | tojson }}', 'a function is nothing to go through'],
    [
      '{% for a, b in env_vars %}{% endfor %}',
      'items does not fit 2 names | go through the keys and values of a mapping with .items()',
    ],
    ['{% block a %}{% endblock %}{% block a %}{% endblock %}', 'there is a second block "a"'],
    [`{{ ${'('.repeat(20_000)}`, 'nested too deeply'],
    ['{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}', 'a macro that calls itself'],
    ['{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}', 'takes more than'],
    ['{{ range(1000000000) | length }}', 'makes more than'],
    [`{% set a = "${'x'.repeat(1000)}" %}${'{% set a = a ~ a %}'.repeat(40)}`, 'more than 16 MiB'],
  ])('%#', async (text, message) => {
    expect(await failure(text)).toContain(message);
  });
});

/** Ways out of template engines that compile to JavaScript, or that let templates reach the members of its objects. */
describe('a template cannot run code', () => {
  const reached = '__templateReached';
  const code = `globalThis.${reached}=1`;
  const tagged = `Function\`${code.replaceAll('.', '\\x2e').replaceAll('=', '\\x3d')}\`\`\``;
  test.each([
    `{{ range.constructor("${code}")() }}`,
    `{{ range["constructor"]("${code}")() }}`,
    `{{ range["const" ~ "ructor"]("${code}")() }}`,
    `{{ "".constructor.constructor("${code}")() }}`,
    `{{ [].constructor.constructor("${code}")() }}`,
    `{{ {}.constructor.constructor("${code}")() }}`,
    `{{ (1).constructor.constructor("${code}")() }}`,
    `{{ true.constructor.constructor("${code}")() }}`,
    `{{ [].map.constructor("${code}")() }}`,
    `{{ [].at.call.constructor("${code}")() }}`,
    `{{ "x".replace.constructor("${code}")() }}`,
    `{{ manifest.constructor.constructor("${code}")() }}`,
    `{{ manifest.__proto__.constructor.constructor("${code}")() }}`,
    `{{ manifest.get_jobtype_extra.constructor("${code}")() }}`,
    `{{ manifest.get_jobtype_extra.call("${code}") }}`,
    `{{ manifest.get_jobtype_extra.__proto__.constructor("${code}")() }}`,
    `{{ env_vars.toString.constructor("${code}")() }}`,
    `{{ env_vars.items.constructor("${code}")() }}`,
    `{{ env_vars.__defineGetter__("x", range) }}`,
    `{{ env_vars.__lookupGetter__("__proto__") }}`,
    `{% for x in [1] %}{{ loop.cycle.constructor("${code}")() }}{% endfor %}`,
    `{% macro m() %}{% endmacro %}{{ m.constructor("${code}")() }}`,
    `{% block b %}{{ super.constructor("${code}")() }}{% endblock %}`,
    `{{ cycler(1).next.constructor("${code}")() }}`,
    `{{ joiner().constructor("${code}")() }}`,
    `{{ [range] | map(attribute="constructor") | first }}`,
    `{{ [env_vars] | map(attribute="__proto__.constructor.constructor") | join }}`,
    `{{ ["${code}"] | map("constructor") | list }}`,
    `{{ [1] | select("constructor") | list }}`,
    `{{ "${code}" | constructor }}`,
    `{{ "${code}" | __proto__ }}`,
    `{{ 1 is constructor("${code}") }}`,
    `{{ 1 is "\\");${code};(\\"" }}`,
    `{{ manifest["\\\\", ${code}, ""]() }}`,
    `{{ manifest['\\\\",${code},"']() }}`,
    `{{ manifest['\\n${code}']() }}`,
    `{{ a"^${tagged}^"b }}`,
    `{{ a"^${tagged}^"b() }}`,
    `{% set a"^${tagged}^"b = 1 %}{{ nothing }}`,
    `{% for a"^${tagged}^"b in [1] %}{% endfor %}{{ nothing }}`,
    `{% block a\`${tagged} %}{% endblock %}{{ nothing }}`,
    `{% macro a"^${tagged}^"b() %}{% endmacro %}{{ nothing }}`,
    `{{ r/x/.constructor.constructor("${code}")() }}`,
    '{{ process.env }}',
    '{{ globalThis }}',
    '{{ require("fs") }}',
    '{{ this }}',
    '{{ context.env }}',
    '{{ env.opts }}',
    '{{ runtime }}',
    '{{ {"__proto__": 1}.constructor }}',
    '{{ dict(__proto__=1).constructor }}',
    '{{ self.constructor }}',
  ])('%s', async (text) => {
    const message = await failure(text);
    expect(message).toMatch(/^in\.j2(:\d+)* /);
    expect(globalThis).not.toHaveProperty(reached);
  });

  test('the same texts do run when they are evaluated, so that the check above can fail', () => {
    // biome-ignore lint/security/noGlobalEval: this is what the templates try to reach
    globalThis.eval(`"a"^${tagged}^"b"`);
    expect(globalThis).toHaveProperty(reached);
    Reflect.deleteProperty(globalThis, reached);
  });

  test('keys with the names of JavaScript members are plain data', async () => {
    const text =
      '{% set d = {"constructor": 1, "__proto__": {"x": 2} } %}{{ d.constructor }}{{ d["__proto__"].x }}{{ d.x is defined }}';
    expect(await rendered(text)).toBe('12False');
  });
});

describe('files', () => {
  test('an old file is replaced as a whole and keeps its mode; nothing is left beside it', async () => {
    const { folder, render } = job('new');
    writeFileSync(join(folder, 'out'), 'a longer old text');
    chmodSync(join(folder, 'out'), 0o640);
    expect(await render()).toBe('new');
    expect(statSync(join(folder, 'out')).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder).sort()).toEqual(['in.j2', 'job.yaml', 'out', 'secrets.env']);
  });

  test('after a mistake the old file stands', async () => {
    const given = job('{{ nothing }}');
    writeFileSync(join(given.folder, 'out'), 'old');
    await failure(given);
    expect(readFileSync(join(given.folder, 'out'), 'utf8')).toBe('old');
  });

  test('a link is left alone, and what it points to', async () => {
    const elsewhere = folderOf({ target: 'old' });
    const { folder, render } = job('new');
    symlinkSync(join(elsewhere, 'target'), join(folder, 'out'));
    expect(await failure({ folder, render })).toContain('out is not a plain file');
    expect(readFileSync(join(elsewhere, 'target'), 'utf8')).toBe('old');
  });

  test.each([
    ['nope/out', 'there is no folder'],
    ['.', 'is not a plain file'],
    ['in.j2', 'in.j2 is read as well'],
    ['job.yaml', 'job.yaml is read as well'],
    ['/dev/null', '/dev/null is not a plain file'],
  ])('%s is not written to', async (out, message) => {
    const { folder } = job('x');
    const path = out.startsWith('/') ? out : join(folder, out);
    const render = () =>
      template(join(folder, 'in.j2'), path, { manifestPath: join(folder, 'job.yaml') }).then(() => '');
    expect(await failure({ folder, render })).toContain(message);
  });

  test.each([
    ['nope.j2', 'the template nope.j2 cannot be read: there is no such file'],
    ['folder', 'the template folder cannot be read: it is a folder'],
    ['binary', 'the template binary cannot be read: it is no text in UTF-8'],
  ])('a template %s cannot be read', async (source, message) => {
    const { folder } = job('x', { 'folder/x': '' });
    writeFileSync(join(folder, 'binary'), Buffer.from([0xff, 0xfe, 0x00]));
    const options = { manifestPath: join(folder, 'job.yaml') };
    const render = () => template(join(folder, source), join(folder, 'out'), options).then(() => '');
    expect(await failure({ folder, render })).toContain(message);
    expect(readdirSync(folder)).not.toContain('out');
  });

  test.each([
    ['name: [', 'reading job manifest: job.yaml:1'],
    [
      'name: a\nsecret_build_env_file: nope.env\n',
      'secret_build_env_file: nope.env cannot be read: there is no such file',
    ],
    ['name: a\nsecret_build_env_file: in.j2\n', 'in.j2:1 has no "="'],
  ])('%j is no manifest to render with', async (manifest, message) => {
    const given = job('x');
    writeFileSync(join(given.folder, 'job.yaml'), manifest);
    expect(await failure(given)).toContain(message);
  });

  test.each([
    ['build_env: nonsense', '{{ env_vars }}', '{}'],
    ['build_env: [a, b]', '{{ env_vars }}', '{}'],
    ['build_env: {A: 1}', '{{ env_vars.A }}', '1'],
    ['git: nonsense', '{{ manifest.git.directory }}', '.'],
    ['jobtype_extra: nonsense', '{{ manifest.get_jobtype_extra() }}', '{}'],
    ['secret_build_env_file: [a]', '{{ env_vars }}', '{}'],
  ])('%s does not disturb a template', async (line, text, expected) => {
    const { folder, render } = job(text);
    writeFileSync(join(folder, 'job.yaml'), `name: adder\n${line}\n`);
    expect(await render()).toBe(expected);
  });

  test('what is wrong with a manifest that can be read is a warning', async () => {
    const { folder, render } = job('{{ manifest.name }}');
    writeFileSync(join(folder, 'job.yaml'), 'name: adder\nnam: x\n');
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    expect(await render()).toBe('adder');
    const warnings = write.mock.calls.map(([line]) => line);
    write.mockRestore();
    expect(warnings).toEqual([expect.stringContaining('warning: job.yaml:2:1 nam')]);
  });
});

describe('the command', () => {
  test('takes job.yaml of the working folder', async () => {
    const { folder } = job('{{ manifest.name }} {{ env_vars.TOKEN }}\n');
    expect(await racetrack(['template', 'in.j2', 'out'], { cwd: folder })).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(readFileSync(join(folder, 'out'), 'utf8')).toBe('adder a%b # c\n');
  });

  test('says what is missing', async () => {
    const { code, stderr } = await racetrack(['template', 'in.j2', 'out'], { cwd: folderOf({ 'in.j2': '' }) });
    expect([code, stderr]).toEqual([1, expect.stringMatching(/error: there is no job\.yaml in .*\nhint: {2}go to/)]);
  });

  test('names file and line of a mistake', async () => {
    const { folder } = job('\n{{ nothing }}');
    const { code, stderr } = await racetrack(['template', 'in.j2', 'out'], { cwd: folder });
    expect([code, stderr]).toEqual([1, expect.stringContaining('error: in.j2:2:4 nothing is undefined\nhint:  ')]);
  });

  test.each([
    [[], "missing required argument 'template'"],
    [['in.j2'], "missing required argument 'out'"],
    [['in.j2', 'out', 'more'], 'too many arguments'],
  ])('%j is wrong usage', async (args, message) => {
    const { code, stderr } = await racetrack(['template', ...args]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  test('explains itself', async () => {
    const { code, stdout } = await racetrack(['template', '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('racetrack-wrapper template Dockerfile.j2 Dockerfile');
  });
});
