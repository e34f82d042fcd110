/** Owns dist/: the commands, the doors for tests and plugins with their types, and the files of Swagger UI. */
import { chmodSync, copyFileSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inProject, main, must, projectRoot, StepError } from './lib/project.mjs';
import { installPackages } from './prepare.mjs';

// The command starts the job's interpreter before it loads the rest: it is one small file, as every module costs a start time.
const STARTER = { 'racetrack-wrapper': 'wrapper/cli/main.ts' };
// What runs Node jobs: parts that few of them need are files of their own. What they import becomes part of their bundles.
const NODE_SHIM = { 'nodejs-shim': 'jobtypes/nodejs/shim/main.ts' };
const NODE_SDK = { sdk: 'jobtypes/nodejs/sdk/index.ts' };
const SCHEMA_LIBRARY = { zod: 'plugins/zod.ts' };
const ENTRY_POINTS = {
  program: 'wrapper/cli/program.ts',
  testing: 'wrapper/testing.ts',
  'check-thread': 'wrapper/validation/thread.ts',
  'nodejs-types': 'jobtypes/nodejs/schema/main.ts',
  racetrack: 'cli/main.ts',
  plugin: 'plugins/kit.ts',
  'plugin-probe': 'plugins/probe-main.ts',
  'plugin-thread': 'plugins/thread-main.ts',
};
const COMMANDS = ['racetrack-wrapper.js', 'racetrack.js'];
const SWAGGER_FILES = [
  'swagger-ui.css',
  'swagger-ui-bundle.js',
  'swagger-ui-standalone-preset.js',
  'favicon-16x16.png',
  'favicon-32x32.png',
  'LICENSE',
  'NOTICE',
];
// Installed beside us when wanted, and loaded only when tracing is switched on.
const OPTIONAL_PACKAGES = [
  '@opentelemetry/sdk-trace-node',
  '@opentelemetry/exporter-trace-otlp-http',
  '@opentelemetry/resources',
];
// They read files of their own while they work, so they stay where they were installed.
const PACKAGES_WITH_FILES = ['@seriousme/openapi-schema-validator', 'dockerode'];
// CommonJS packages inside an ES module need a `require` and a `__dirname`. The leading line break leaves room for the
// `#!` line, so that source maps stay right.
const BANNER =
  "\nimport { createRequire as __createRequire } from 'node:module'; " +
  'const require = __createRequire(import.meta.url), __dirname = import.meta.dirname;';

const OPTIONS = {
  absWorkingDir: projectRoot,
  outdir: inProject('dist'),
  chunkNames: '[name]-[hash]',
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: 'external',
  legalComments: 'linked',
  external: [...OPTIONAL_PACKAGES, ...PACKAGES_WITH_FILES],
  banner: { js: BANNER },
  logLevel: 'warning',
  write: false,
};

/** Makes dist/ anew and prints what is in it. */
export async function build() {
  const started = performance.now();
  await installPackages();
  const [outputs] = await Promise.all([bundle(), emitTypes(), copySwaggerUi()]);
  removeStale(new Set(outputs.map((path) => basename(path))));
  report(outputs, performance.now() - started);
}

async function bundle() {
  const esbuild = await import('esbuild');
  const results = await Promise.all([
    esbuild.build({ ...OPTIONS, entryPoints: STARTER, plugins: [beside('program'), headStartOnly] }),
    esbuild.build({ ...OPTIONS, entryPoints: SCHEMA_LIBRARY }),
    esbuild.build({ ...OPTIONS, entryPoints: ENTRY_POINTS, splitting: true, plugins: [localSwaggerUi, beside('zod')] }),
    esbuild.build({ ...OPTIONS, entryPoints: NODE_SHIM, splitting: true, external: ['esbuild'] }),
    esbuild.build({ ...OPTIONS, entryPoints: NODE_SDK, banner: {} }),
  ]);
  if (results.some((result) => result.warnings.length > 0))
    throw new StepError('esbuild warns about the code, see above');
  const outputs = results.flatMap((result) => result.outputFiles);
  mkdirSync(inProject('dist'), { recursive: true });
  for (const { path, contents, text } of outputs) {
    writeFileSync(path, COMMANDS.includes(basename(path)) ? `#!/usr/bin/env node${text}` : contents);
  }
  for (const command of COMMANDS) chmodSync(inProject('dist', command), 0o755);
  return outputs.map((file) => file.path);
}

/** A file that is imported as the one that stands beside the importing one, and is bundled for itself. */
const beside = (name) => ({
  name: `${name}-beside`,
  setup(builder) {
    builder.onResolve({ filter: new RegExp(`/${name}\\.ts$`) }, ({ kind }) =>
      kind === 'entry-point' ? undefined : { path: `./${name}.js`, external: true },
    );
  },
});

/** Launchers load what comes after the head start when it is wanted: the program has it, the starter would only be slower to load. */
const headStartOnly = {
  name: 'head-start-only',
  setup(builder) {
    const namespace = 'head-start-only';
    builder.onResolve({ filter: /\.ts$/ }, ({ kind, importer, path }) =>
      kind === 'dynamic-import' && importer.endsWith('/launcher.ts') ? { path, namespace } : undefined,
    );
    builder.onLoad({ filter: /.*/, namespace }, ({ path }) => ({
      contents: `throw new Error('${path} is no part of the head start');`,
    }));
  },
};

/** In the bundle Swagger UI's files are those beside it, not those of an installed package. */
const localSwaggerUi = {
  name: 'local-swagger-ui',
  setup(builder) {
    const namespace = 'local-swagger-ui';
    const filter = /^swagger-ui-dist(\/absolute-path(\.js)?)?$/;
    builder.onResolve({ filter }, ({ path }) => ({ path, namespace }));
    builder.onLoad({ filter: /.*/, namespace }, ({ path }) => ({
      resolveDir: projectRoot,
      contents: swaggerUiModule(path),
    }));
  },
};

// The package is CommonJS: its main module offers functions by name, `absolute-path` is the function itself.
function swaggerUiModule(path) {
  const exported = path === 'swagger-ui-dist' ? '{ absolutePath: folder, getAbsoluteFSPath: folder }' : 'folder';
  return `const folder = () => require('node:path').join(__dirname, 'swagger-ui');\nmodule.exports = ${exported};`;
}

function emitTypes() {
  return must(process.execPath, [inProject('node_modules/typescript/bin/tsc'), '-p', 'tsconfig.types.json']);
}

async function copySwaggerUi() {
  const { default: absolutePath } = await import('swagger-ui-dist/absolute-path.js');
  const source = absolutePath();
  mkdirSync(inProject('dist/swagger-ui'), { recursive: true });
  for (const name of SWAGGER_FILES) copyFileSync(join(source, name), inProject('dist/swagger-ui', name));
}

function removeStale(current) {
  for (const entry of readdirSync(inProject('dist'), { withFileTypes: true })) {
    if (entry.isFile() && !current.has(entry.name)) rmSync(inProject('dist', entry.name));
  }
}

function report(outputs, milliseconds) {
  const code = outputs.filter((path) => path.endsWith('.js'));
  const sizeOf = (paths) => paths.reduce((sum, path) => sum + statSync(path).size, 0);
  const rows = [
    ...Object.keys(ENTRY_POINTS).map((name) => [`dist/${name}.js`, sizeOf([inProject('dist', `${name}.js`)])]),
    [`all code (${code.length} files)`, sizeOf(code)],
    ['dist/swagger-ui/', sizeOf(SWAGGER_FILES.map((name) => inProject('dist/swagger-ui', name)))],
  ];
  for (const [name, bytes] of rows) console.log(`  ${name.padEnd(28)} ${(bytes / 1000).toFixed(1).padStart(8)} kB`);
  console.log(`built in ${(milliseconds / 1000).toFixed(1)} s`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(build);
