/** What is used of npm's own packages, which come without types. */

declare module 'pacote' {
  const pacote: {
    /** @returns the tarball of a package, its integrity checked if `options.integrity` is given */
    tarball(spec: string, options: Readonly<Record<string, unknown>>): Promise<Buffer>;
  };
  export = pacote;
}

declare module '@npmcli/config' {
  class Config {
    constructor(options: {
      readonly npmPath: string;
      readonly definitions: unknown;
      readonly shorthands: unknown;
      readonly flatten: unknown;
      readonly argv: readonly string[];
      readonly env: NodeJS.ProcessEnv;
    });
    /** Reads the environment and the .npmrc files of project, user and machine. */
    load(): Promise<void>;
    /** The options that npm's other packages take. */
    readonly flat: Readonly<Record<string, unknown>>;
  }
  export = Config;
}

declare module '@npmcli/config/lib/definitions/index.js' {
  const settings: {
    readonly definitions: unknown;
    readonly shorthands: unknown;
    readonly flatten: unknown;
  };
  export = settings;
}
