/**
 * For tests that meet errors of the network. Jest gives every test file an `Error` of its own, so
 * that errors made by Node itself are not `instanceof Error` there, and the SDK wraps them until their codes are
 * lost. Outside of Jest there is only one `Error`; this makes it look so.
 */
import { types } from 'node:util';

/** Call before the SDK is loaded. */
export function shareOneError(): void {
  const ordinary = Function.prototype[Symbol.hasInstance];
  Object.defineProperty(Error, Symbol.hasInstance, {
    configurable: true,
    value(this: unknown, value: unknown): boolean {
      return this === Error ? types.isNativeError(value) : ordinary.call(this as never, value);
    },
  });
}
