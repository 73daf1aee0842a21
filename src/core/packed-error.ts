import { UserError } from './errors.ts';

/** An error in a form that crosses between threads, where classes are lost. */
export interface PackedError {
  readonly user: boolean;
  readonly message: string;
  readonly stack?: string;
}

export function packError(error: unknown): PackedError {
  if (error instanceof Error) {
    return { user: error instanceof UserError, message: error.message, stack: error.stack };
  }
  return { user: false, message: String(error) };
}

/** The error that `packError` took apart: a UserError again if it was one, else an Error with the first stack. */
export function unpackError(packed: PackedError): Error {
  const error = packed.user
    ? new UserError({ what: packed.message, got: '', expected: '' })
    : new Error(packed.message);
  error.message = packed.message;
  if (packed.stack !== undefined) error.stack = packed.stack;
  return error;
}
