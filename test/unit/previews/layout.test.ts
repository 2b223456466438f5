import { describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';
import { type Box, centred, layoutOf, MAX_FRAMES, TILE } from '../../../src/previews/layout.ts';

const isInside = (inner: Box, outer: Box): boolean =>
  inner.left >= outer.left &&
  inner.top >= outer.top &&
  inner.left + inner.width <= outer.left + outer.width &&
  inner.top + inner.height <= outer.top + outer.height;

const overlap = (a: Box, b: Box): boolean =>
  a.left < b.left + b.width &&
  b.left < a.left + a.width &&
  a.top < b.top + b.height &&
  b.top < a.top + a.height;

describe('the layout', () => {
  it('keeps everything on the sheet and nothing on anything else', () => {
    fc.assert(
      fc.property(fc.nat({ max: MAX_FRAMES }), fc.boolean(), (frames, hasFooter) => {
        const layout = layoutOf(frames, hasFooter);
        const sheet = { left: 0, top: 0, width: layout.width, height: layout.height };
        const boxes = [
          layout.title,
          ...layout.cells.flatMap(({ picture, caption }) => [picture, caption]),
          layout.footer,
        ];
        return (
          layout.cells.length === frames &&
          boxes.every((box) => isInside(box, sheet)) &&
          boxes.every((a, i) => boxes.slice(i + 1).every((b) => !overlap(a, b)))
        );
      }),
    );
  });

  test.each([
    [1, 704],
    [2, 704],
    [5, 1712],
    [6, 1712],
  ])('of %i frames is %i pixels wide', (frames, width) => {
    expect(layoutOf(frames, false).width).toBe(width);
  });

  it('of a full sheet stays well below what JPEG can hold', () => {
    expect(layoutOf(MAX_FRAMES, true).height).toBeLessThan(10_000);
  });
});

it('a picture is put into the middle of its box, whole', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: TILE.width }),
      fc.integer({ min: 1, max: TILE.height }),
      (width, height) => {
        const box = { left: 10, top: 20, ...TILE };
        const inner = centred(box, { width, height });
        const left = inner.left - box.left;
        const right = box.left + box.width - (inner.left + width);
        return isInside(inner, box) && Math.abs(left - right) <= 1;
      },
    ),
  );
});
