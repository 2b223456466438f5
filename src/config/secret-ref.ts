/** How the configuration points at a secret without holding it. */

export type SecretRef =
  | { readonly kind: 'file'; readonly path: string }
  /** An environment variable of the service. */
  | { readonly kind: 'env'; readonly name: string }
  /** A credential that systemd hands over: a file of this name in $CREDENTIALS_DIRECTORY. */
  | { readonly kind: 'credential'; readonly name: string };

/** "env:NAME" or "credential:NAME"; undefined for anything else, which may well be the secret itself. */
export function parseSecretRef(text: string): SecretRef | undefined {
  const env = /^env:([A-Za-z_][A-Za-z0-9_]*)$/.exec(text)?.[1];
  if (env !== undefined) return { kind: 'env', name: env };
  const credential = /^credential:([A-Za-z0-9_][A-Za-z0-9_.-]{0,127})$/.exec(text)?.[1];
  return credential === undefined ? undefined : { kind: 'credential', name: credential };
}

/** The reference as a person would write it. Says nothing about the secret. */
export function secretRefText(ref: SecretRef): string {
  return ref.kind === 'file' ? ref.path : `${ref.kind}:${ref.name}`;
}
