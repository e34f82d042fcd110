/** Owns the arguments and the help of `racetrack plugin`. */
import type { Command } from 'commander';
import type { BundleOptions, ConfigOptions, DownloadOptions, InstallOptions, ListOptions } from './plugin-actions.ts';

const actions = () => import('./plugin-actions.ts');

export function addPlugin(program: Command): void {
  const plugin = program
    .command('plugin')
    .summary('make, install and remove plugins')
    .description(
      'Plugins bring job types and infrastructure targets. They are kept in RACETRACK_PLUGINS, by default in ' +
        'racetrack/plugins below the data folder of the user.',
    )
    .addHelpText(
      'after',
      `
Examples:
  $ racetrack plugin bundle ./rust --out dist               make a ZIP of a plugin's folder
  $ racetrack plugin install dist/rust-1.0.0.zip            check it, and put it in force
  $ racetrack plugin install github.com/example/plugin-rust==1.0.0
  $ racetrack plugin list --job-types
  $ racetrack plugin config rust --set config.yaml
  $ racetrack plugin uninstall rust 1.0.0`,
    );
  addBundle(plugin);
  addInstall(plugin);
  addList(plugin);
  addNamed(plugin);
}

function addBundle(plugin: Command): void {
  plugin
    .command('bundle')
    .summary("make a ZIP of a plugin's folder")
    .description(
      'Packs the files of a plugin without compression, those left out that .racetrackignore names. The same files give ' +
        'the same bytes.',
    )
    .argument('[workdir]', "the plugin's folder", '.')
    .option('--out <folder>', 'where to write the ZIP (default: the folder of the plugin)')
    .option('--out-filename <name>', 'the name of the ZIP (default: NAME-VERSION.zip)')
    .option('--plugin-version <version>', "a version in the place of the manifest's")
    .option('--build-date <text>', 'write this as build_date into the manifest')
    .option('--sign <file>', 'sign with an Ed25519 private key in PEM')
    .addHelpText('after', '\nExample:\n  $ racetrack plugin bundle --plugin-version 1.2.0 --sign key.pem')
    .action(async (workdir: string, options: BundleOptions) => (await actions()).bundle(workdir, options));
}

function addInstall(plugin: Command): void {
  plugin
    .command('install')
    .summary('install a plugin')
    .description(
      'Fetches a plugin, checks its ZIP and its manifest, and loads it in a process of its own. Only then it takes the ' +
        'place of what is installed. A plugin runs with the rights of Racetrack: install only what you trust.',
    )
    .argument('<uri>', 'a ZIP, a folder, the address of a ZIP, npm:NAME[@VERSION] or github.com/OWNER/REPO[==VERSION]')
    .option('--replace', 'remove the other versions of the plugin')
    .addHelpText(
      'after',
      `
Examples:
  $ racetrack plugin install rust-1.0.0.zip
  $ racetrack plugin install npm:racetrack-plugin-rust@1.0.0 --replace
  $ racetrack plugin install github.com/example/plugin-rust`,
    )
    .action(async (uri: string, options: InstallOptions) => (await actions()).install(uri, options));
}

function addList(plugin: Command): void {
  plugin
    .command('list')
    .summary('list the installed plugins')
    .description('Lists the installed plugins in the order in which they are used.')
    .option('--job-types', 'list the job types instead, those of Racetrack itself included')
    .option('--json', 'for programs')
    .addHelpText('after', '\nExample:\n  $ racetrack plugin list --job-types')
    .action(async (options: ListOptions) => (await actions()).list(options));
}

function addNamed(plugin: Command): void {
  const [name, version] = ['the name of an installed plugin', 'its version, if several are installed'] as const;
  plugin
    .command('uninstall')
    .summary('remove a plugin')
    .description('Removes a plugin. Its configuration is kept for the next time.')
    .argument('<name>', name)
    .argument('[version]', version)
    .addHelpText('after', '\nExample:\n  $ racetrack plugin uninstall rust 1.0.0')
    .action(async (...given: [string, string | undefined]) => (await actions()).uninstall(given[0], given[1]));
  plugin
    .command('download')
    .summary('get the ZIP of an installed plugin')
    .description('Writes the ZIP that the plugin was installed from.')
    .argument('<name>', name)
    .argument('[version]', version)
    .option('--out <folder>', 'where to write NAME-VERSION.zip', '.')
    .addHelpText('after', '\nExample:\n  $ racetrack plugin download rust --out backup')
    .action(async (...given: [string, string | undefined, DownloadOptions]) => (await actions()).download(...given));
  plugin
    .command('config')
    .summary("print or set a plugin's configuration")
    .description('Prints the configuration of a plugin, or sets it. Each version of a plugin has its own.')
    .argument('<name>', name)
    .argument('[version]', version)
    .option('--set <file>', 'take this YAML file as the configuration')
    .addHelpText('after', '\nExample:\n  $ racetrack plugin config rust --set config.yaml')
    .action(async (...given: [string, string | undefined, ConfigOptions]) => (await actions()).config(...given));
}
