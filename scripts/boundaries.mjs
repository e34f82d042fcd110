/**
 * Owns `npm run boundaries`: checks every import against .dependency-cruiser.cjs.
 *
 * A checker that sees nothing finds nothing, so the run fails unless it saw every product file that is on disk.
 * `node scripts/boundaries.mjs FOLDER` checks another copy of the project.
 */
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { projectRoot } from './lib/project.mjs';

const LAYERS = ['wrapper', 'jobtypes', 'plugins', 'builder', 'lifecycle', 'gateway'];

process.chdir(resolve(process.argv[2] ?? projectRoot));
const { summary, modules } = await cruiseFolders([...LAYERS, 'scripts'].filter((folder) => existsSync(folder)));
const seen = new Set(modules.map((module) => module.source));
const expected = LAYERS.flatMap((folder) => sourceFiles(folder));
const unseen = expected.filter((file) => !seen.has(file));

for (const { rule, from, to, cycle } of summary.violations) {
  const target = cycle === undefined ? to : cycle.map((step) => step.name).join(' → ');
  console.error(`${from} → ${target}\n  ${rule.name}: ${reasonOf(rule.name)}`);
}
if (unseen.length > 0) console.error(`not seen by the checker, so not checked:\n  ${unseen.join('\n  ')}`);
if (expected.length === 0) console.error('no product files were found');

const failed = summary.violations.length > 0 || unseen.length > 0 || expected.length === 0;
console.log(
  `boundaries: ${expected.length - unseen.length} of ${expected.length} product files checked, ` +
    `${summary.totalDependenciesCruised} imports, ${summary.violations.length} violations`,
);
process.exitCode = failed ? 1 : 0;

async function cruiseFolders(folders) {
  const { cruise } = await import('dependency-cruiser');
  const { default: extractTsConfig } = await import('dependency-cruiser/config-utl/extract-ts-config');
  const { options, ...ruleSet } = rules();
  const { enhancedResolveOptions, ...cruiseOptions } = options;
  const tsConfig = extractTsConfig('tsconfig.json');
  const result = await cruise(folders, { ...cruiseOptions, ruleSet, validate: true }, enhancedResolveOptions, {
    tsConfig,
  });
  return result.output;
}

function rules() {
  return createRequire(import.meta.url)(resolve('.dependency-cruiser.cjs'));
}

function reasonOf(name) {
  return rules().forbidden.find((rule) => rule.name === name)?.comment ?? 'not allowed';
}

function sourceFiles(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, name).replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts') && !name.includes('node_modules/'));
}
