import { defaults } from '../defaults.js';

/** A setting that a flag and an environment variable can give as well as the file. */
export interface Setting {
  readonly flag: string;
  readonly argument: string;
  readonly environment: string;
  readonly description: string;
  /** In words where it is not one value. */
  readonly default: string;
  /** Where it stands in the file; `undefined` for the place of the file itself. */
  readonly path: readonly string[] | undefined;
}

/** One row of the contract's table each; the help texts and the loader are both made from it. */
export const settings = {
  configFile: {
    flag: '--config.file',
    argument: '<path>',
    environment: 'TYPHON_CONFIG_FILE',
    description: 'configuration file',
    default: `${defaults.configFile} if it exists`,
    path: undefined,
  },
  listenAddress: {
    flag: '--web.listen-address',
    argument: '<host:port>',
    environment: 'TYPHON_WEB_LISTEN_ADDRESS',
    description: 'address the web server listens on',
    default: defaults.webListenAddress,
    path: ['web', 'listen_address'],
  },
  webConfigFile: {
    flag: '--web.config.file',
    argument: '<path>',
    environment: 'TYPHON_WEB_CONFIG_FILE',
    description: "TLS and passwords of the web server, in the format of Prometheus' exporters",
    default: 'none: plain HTTP',
    path: ['web', 'config_file'],
  },
  storagePath: {
    flag: '--storage.path',
    argument: '<directory>',
    environment: 'TYPHON_STORAGE_PATH',
    description: 'where results are kept',
    default: defaults.storagePath,
    path: ['storage', 'path'],
  },
  logLevel: {
    flag: '--log.level',
    argument: '<level>',
    environment: 'TYPHON_LOG_LEVEL',
    description: 'trace, debug, info, warn, error, fatal or silent',
    default: defaults.logLevel,
    path: ['log', 'level'],
  },
  logFormat: {
    flag: '--log.format',
    argument: '<format>',
    environment: 'TYPHON_LOG_FORMAT',
    description: 'json or pretty',
    default: 'pretty on a terminal, else json',
    path: ['log', 'format'],
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof settings;

/** What the command line gave, unparsed; the environment is handed to the loader beside it. */
export type ConfigOverrides = Readonly<Partial<Record<SettingName, string | undefined>>>;
