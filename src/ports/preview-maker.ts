/** Contact sheets: made from drive copies, after everything that matters, never evidence. */

export interface PreviewRequest {
  readonly title: string;
  /** The pictures' absolute paths on a drive, with the names to print below them. */
  readonly frames: readonly { readonly path: string; readonly name: string }[];
  /** Folder to write into; made if missing. */
  readonly outFolder: string;
}

export interface Preview {
  /** Absolute path of the contact sheet (JPEG). */
  readonly sheet: string;
  /** Absolute path of the first frame's picture (JPEG), if any frame could be shown. */
  readonly firstFrame?: string;
  /** Names of frames that should be pictures but could not be decoded: a hint of damage. */
  readonly undecodable: readonly string[];
}

export interface PreviewMaker {
  /** Undefined when no sheet could be made, for whatever reason; never throws but when aborted. */
  make(request: PreviewRequest, signal: AbortSignal): Promise<Preview | undefined>;
}
