/**
 * The core's tests that weigh evidence, as one file: mutation testing runs it hundreds of times, and loading a dozen
 * files anew each time costs more than the tests. Properties get fewer runs and are not shrunk: a mutant only needs to
 * be noticed.
 */
import fc from 'fast-check';

fc.configureGlobal({ numRuns: 30, endOnFailure: true });

await import('../core/policy.test.ts');
await import('../core/light.test.ts');
await import('../core/explain.test.ts');
await import('../core/inventory.test.ts');
await import('../core/known-again.test.ts');
await import('../core/match-scan.test.ts');
await import('../core/source-standing.test.ts');
await import('../core/place-standing.test.ts');
await import('../core/standing.test.ts');
await import('../core/verdict.test.ts');
await import('../core/verdict-evidence.test.ts');
await import('../core/verdict-counts.test.ts');
await import('../core/plan.test.ts');
await import('../core/plan-closes.test.ts');
