import { expect, it } from '@jest/globals';
import { bytesText } from '../../src/core/wording.ts';

it('words bytes as on the label of a card', () => {
  expect(bytesText(64_000_000_000)).toBe('64.0 GB');
});
