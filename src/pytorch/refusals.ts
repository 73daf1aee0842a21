import { UserError } from '../core/errors.ts';

const FIX = 'save the tensors alone: torch.save(model.state_dict(), FILE)';

/** A file that holds something else than tensors in plain containers. */
export function noStateDict(file: string, got: string, expected = 'tensors in plain containers'): UserError {
  return new UserError({ what: file, got, expected, fix: FIX });
}

/** A file that PyTorch could not read either. */
export function damagedFile(file: string, got: string): UserError {
  return new UserError({
    what: file,
    got,
    expected: 'a whole file of torch.save',
    fix: 'it is cut or damaged; fetch or copy it again',
  });
}
