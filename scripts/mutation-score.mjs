/** Prints what Stryker's JSON report says: the survivors, a table by file, and the score as the closing line. */
import { readFileSync } from 'node:fs';

const report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
function say(line) {
  process.stdout.write(`${line}\n`);
}

const KILLED = ['Killed', 'Timeout'];
const UNNOTICED = ['Survived', 'NoCoverage'];

let allKilled = 0;
let allUnnoticed = 0;
const rows = [];
for (const [name, file] of Object.entries(report.files)) {
  const killed = file.mutants.filter((mutant) => KILLED.includes(mutant.status)).length;
  const unnoticed = file.mutants.filter((mutant) => UNNOTICED.includes(mutant.status));
  const lines = file.source.split('\n');
  for (const { location, mutatorName, replacement, status } of unnoticed) {
    const line = location.start.line;
    say(`${name}:${line} ${mutatorName} (${status}): ${lines[line - 1].trim()}`);
    say(`    → ${(replacement ?? '').replaceAll(/\s+/g, ' ')}`);
  }
  allKilled += killed;
  allUnnoticed += unnoticed.length;
  rows.push({
    file: name,
    mutants: killed + unnoticed.length,
    killed,
    unnoticed: unnoticed.length,
  });
}
for (const { file, mutants, killed, unnoticed } of rows) {
  say(`${file.padEnd(32)} ${mutants} mutants, ${killed} noticed, ${unnoticed} not`);
}
const all = allKilled + allUnnoticed;
const score = all === 0 ? 0 : (100 * allKilled) / all;
say(`mutation score ${score.toFixed(1)} %: ${allKilled} of ${all} mutants noticed`);
