/** The ledger stores what was seen. A column that says how it stands would one day be believed. */
import Database from 'better-sqlite3';
import { describe, expect, test } from '@jest/globals';
import { filesBelow } from './source-files.ts';

const BELIEVED = /(^|_)(safe|done|verified|status)(_|$)/i;

/** Columns, `table.column`, that state a judgement instead of an observation. */
function judgements(migrations: readonly string[]): { all: string[]; judging: string[] } {
  const db = new Database(':memory:');
  for (const sql of migrations) db.exec(sql);
  const all = db
    .prepare<[], { name: string }>(
      `SELECT m.name || '.' || c.name AS name
       FROM sqlite_schema m JOIN pragma_table_xinfo(m.name) c
       WHERE m.type IN ('table', 'view')`,
    )
    .all()
    .map(({ name }) => name);
  db.close();
  return { all, judging: all.filter((name) => BELIEVED.test(name.split('.')[1] ?? '')) };
}

describe('the ledger', () => {
  const migrations = filesBelow('src/ledger', (path) => path.endsWith('.sql'));

  test('has no column named safe, done, verified or status', () => {
    const { all, judging } = judgements(migrations.map(({ text }) => text));
    expect(all.length).toBeGreaterThan(10);
    expect(judging).toEqual([]);
  });

  test.each(['safe', 'is_safe', 'upload_done', 'verified_at', 'Status'])(
    'a column %s would be found',
    (column) => {
      const { judging } = judgements([`CREATE TABLE t (id INTEGER, ${column} TEXT)`]);
      expect(judging).toEqual([`t.${column}`]);
    },
  );

  test('roll, seen_at and safelight are good names', () => {
    const sql = 'CREATE TABLE t (roll TEXT, seen_at INTEGER, safelight TEXT, undone INTEGER)';
    expect(judgements([sql]).judging).toEqual([]);
  });
});
