/** What trials found, for people and as data, and the exit code for it. */
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { TrialFinding } from './services.ts';
import { jsonLine, type Run, type Told, tell } from './session.ts';
import { printable, table } from './text.ts';

/** `none` is what to say when nothing was tried: that is no success. */
export async function tellTrials(
  run: Pick<Run, 'io' | 'json'>,
  findings: readonly TrialFinding[],
  none: Told,
): Promise<ExitCode> {
  if (findings.length === 0) {
    await tell(run, none, { emptyJson: { ok: false, findings: [] } });
    return EXIT.failed;
  }
  const failed = findings.filter(({ ok, required }) => !ok && required);
  const ok = failed.length === 0;
  if (run.json) {
    const shown = findings.map(({ hint, ...finding }) => ({ ...finding, hint: hint ?? null }));
    await run.io.out(jsonLine({ version: 1, ok, findings: shown }));
  } else {
    await run.io.out(`${trialLines(findings).join('\n')}\n`);
  }
  return ok ? EXIT.ok : EXIT.failed;
}

function trialLines(findings: readonly TrialFinding[]): string[] {
  const rows = table(
    findings.map((finding) => [
      wordFor(finding),
      printable(finding.part),
      printable(finding.sentence),
    ]),
  );
  return rows.flatMap((row, i) => {
    const { ok, hint } = findings[i] ?? { ok: true };
    return ok || hint === undefined ? [row] : [row, `         ${printable(hint)}`];
  });
}

function wordFor({ ok, required }: TrialFinding): string {
  if (ok) return 'ok';
  return required ? 'FAILED' : 'warning';
}
