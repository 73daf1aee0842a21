/** A model of the Hugging Face hub that an encoder's name means. */
export interface HubModel {
  /** `OWNER/MODEL`. */
  readonly repository: string;
  /** A branch, a tag or a commit. */
  readonly revision: string;
}

/** The file that is read of a repository. */
export const HUB_FILE = 'model.safetensors';

const PART = '[A-Za-z0-9][\\w.-]*';
const NAME = new RegExp(`^hf:(${PART}/${PART})(?:@(${PART}(?:/${PART})*))?$`);

/** What is meant by `hf:OWNER/MODEL` or `hf:OWNER/MODEL@REVISION`; undefined for any other text. */
export function hubModel(encoder: string): HubModel | undefined {
  const [found, repository, revision = 'main'] = NAME.exec(encoder) ?? [];
  return found === undefined ? undefined : { repository, revision };
}

/** Networks of timm whose tensors are named and shaped as a ResNet's, though they compute otherwise: their blurring has no weights. */
const BLURRED = /(^|\/)resnet(aa|blur)\d/;

/** Whether a model's file looks like that of a family which it is not. */
export function looksLikeAnother({ repository }: HubModel): boolean {
  return BLURRED.test(repository);
}
