/** What a UserError says, in the order it is printed: `what: got X, expected Y; do Z`. */
export interface Complaint {
  /** The thing that is wrong: an option, a file, a tensor. */
  readonly what: string;
  readonly got: string;
  readonly expected: string;
  /** What the user can do about it. */
  readonly fix?: string;
}

/** A mistake in the input, not in the program: printed without a stack. Anything else that is thrown is a bug. */
export class UserError extends Error {
  override readonly name = 'UserError';

  constructor(readonly complaint: Complaint) {
    super(
      // A file's name may have a line feed in it.
      `${complaint.what.replaceAll('\n', '\\n')}: got ${complaint.got}, expected ${complaint.expected}${complaint.fix ? `; ${complaint.fix}` : ''}`,
    );
  }
}
