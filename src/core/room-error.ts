/** The shape of every error a room throws: decided on by `code`, told to a person by `message` and `hint`. */
export abstract class RoomError<Code extends string> extends Error {
  readonly code: Code;
  /** What a person can do about it, one sentence. */
  readonly hint: string;

  constructor(code: Code, message: string, hint: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}
