/** Owns the subcommands of `racetrack-wrapper`: their arguments, their help, and the exit codes. */
import { Command } from 'commander';
import { packageVersion } from '../core/package-root.ts';
import { exitWith } from './exit.ts';
import type { HeadStart } from './head-start.ts';
import { addJobOptions, addServeOptions, type JobOptions, type RunOptions } from './options.ts';
import { run } from './run.ts';
import type { TemplateOptions } from './template.ts';
import { addVerifyOptions, type VerifyOptions } from './verify-options.ts';

const USAGE_EXIT = 2;

interface SchemaOptions extends JobOptions {
  readonly manifest?: string;
}

/** Runs the command; errors are shown as people need them, and end with their exit code. */
export async function main(args: readonly string[], ahead: HeadStart | undefined): Promise<void> {
  const program = createProgram(ahead);
  if (args.length === 0) {
    program.outputHelp();
    return;
  }
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    ahead?.drop();
    exitWith(error);
  }
}

function createProgram(ahead?: HeadStart): Command {
  const program = new Command('racetrack-wrapper')
    .description('Turns a class or a function into a fast, documented, observed HTTP service.')
    .version(packageVersion(), '-V, --version')
    .showHelpAfterError('(add --help for the options and examples)')
    .exitOverride((error) => {
      ahead?.drop();
      process.exit(error.exitCode === 0 ? 0 : USAGE_EXIT);
    })
    .addHelpText(
      'after',
      `
Examples:
  $ racetrack-wrapper run entrypoint.py
  $ racetrack-wrapper call 7000 '{"numbers": [40, 2]}'
  $ racetrack-wrapper schema entrypoint.py > openapi.json
  $ racetrack-wrapper template Dockerfile.j2 Dockerfile
  $ racetrack-wrapper verify entrypoint.py

Exit codes: 0 fine, 1 an error that the message explains, 2 wrong usage.`,
    );
  addRun(program, ahead);
  addCall(program);
  addSchema(program);
  addTemplate(program);
  addVerify(program);
  return program;
}

function addRun(program: Command, ahead: HeadStart | undefined): void {
  const command = program
    .command('run')
    .summary('serve a job over HTTP')
    .description(
      'Serves a job at /api/v1/perform, with documentation at /docs, health at /health and metrics at /metrics.',
    )
    .argument('[path]', 'the Python file that holds the class')
    .argument('[class]', 'its name, when the file defines more than one');
  addServeOptions(addJobOptions(command))
    .addHelpText(
      'after',
      `
Examples:
  $ racetrack-wrapper run entrypoint.py                      serve the file's only class on port 7000
  $ racetrack-wrapper run entrypoint.py AdderModel --port 0  choose the class, pick a free port
  $ racetrack-wrapper run entrypoint.py --reload             serve every change as soon as it is saved
  $ racetrack-wrapper run entrypoint.py --install            install requirements.txt first, into a cache
  $ racetrack-wrapper run entrypoint.py --workers 2 --timeout 30 --max-requests 10000
  $ racetrack-wrapper run Dockerfile                         build an image, and serve the program in it
  $ racetrack-wrapper run --command "uvicorn app:app --port {port}"
  $ racetrack-wrapper run --url http://127.0.0.1:8000        serve a program that runs already

Environment: JOB_NAME, JOB_VERSION, JOB_MANIFEST_YAML, LOG_LEVEL, LOG_STRUCTURED, LOG_CALLER_NAME,
  PUB_URL and AUTH_TOKEN (calls to other jobs), OTEL_EXPORTER_OTLP_ENDPOINT (traces).`,
    )
    .action(async (path: string | undefined, className: string | undefined, options: RunOptions) => {
      await run(path, className || undefined, { options, ahead });
    });
}

function addCall(program: Command): void {
  program
    .command('call')
    .summary('call a running job')
    .description('Calls a job and prints its answer. Reads the input from standard input when none is given.')
    .argument('<target>', 'a port, an address, or the full URL of an endpoint')
    .argument('[input]', 'the input as JSON; @file reads it from a file')
    .option('--endpoint <path>', 'endpoint below /api/v1', '/perform')
    .option('-H, --header <header>', 'a further header, such as "X-Caller-Name: me"; may be repeated', collect)
    .option('--timeout <seconds>', 'give up after so many seconds', '60')
    .option('--curl', 'print the curl command instead of calling')
    .addHelpText(
      'after',
      `
Examples:
  $ racetrack-wrapper call 7000 '{"numbers": [40, 2]}'
  $ racetrack-wrapper call http://127.0.0.1:7000 @input.json --endpoint /explain
  $ echo '{"numbers": [40, 2]}' | racetrack-wrapper call 7000
  $ racetrack-wrapper call 7000 '{}' -H 'Accept: application/x-ndjson'     print a stream as it comes`,
    )
    .action(async (target: string, input: string | undefined, options) => {
      const { call } = await import('./call.ts');
      await call(target, input, options);
    });
}

/** An option that may be given several times; a list after one `-H` would swallow the input. */
function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

function addSchema(program: Command): void {
  const command = program
    .command('schema')
    .summary("print a job's OpenAPI document")
    .description(
      'Loads a job, prints its OpenAPI 3.1 document, and ends; no server is started. With --manifest it loads no job, ' +
        'but prints the JSON Schema of job.yaml for a job type.',
    )
    .argument('[path]', 'the Python file that holds the class')
    .argument('[class]', 'its name, when the file defines more than one')
    .option('--manifest <jobtype>', 'print the JSON Schema of job.yaml for this job type, such as python3');
  addJobOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  $ racetrack-wrapper schema entrypoint.py > openapi.json
  $ racetrack-wrapper schema --manifest python3 > job.schema.json`,
    )
    .action(async (path: string | undefined, className: string | undefined, options: SchemaOptions) => {
      if (options.manifest !== undefined) {
        if (path !== undefined) command.error("error: with --manifest there is no argument 'path'");
        const { printManifestSchema } = await import('./manifest-schema.ts');
        printManifestSchema(options.manifest);
        return;
      }
      const { schema } = await import('./schema.ts');
      await schema(path, className || undefined, options);
    });
}

function addTemplate(program: Command): void {
  program
    .command('template')
    .summary("fill in a template with the job's manifest")
    .description(
      'Renders a Jinja template, such as that of a Dockerfile. It knows manifest, manifest_jobtype_extra and env_vars: ' +
        'build_env with the lines of secret_build_env_file.',
    )
    .argument('<template>', 'the template')
    .argument('<out>', 'the file to write; its folder must exist')
    .option('--manifest-path <path>', "the job's manifest (default: JOB_MANIFEST_YAML, then job.yaml)")
    .addHelpText('after', '\nExample:\n  $ racetrack-wrapper template Dockerfile.j2 Dockerfile')
    .action(async (source: string, out: string, options: TemplateOptions) => {
      const { template } = await import('./template.ts');
      await template(source, out, options);
    });
}

function addVerify(program: Command): void {
  const command = program
    .command('verify')
    .summary('examine a job against the contract')
    .description(
      'Examines whatever serves the job contract, rule by rule, as its callers see it: a job, any other program, or a running service.',
    )
    .argument('[target]', 'an entrypoint, or the address of a service that runs')
    .argument('[run-options...]', 'after --: options of "run" for an entrypoint or an image');
  addVerifyOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  $ racetrack-wrapper verify entrypoint.py
  $ racetrack-wrapper verify entrypoint.py --report report.json -- --workers 2
  $ racetrack-wrapper verify --command "node server.js --port {port}" --slow '/api/v1/sleep:{"seconds":2}' --calls 10
  $ racetrack-wrapper verify http://127.0.0.1:7000 --only live --only openapi

Exit codes: 0 every rule holds, 1 one does not, 2 wrong usage.`,
    )
    .action(async (target: string | undefined, runOptions: readonly string[], options: VerifyOptions) => {
      const { verify } = await import('./verify.ts');
      await verify(target, runOptions, options);
    });
}
