/** Draws which room imports which, from what dependency-cruiser reads, into docs/ARCHITECTURE.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { cruise } from 'dependency-cruiser';

const DOCUMENT = 'docs/ARCHITECTURE.md';
const BEGIN = '<!-- graph: begin, written by scripts/graph -->';
const END = '<!-- graph: end -->';

/** Rooms that belong together are drawn in one box; what is not named here stands alone. */
const BOXES = {
  'adapters: one kind of outside world each': [
    'ledger',
    'volumes',
    'offload',
    'remotes',
    'witnesses',
    'previews',
    'signals',
  ],
  faces: ['cli', 'web'],
};

async function readModules() {
  const { output } = await cruise(['src'], {
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
  });
  return output.modules;
}

/** `src/ledger/open.ts` → `ledger`; `src/main.ts` → `main`; undefined outside src. */
function roomOf(path) {
  const [, room] = /^src\/([^/.]+)/.exec(path) ?? [];
  return room;
}

/** "a b" for every room a with a file that imports from room b, be it only a type. */
function edgesBetweenRooms(modules) {
  const edges = new Set();
  for (const { source, dependencies } of modules) {
    const from = roomOf(source);
    for (const { resolved } of dependencies) {
      const to = roomOf(resolved);
      if (from !== undefined && to !== undefined && from !== to) edges.add(`${from} ${to}`);
    }
  }
  return edges;
}

function mermaid(modules) {
  const edges = edgesBetweenRooms(modules);
  const rooms = new Set(modules.map(({ source }) => roomOf(source)).filter(Boolean));
  const lines = [];
  for (const [index, [title, named]] of Object.entries(BOXES).entries()) {
    const inside = named.filter((room) => rooms.has(room));
    if (inside.length === 0) continue;
    const box = `box${index}`;
    lines.push(`  subgraph ${box}["${title}"]`, ...inside.map((room) => `    ${room}`), '  end');
    gather(edges, inside, box);
  }
  const arrows = [...edges]
    .toSorted((a, b) => a.localeCompare(b, 'en'))
    .map((edge) => `  ${edge.replace(' ', ' --> ')}`);
  return ['```mermaid', 'flowchart TD', ...lines, ...arrows, '```'].join('\n');
}

/** Arrows that every room of a box has, to or from the same place, become one arrow of the box. */
function gather(edges, inside, box) {
  const places = new Set([...edges].flatMap((edge) => edge.split(' ')));
  for (const place of places) {
    for (const edgeOf of [(room) => `${room} ${place}`, (room) => `${place} ${room}`]) {
      const all = inside.map((room) => edgeOf(room));
      if (!all.every((edge) => edges.has(edge))) continue;
      for (const edge of all) edges.delete(edge);
      edges.add(edgeOf(box));
    }
  }
}

const document = readFileSync(DOCUMENT, 'utf8');
const [before, rest] = document.split(BEGIN);
const after = rest?.split(END)[1];
if (after === undefined) throw new Error(`${DOCUMENT} lacks the marks of the graph`);
const current = `${before}${BEGIN}\n\n${mermaid(await readModules())}\n\n${END}${after}`;

if (!process.argv.includes('--check')) {
  writeFileSync(DOCUMENT, current);
} else if (current !== document) {
  process.stderr.write(`The graph in ${DOCUMENT} is not current: run scripts/graph.\n`);
  process.exitCode = 1;
}
