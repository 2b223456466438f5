/** Reads our own source as syntax trees, for the tests that watch over rules about ourselves. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from '@swc/core';

/** Absolute path of the project's root. */
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** One file, its path relative to the root with forward slashes. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** All files below a folder whose name passes; empty when there is no such folder. */
export function filesBelow(folder: string, wanted: (path: string) => boolean): SourceFile[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .filter((path) => wanted(path))
    .toSorted()
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}

export function typescriptBelow(folder: string): SourceFile[] {
  return filesBelow(folder, (path) => path.endsWith('.ts'));
}

/** A node of the syntax tree, as much of it as these tests look at. */
export type Node = { readonly type: string } & Readonly<Record<string, unknown>>;

/** Every node of a file with its parent, outermost first. */
export function nodesOf(text: string): { node: Node; parent: Node | undefined }[] {
  const found: { node: Node; parent: Node | undefined }[] = [];
  const visit = (value: unknown, parent: Node | undefined): void => {
    if (Array.isArray(value)) {
      for (const item of value) visit(item, parent);
      return;
    }
    if (typeof value !== 'object' || value === null) return;
    const node = isNode(value) ? value : undefined;
    if (node) found.push({ node, parent });
    for (const child of Object.values(value)) visit(child, node ?? parent);
  };
  visit(parseSync(text, { syntax: 'typescript', target: 'es2022' }), undefined);
  return found;
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && isText(value.type);
}

/** The text of a string literal, of a template without holes, or of an identifier. */
export function textOf(value: unknown): string | undefined {
  if (!isNode(value)) return undefined;
  if (value.type === 'StringLiteral' || value.type === 'Identifier') {
    return isText(value['value']) ? value['value'] : undefined;
  }
  if (value.type !== 'TemplateLiteral' || !Array.isArray(value['quasis'])) return undefined;
  const [first, ...rest]: unknown[] = value['quasis'];
  if (rest.length > 0 || !isNode(first)) return undefined;
  return isText(first['raw']) ? first['raw'] : undefined;
}

/** Everything a file imports, in whatever way: static, re-exported, dynamic, required, or by URL for a worker. */
export function importsOf(text: string): string[] {
  return nodesOf(text).flatMap(({ node }) => {
    const specifier = specifierOf(node);
    return specifier === undefined ? [] : [specifier];
  });
}

function specifierOf(node: Node): string | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
      return textOf(node['source']);
    case 'CallExpression':
      return isLoader(node['callee']) ? firstArgument(node) : undefined;
    case 'NewExpression':
      return textOf(node['callee']) === 'URL' ? firstArgument(node) : undefined;
    default:
      return undefined;
  }
}

/** `import`, `require`, `createRequire(…)`, and the `resolve` of any of them. */
function isLoader(callee: unknown): boolean {
  if (!isNode(callee)) return false;
  if (callee.type === 'MemberExpression') {
    const { object, property } = callee;
    return textOf(property) === 'resolve' && (isMeta(object) || isLoader(object));
  }
  if (callee.type === 'CallExpression') return textOf(callee['callee']) === 'createRequire';
  return callee.type === 'Import' || textOf(callee) === 'require';
}

function isMeta(value: unknown): boolean {
  return isNode(value) && value.type === 'MetaProperty';
}

function firstArgument(node: Node): string | undefined {
  const list: unknown = node['arguments'];
  if (!Array.isArray(list)) return undefined;
  const first: unknown = list[0];
  if (typeof first !== 'object' || first === null || !('expression' in first)) return undefined;
  return textOf(first.expression);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** The file of ours that an import leads to, relative to the root; undefined for packages and Node's own. */
export function importedFile(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  return relative(ROOT, resolve(ROOT, dirname(from), specifier)).replace(/\.js$/, '.ts');
}

/** The package that an import names; undefined for our own files and Node's modules. */
export function importedPackage(specifier: string): string | undefined {
  if (/^[./]|^(node|file|https?):/.test(specifier)) return undefined;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
