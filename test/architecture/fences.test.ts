/** Each import fence bites: one planted import per rule of .dependency-cruiser.cjs, and the rule reports it. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ROOT } from './source-files.ts';

/** Rule → a file that breaks it. `planted.ts` is a module that each room gets, so that there is something to import. */
const PLANTS: Readonly<Record<string, { readonly path: string; readonly text: string }>> = {
  'no-circular': {
    path: 'src/platform/circle.ts',
    text: `export { target } from './circle-back.ts';`,
  },
  'core-is-pure': { path: 'src/core/impure.ts', text: `export { readFile } from 'node:fs';` },
  'ports-see-core-only': {
    path: 'src/ports/reading.ts',
    text: `export { readFile } from 'node:fs';`,
  },
  'platform-knows-no-room': {
    path: 'src/platform/curious.ts',
    text: `export { target } from '../daemon/planted.ts';`,
  },
  'config-sees-core-and-platform': {
    path: 'src/config/curious.ts',
    text: `export { target } from '../ledger/planted.ts';`,
  },
  'adapters-do-not-know-each-other': {
    path: 'src/volumes/curious.ts',
    text: `export { target } from '../offload/planted.ts';`,
  },
  'witness-is-independent-of-upload': {
    path: 'src/witnesses/leaning.ts',
    text: `import type { target } from '../remotes/planted.ts';\nexport type T = typeof target;`,
  },
  'only-main-wires': {
    path: 'src/daemon/wiring.ts',
    text: `export { target } from '../ledger/planted.ts';`,
  },
  'faces-see-no-evidence': {
    path: 'src/cli/peeking.ts',
    text: `import type { Evidence } from '../core/evidence.ts';\nexport type T = Evidence;`,
  },
  'only-main-knows-the-composition': {
    path: 'src/daemon/composing.ts',
    text: `export { target } from '../compose/planted.ts';`,
  },
  'faces-do-not-drive': {
    path: 'src/web/driving.ts',
    text: `export { target } from '../daemon/planted.ts';`,
  },
};

interface Violation {
  readonly rule: { readonly name: string };
  readonly from: string;
  readonly to: string;
}

function rules(): readonly string[] {
  const config: unknown = createRequire(import.meta.url)(join(ROOT, '.dependency-cruiser.cjs'));
  const { forbidden } = config as { forbidden: readonly { name: string }[] };
  return forbidden.map(({ name }) => name);
}

/** Violations that dependency-cruiser finds below `folder`, by our own rules. */
function cruise(folder: string): readonly Violation[] {
  const depcruise = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = [depcruise, 'src', '--output-type', 'json'];
  let out: string;
  try {
    out = execFileSync(process.execPath, args, { cwd: folder, maxBuffer: 64 << 20 }).toString();
  } catch (error) {
    // It exits with the number of violations.
    out = String((error as { stdout: Buffer }).stdout);
  }
  const { summary } = JSON.parse(out) as { summary: { violations: readonly Violation[] } };
  return summary.violations;
}

describe('import fences', () => {
  const copy = mkdtempSync(join(tmpdir(), 'safelight-fences-'));
  let violations: readonly Violation[] = [];

  beforeAll(() => {
    for (const name of ['src', '.dependency-cruiser.cjs', 'tsconfig.json', 'package.json']) {
      cpSync(join(ROOT, name), join(copy, name), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    const targets = ['compose', 'daemon', 'ledger', 'offload', 'remotes'];
    const plants = [
      ...Object.values(PLANTS),
      { path: 'src/platform/circle-back.ts', text: `export { target } from './circle.ts';` },
      ...targets.map((room) => ({
        path: `src/${room}/planted.ts`,
        text: 'export const target = 1;',
      })),
    ];
    for (const { path, text } of plants) {
      mkdirSync(dirname(join(copy, path)), { recursive: true });
      writeFileSync(join(copy, path), `${text}\n`);
    }
    violations = cruise(copy);
  }, 60_000);

  afterAll(() => {
    rmSync(copy, { recursive: true, force: true });
  });

  test('every rule has a planted violation', () => {
    expect(Object.keys(PLANTS).toSorted()).toEqual(rules().toSorted());
  });

  test.each(Object.entries(PLANTS))('%s', (rule, { path }) => {
    // A circle is reported once, from whichever of its files comes first.
    const caught = violations.filter((v) => v.rule.name === rule).flatMap((v) => [v.from, v.to]);
    expect(caught).toContain(path);
  });

  test('only what was planted is reported', () => {
    const planted = new Set([
      ...Object.values(PLANTS).map((p) => p.path),
      'src/platform/circle-back.ts',
    ]);
    expect(violations.filter((v) => !planted.has(v.from))).toEqual([]);
  });
});
