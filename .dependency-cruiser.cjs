// Who may import whom. Type-only imports count too (tsPreCompilationDeps).
const room = (name) => `^src/${name}/`;
const ADAPTERS = ['ledger', 'volumes', 'offload', 'remotes', 'witnesses', 'previews', 'signals'];
const adapters = ADAPTERS.join('|');
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'core-is-pure',
      severity: 'error',
      from: { path: room('core') },
      to: { pathNot: room('core') },
    },
    {
      name: 'ports-see-core-only',
      severity: 'error',
      from: { path: room('ports') },
      to: { pathNot: ['^src/(core|ports)/', '^node:stream'] },
    },
    {
      name: 'platform-knows-no-room',
      severity: 'error',
      from: { path: room('platform') },
      to: { path: '^src/', pathNot: '^src/(platform|core|ports)/' },
    },
    {
      name: 'config-sees-core-and-platform',
      severity: 'error',
      from: { path: room('config') },
      to: { path: '^src/', pathNot: '^src/(config|core|platform)/' },
    },
    {
      name: 'adapters-do-not-know-each-other',
      severity: 'error',
      from: { path: `^src/(${adapters})/` },
      to: { path: `^src/(${adapters}|daemon|cli|web|config)/`, pathNot: '^src/$1/' },
    },
    {
      name: 'witness-is-independent-of-upload',
      severity: 'error',
      from: { path: room('witnesses') },
      to: { path: room('remotes') },
    },
    {
      name: 'only-main-wires',
      severity: 'error',
      from: { path: '^src/(daemon|cli|web)/' },
      to: { path: `^src/(${adapters})/` },
    },
    {
      name: 'faces-see-no-evidence',
      severity: 'error',
      from: { path: '^src/(signals|web|cli)/' },
      to: { path: '^src/core/evidence' },
    },
    {
      name: 'only-main-knows-the-composition',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(compose/|main\\.ts$)' },
      to: { path: '^src/(compose/|main\\.ts$)' },
    },
    {
      name: 'faces-do-not-drive',
      severity: 'error',
      from: { path: '^src/(cli|web)/' },
      to: { path: '^src/(daemon|config)/' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
  },
};
