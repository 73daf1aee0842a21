// Writes docs/api.md from the types that src/index.ts exports; with --check it only says whether that file is out of date.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  type ExportedDeclarations,
  type FunctionDeclaration,
  type Identifier,
  type InterfaceDeclaration,
  type JSDoc,
  Node,
  Project,
  type PropertyAssignment,
  type ShorthandPropertyAssignment,
  SyntaxKind,
  type Type,
  type TypeAliasDeclaration,
  type Symbol as TypeSymbol,
  ts,
} from 'ts-morph';
import * as z from 'zod';
import { defaultByRecipe } from '../src/settings/recipes.ts';
import { settingsOf } from '../src/settings/setting.ts';

type Named = InterfaceDeclaration | TypeAliasDeclaration;

/** What a setting says of itself at run time: the compiler does not know its words. */
interface SettingWords {
  readonly description: string;
  readonly fallback: unknown;
  readonly byRecipe?: string;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const target = `${root}docs/api.md`;

const INTRODUCTION = `# The library

\`import { train } from 'fewmask'\`. This page is made from the types of \`src/index.ts\` by \`npm run docs:api\`; do not edit it.

Every call takes what it works on (options) and then where results go and who is told (\`out\`, \`signal\`, \`onEvent\`). Mistakes
in options are thrown as \`UserError\`. [examples](../examples) shows calls that run.
`;

const project = new Project({ tsConfigFilePath: `${root}tsconfig.json`, skipAddingFilesFromTsConfig: true });
const index = project.addSourceFileAtPath(`${root}src/index.ts`);
project.resolveSourceFileDependencies();

const exported = [...index.getExportedDeclarations()].map(([name, [node]]) => ({ name, node }));
async function write(): Promise<string> {
  const functions = exported.filter(({ node }) => Node.isFunctionDeclaration(node));
  const classes = exported.filter(({ node }) => Node.isClassDeclaration(node));
  const types = exported.flatMap(({ node }) => (isNamed(node) ? [node] : []));
  const others = namedBy(exported.map(({ node }) => node)).filter((node) => !types.includes(node));
  const sections = [
    INTRODUCTION,
    '## Functions\n',
    ...functions.map(({ name, node }) => functionText(name, node as FunctionDeclaration)),
    '## Errors\n',
    ...classes.map(
      ({ name, node }) => `### ${name}\n\n${Node.isJSDocable(node) ? docText(node.getJsDocs()) : ''}\n`,
    ),
    '## Types\n',
    ...(await Promise.all(sorted(types).map(typeText))),
    '## Types that those name\n\nThey are not exported.\n',
    ...(await Promise.all(sorted(others).map(typeText))),
  ];
  return `${sections.join('\n').trimEnd()}\n`;
}

function isNamed(node: ExportedDeclarations | Node): node is Named {
  return Node.isInterfaceDeclaration(node) || Node.isTypeAliasDeclaration(node);
}

function sorted(types: readonly Named[]): Named[] {
  return [...types].sort((a, b) => (a.getName() < b.getName() ? -1 : 1));
}

/** All types of this repository that declarations name, and those that these name, and so on. */
function namedBy(declarations: readonly Node[]): Named[] {
  const found = new Set<Named>();
  const open: Node[] = [...declarations];
  for (let node = open.pop(); node; node = open.pop()) {
    // Of a function its signature, not its body.
    const parts = Node.isFunctionDeclaration(node)
      ? [...node.getParameters(), node.getReturnTypeNode()]
      : [node];
    const symbols = parts.flatMap((part) => (part ? symbolsIn(part) : []));
    for (const declaration of symbols.flatMap((symbol) => symbol.getDeclarations())) {
      if (!isNamed(declaration) || found.has(declaration) || !isOurs(declaration)) continue;
      found.add(declaration);
      open.push(declaration);
    }
  }
  return [...found];
}

const isOurs = (node: Node) => node.getSourceFile().getFilePath().startsWith(`${root}src/`);

/** The types that a declaration names. What it has from others stands in its table, so that it need not name them. */
function symbolsIn(node: Node): TypeSymbol[] {
  if (!isNamed(node)) return references(node);
  if (!hasRows(node)) return isInferred(node) ? [] : references(node);
  return node
    .getType()
    .getProperties()
    .flatMap((property) => {
      const type = writtenType(property);
      const inferred = schemaTypes(property).flatMap((alias) => alias.getSymbol() ?? []);
      return type ? references(type) : [...inferred, ...symbolsOf(property.getTypeAtLocation(node))];
    });
}

function references(node: Node): TypeSymbol[] {
  return [node, ...node.getDescendants()].flatMap((part) => {
    const symbol = Node.isTypeReference(part) ? part.getTypeName().getSymbol() : undefined;
    return symbol ? [symbol.getAliasedSymbol() ?? symbol] : [];
  });
}

/** The type of a property as this repository writes it; undefined if it is inferred. */
function writtenType(property: TypeSymbol) {
  const declaration = property.getValueDeclaration();
  const ours = declaration && Node.isPropertySignature(declaration) && isOurs(declaration);
  return ours ? declaration.getTypeNode() : undefined;
}

/** The types of the schemas that a property's own schema names: inferred from them, or those that they are held against. */
function schemaTypes(property: TypeSymbol): Named[] {
  const schema = schemaOf(property);
  const names = schema ? [schema, ...schema.getDescendants()].filter(Node.isIdentifier) : [];
  return [...new Set(names.flatMap((name) => typeOfSchema(name) ?? []))];
}

function typeOfSchema(name: Identifier): Named | undefined {
  const file = name.getSourceFile();
  const inferred = file.getTypeAlias((alias) => typeNodeText(alias) === `Kept<typeof ${name.getText()}>`);
  if (inferred) return inferred;
  const schema = file.getVariableDeclaration(name.getText())?.getText() ?? '';
  const written = /\bz\.ZodType<(\w+)>/.exec(schema)?.[1];
  const imported = file
    .getImportDeclarations()
    .flatMap((each) => each.getNamedImports())
    .find((each) => each.getName() === written);
  const declarations = imported?.getNameNode().getSymbol()?.getAliasedSymbol()?.getDeclarations() ?? [];
  return declarations.find(isNamed);
}

/** The part of a schema that a property is inferred from; undefined if its type is written. */
function writtenSchema(property: TypeSymbol): PropertyAssignment | ShorthandPropertyAssignment | undefined {
  const declarations = property.getDeclarations().filter(isOurs);
  return declarations.find(
    (each) => Node.isPropertyAssignment(each) || Node.isShorthandPropertyAssignment(each),
  );
}

/** A property's own schema. */
function schemaOf(property: TypeSymbol): Node | undefined {
  const written = writtenSchema(property);
  return Node.isPropertyAssignment(written) ? written.getInitializer() : written?.getNameNode();
}

function symbolsOf(type: Type): TypeSymbol[] {
  const own = type.getAliasSymbol() ?? type.getSymbol();
  const parts = [...type.getUnionTypes(), ...type.getTypeArguments()];
  return [...(own ? [own] : []), ...parts.flatMap(symbolsOf)];
}

function functionText(name: string, node: FunctionDeclaration): string {
  const parameters = node.getParameters().map((parameter) => {
    const optional = parameter.isOptional() ? '?' : '';
    const named = Node.isIdentifier(parameter.getNameNode()) ? parameter.getName() : 'place';
    return `${named}${optional}: ${parameter.getTypeNode()?.getText() ?? plain(parameter.getType(), node)}`;
  });
  const result = node.getReturnTypeNode()?.getText() ?? plain(node.getReturnType(), node);
  const long = parameters.join(', ').length + result.length + name.length > 90;
  const list = long ? `\n  ${parameters.join(',\n  ')},\n` : parameters.join(', ');
  return `### ${name}\n\n${code(`${name}(${list}): ${result}`)}\n\n${docText(node.getJsDocs())}\n`;
}

async function typeText(node: Named): Promise<string> {
  const doc = docText(node.getJsDocs());
  const written = isInferred(node)
    ? `type ${node.getName()} = ${meant(node)};`
    : node.getText(false).replace(/^export /, '');
  const body = hasRows(node) ? await propertyTable(node) : code(written);
  return `### ${node.getName()}\n\n${doc ? `${doc}\n\n` : ''}${body}\n`;
}

/** Whether a type says no more than of which schema it is. */
const isInferred = (node: Named) => /^Kept<typeof \w+>$/.test(typeNodeText(node));

const typeNodeText = (node: Named) =>
  Node.isTypeAliasDeclaration(node) ? (node.getTypeNode()?.getText() ?? '') : '';

/** What a type's name stands for. */
const meant = (node: Named) => plain(node.getType(), node, ts.TypeFormatFlags.InTypeAlias);

/** Whether a type is told as a table of its properties; others are told as they are written. */
function hasRows(node: Named): boolean {
  const properties = node.getType().getProperties();
  const ours = properties.some((property) => property.getDeclarations().some(isOurs));
  const isObject = node.getType().isObject() || node.getType().isIntersection();
  return node.getTypeParameters().length === 0 && isObject && (ours || schemaName(node) !== undefined);
}

async function propertyTable(node: Named): Promise<string> {
  const words = await wordsOf(node);
  const rows = node
    .getType()
    .getProperties()
    .map((property) => {
      const declaration = property.getValueDeclaration();
      const own =
        declaration && Node.isPropertySignature(declaration) && isOurs(declaration) ? declaration : undefined;
      const type = own?.getTypeNode()?.getText() ?? inferredType(property, node);
      const setting = words.get(property.getName());
      const said = (setting && saidOf(setting)) ?? (own ? docText(own.getJsDocs()) : saidInSchema(property));
      const fallback =
        setting?.byRecipe ??
        (setting?.fallback === undefined ? '' : `Default: \`${JSON.stringify(setting.fallback)}\``);
      const text = [said, fallback]
        .filter((part) => part !== '')
        .join('. ')
        .replaceAll('.. ', '. ');
      return `| \`${property.getName()}${property.isOptional() ? '?' : ''}\` | \`${cell(type)}\` | ${cell(text)} |`;
    });
  return ['| property | type | what it is |', '|---|---|---|', ...rows].join('\n');
}

/** A property's type, in which those that have names are named. */
function inferredType(property: TypeSymbol, node: Named): string {
  const named = schemaTypes(property);
  // What a schema is held against has no text of its own to be found by.
  const [, list, whole] = /^(z\.array\()?(\w+)\)?(?:\.optional\(\))?$/.exec(schemaText(property)) ?? [];
  if (whole && named.length === 1) return list ? `readonly ${named[0].getName()}[]` : named[0].getName();
  return named
    .map((type) => ({ name: type.getName(), text: meant(type) }))
    .sort((a, b) => b.text.length - a.text.length)
    .reduce(
      (type, { name, text }) => type.replaceAll(`(${text})`, name).replaceAll(text, name),
      plain(property.getTypeAtLocation(node), node),
    );
}

const schemaText = (property: TypeSymbol) => schemaOf(property)?.getText() ?? '';

/** What the schema of a property says of it, and then of its parts. */
function saidInSchema(property: TypeSymbol): string {
  const parts = writtenSchema(property)?.getDescendantsOfKind(SyntaxKind.PropertyAssignment) ?? [];
  const ofParts = parts.flatMap((part) => {
    const said = commentOf(part.getSymbol());
    return said === '' ? [] : `\`${part.getName()}\`: ${said}`;
  });
  return [commentOf(property), ...ofParts].filter((text) => text !== '').join(' ');
}

const commentOf = (symbol: TypeSymbol | undefined) =>
  ts.displayPartsToString(
    symbol?.compilerSymbol.getDocumentationComment(project.getTypeChecker().compilerObject),
  );

/** The words are those of a flag: where the default is true, the flag says what false does. */
const saidOf = ({ description, fallback }: SettingWords) =>
  fallback === true ? `False: ${description.charAt(0).toLowerCase()}${description.slice(1)}` : description;

const cell = (text: string) => text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|');

/** The schema that a type is inferred from, as `z.input<typeof trainSchema>` says. */
const schemaName = (node: Named) => /z\.(?:input|output)<typeof (\w+)>/.exec(node.getText())?.[1];

/** What the settings of a type's schema say of themselves. */
async function wordsOf(node: Named): Promise<ReadonlyMap<string, SettingWords>> {
  const name = schemaName(node);
  if (!name) return new Map();
  const file = node.getSourceFile();
  const imported = file.getImportDeclaration((each) =>
    each.getNamedImports().some((part) => part.getName() === name),
  );
  const path = (imported?.getModuleSpecifierSourceFileOrThrow() ?? file).getFilePath();
  const module: Record<string, unknown> = await import(pathToFileURL(path).href);
  const schema = module[name];
  if (!(schema instanceof z.ZodObject)) throw new Error(`${path}: got no schema ${name}`);
  return new Map(
    settingsOf(schema).map(([key, type, { description }]) => {
      const fallback = type instanceof z.ZodDefault ? type.def.defaultValue : undefined;
      const byRecipe = defaultByRecipe(schema, key, fallback);
      return [key, { description, fallback, byRecipe: byRecipe && `Default by recipe: ${byRecipe}` }];
    }),
  );
}

/** A type as a reader writes it. */
function plain(type: Type, at: Node, more: ts.TypeFormatFlags = 0): string {
  const flags = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.UseSingleQuotesForStringLiteralType;
  return type
    .getText(at, flags | more)
    .replaceAll(/import\("[^"]+"\)\./g, '')
    .replace(/ \| undefined$/, '');
}

const code = (text: string) => `\`\`\`ts\n${text}\n\`\`\``;

/** A docstring in Markdown: what it says, then returns and throws. */
function docText(docs: readonly JSDoc[]): string {
  return docs
    .map((doc) => {
      const tags = doc.getTags().map((tag) => {
        const text = (tag.getCommentText() ?? '').replaceAll(/\s+/g, ' ');
        if (Node.isJSDocParameterTag(tag)) return `- \`${tag.getName()}\`: ${text}`;
        return `- ${tag.getTagName()}: ${text}`;
      });
      const said = doc
        .getDescription()
        .trim()
        .replaceAll(/\n(?!\n)/g, ' ');
      return [said, tags.join('\n')].filter((part) => part !== '').join('\n\n');
    })
    .join('\n\n');
}

const page = await write();

if (process.argv.includes('--check')) {
  if ((await readFile(target, 'utf8').catch(() => '')) !== page) {
    console.error('docs/api.md: got another text than the types give, expected theirs; do npm run docs:api');
    process.exit(1);
  }
} else await writeFile(target, page);
