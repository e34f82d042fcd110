/** Owns which way imports point (docs/architecture.md): layers, composition roots, and one home for every package. */

/** From the centre to the rim: a layer may import those before it, never those after it. */
const layers = ['wrapper', 'jobtypes', 'plugins', 'builder', 'lifecycle', 'gateway'];

/** Each package is imported in its home only; elsewhere its shape is described by structural types. */
const homes = {
  express: ['wrapper/http/docs-app.ts'],
  'swagger-ui-express': ['wrapper/http/docs-app.ts'],
  'swagger-ui-dist': ['wrapper/http/docs-app.ts', 'scripts/'],
  htmlparser2: ['wrapper/upstream/page-rewriter.ts'],
  ws: ['wrapper/http/websocket.ts', 'jobtypes/nodejs/shim/page-socket.ts'],
  yaml: ['wrapper/core/manifest[^/]*.ts', 'plugins/manifest.ts'],
  zod: [
    'wrapper/core/manifest[^/]*.ts',
    'wrapper/core/schema-check.ts',
    'jobtypes/(job-type|manifest-json-schema|run-extra|worker-runner).ts',
    'jobtypes/[^/]+/(extra|image|job-types?).ts',
    'wrapper/verify/config.ts',
    'plugins/(manifest|allowed|receipt|python-offer|zod).ts',
  ],
  semver: ['plugins/manifest.ts'],
  yauzl: ['plugins/zip-read.ts'],
  yazl: ['plugins/zip-write.ts'],
  'prom-client': ['wrapper/metrics[^/]*.ts'],
  'openapi3-ts': ['wrapper/openapi[^/]*.ts', 'wrapper/http/docs-app.ts'],
  commander: ['wrapper/cli/', 'cli/'],
  picocolors: ['wrapper/cli/', 'cli/'],
  chokidar: ['wrapper/reload.ts'],
  execa: ['jobtypes/[^/]+/', 'plugins/source.ts'],
  esbuild: ['scripts/', 'jobtypes/nodejs/'],
  typescript: ['jobtypes/nodejs/'],
  busboy: ['jobtypes/nodejs/'],
  ajv: ['wrapper/validation/', 'wrapper/verify/openapi-document.ts'],
  'ajv-formats': ['wrapper/validation/'],
  '@seriousme/openapi-schema-validator': ['wrapper/verify/rules/documentation.ts', 'test/'],
  dockerode: ['jobtypes/docker/'],
  '@opentelemetry': ['wrapper/tracing.ts'],
  nunjucks: ['wrapper/template/syntax.ts'],
};

const product = `^(${layers.join('|')})/`;
const compositionRoot = '(^|/)cli/|(^|/)main\\.ts$|^wrapper/testing\\.ts$';

module.exports = {
  forbidden: [
    {
      name: 'core-stands-alone',
      comment: 'wrapper/core is what everyone builds on: it imports nothing else of ours',
      severity: 'error',
      from: { path: '^wrapper/core/' },
      to: { path: product, pathNot: '^wrapper/core/' },
    },
    ...layers.slice(0, -1).map((layer, index) => ({
      name: `${layer}-knows-no-rim`,
      comment: `${layer}/ may not import ${layers.slice(index + 1).join(', ')}`,
      severity: 'error',
      from: { path: `^${layer}/`, pathNot: compositionRoot },
      to: { path: `^(${layers.slice(index + 1).join('|')})/` },
    })),
    {
      name: 'job-types-stand-apart',
      comment: 'a job type never imports another job type',
      severity: 'error',
      from: { path: '^jobtypes/([^/]+)/' },
      to: { path: '^jobtypes/[^/]+/', pathNot: '^jobtypes/$1/' },
    },
    {
      name: 'roots-are-not-imported',
      comment: 'cli/, main.ts and wrapper/testing.ts put the parts together; only tests and other roots import them',
      severity: 'error',
      from: { path: product, pathNot: compositionRoot },
      to: { path: compositionRoot, pathNot: 'node_modules/' },
    },
    {
      name: 'no-cycles',
      comment: 'two files that need each other at run time are one file, or three',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-test-code',
      comment: 'product code does not import from test/',
      severity: 'error',
      from: { path: product },
      to: { path: '^test/' },
    },
    {
      name: 'no-dev-packages',
      comment: 'product code imports only what package.json ships: dependencies, not devDependencies',
      severity: 'error',
      from: { path: product },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-unresolved',
      comment: 'an import that cannot be resolved would escape every other rule',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    ...Object.entries(homes).map(([name, paths]) => ({
      name: `home-of-${name.replace('@', '')}`,
      comment: `${name} is imported in ${paths.join(', ')} only`,
      severity: 'error',
      from: { pathNot: paths.map((path) => `^${path.replace(/\.ts$/, '\\.ts$')}`) },
      to: { path: `(^|/)node_modules/(@types/)?${name}/` },
    })),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: ['.ts', '.mjs', '.cjs', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
    },
  },
};
