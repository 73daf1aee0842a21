import { type Pickled, readPickle } from './pickle.ts';
import { damagedFile, noStateDict } from './refusals.ts';
import { STORAGE_TYPES, Storage, TensorView } from './tensor-view.ts';

/** What is wrong with what PyTorch's own functions are given; told with the file by `readTorchPickle`. */
class Misfit extends Error {}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const areCounts = (value: unknown): value is number[] => Array.isArray(value) && value.every(isCount);

/** More axes than any tensor has in PyTorch. */
const MOST_AXES = 64;

function rebuiltTensor(storage: unknown, offset: unknown, shape: unknown, strides: unknown): TensorView {
  if (!(storage instanceof Storage)) throw new Misfit('a tensor without a storage');
  const fits = isCount(offset) && areCounts(shape) && areCounts(strides) && shape.length === strides.length;
  if (!fits || shape.length > MOST_AXES) throw new Misfit('a tensor of no shape');
  const view = new TensorView(storage, offset, shape, strides);
  if (!(view.end <= storage.count))
    throw new Misfit(`a tensor up to number ${view.end} of a storage of ${storage.count}`);
  return view;
}

/** A tensor as the first versions of PyTorch pickled it: made empty, and then given its state. */
class OldTensor {
  view?: TensorView;
}

const viewOf = (value: unknown) => (value instanceof OldTensor ? value.view : value);

/**
 * The state of an old tensor, as PyTorch's `Tensor.__setstate__` takes it: storage, offset, shape, strides; of a parameter its
 * data and four other things, or where it was made with its data three others.
 */
function build(target: unknown, state: unknown): boolean {
  if (!Array.isArray(state)) return false;
  const [first, ...others] = state;
  if (viewOf(target) instanceof TensorView) return state.length === 3;
  if (!(target instanceof OldTensor) || ![4, 5].includes(state.length)) return false;
  const view = state.length === 4 ? rebuiltTensor(first, others[0], others[1], others[2]) : viewOf(first);
  if (!(view instanceof TensorView)) throw new Misfit('a parameter without data');
  target.view = view;
  return true;
}

/** PyTorch's functions and classes that make tensors, and those of Python that hold them: all that is ever called. */
const MEANINGS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['torch._utils._rebuild_tensor', rebuiltTensor],
  ['torch._utils._rebuild_tensor_v2', rebuiltTensor],
  ['torch._utils._rebuild_parameter', (tensor: unknown) => tensor],
  ['torch._utils._rebuild_parameter_with_state', (tensor: unknown) => tensor],
  ['torch.nn.parameter.Parameter', (tensor: unknown) => tensor ?? new OldTensor()],
  ['torch.Size', (extents: unknown = []) => extents],
  ['torch.device', () => null],
  ['_codecs.encode', (text: unknown) => text],
  ['collections.OrderedDict', orderedDictionary],
  ...['__builtin__.set', 'builtins.set'].map((name) => [name, setOf] as const),
  ...Object.entries(STORAGE_TYPES).flatMap(([name, type]) =>
    ['torch', 'torch.cuda'].map((module) => [`${module}.${name}`, type] as const),
  ),
  ...Object.keys(STORAGE_TYPES).map(
    (name) => [`torch.${name.replace('Storage', 'Tensor')}`, () => new OldTensor()] as const,
  ),
  ...'float64 float32 float16 bfloat16 int64 int32 int16 int8 uint8 bool'
    .split(' ')
    .map((type) => [`torch.${type}`, type] as const),
]);

function orderedDictionary(pairs: unknown = []): Map<unknown, unknown> {
  const isPair = (pair: unknown): pair is [unknown, unknown] => Array.isArray(pair) && pair.length === 2;
  if (!Array.isArray(pairs) || !pairs.every(isPair)) throw new Misfit('a dictionary of no pairs');
  return new Map(pairs);
}

function setOf(items: unknown = []): Set<unknown> {
  if (!Array.isArray(items)) throw new Misfit('a set of no items');
  return new Set(items);
}

/**
 * What a pickle calls a storage: ('storage', class, key, device, count), in files before PyTorch 1.6 followed by the part
 * that is meant: (key, start, count) or None.
 */
function storageOf(identifier: unknown): Storage {
  const [kind, type, key, , count, part]: unknown[] = Array.isArray(identifier) ? identifier : [];
  const known = Object.values(STORAGE_TYPES).find((each) => each === type);
  if (kind !== 'storage' || !known || typeof key !== 'string' || !isCount(count))
    throw new Misfit('a storage of no known kind');
  if (!Array.isArray(part)) return new Storage(key, known, count);
  const [, start, length]: unknown[] = part;
  if (!isCount(start) || !isCount(length) || start + length > count)
    throw new Misfit('a part beyond its storage');
  return new Storage(key, known, length, start);
}

/** What a pickle holds, and the storages that it speaks of, by their keys. */
export interface TorchPickled extends Pickled {
  readonly storages: ReadonlyMap<string, Storage>;
}

/**
 * Reads a pickle of PyTorch's, of which only tensors and what holds them is made: dictionaries, lists, tuples, sets, numbers,
 * texts.
 *
 * @throws UserError for everything else, by its name
 */
export function readTorchPickle(bytes: Uint8Array, start: number, file: string): TorchPickled {
  const storages = new Map<string, Storage>();
  const persistent = (identifier: unknown) => {
    const storage = storageOf(identifier);
    storages.set(storage.key, storage);
    return storage;
  };
  try {
    return { ...readPickle(bytes, start, { file, meanings: MEANINGS, persistent, build }), storages };
  } catch (error) {
    throw error instanceof Misfit ? damagedFile(file, error.message) : error;
  }
}

/** Where training programs keep a model's tensors among other things. */
const NESTED = ['state_dict', 'model_state_dict', 'model'];
const DEEPEST = 3;

/**
 * The tensors by name that a file's value holds: its own, or those under `state_dict`, `model_state_dict` or `model`. What
 * else lies beside tensors is left aside.
 *
 * @throws UserError if there are none
 */
export function stateDictOf(value: unknown, file: string): ReadonlyMap<string, TensorView> {
  let holder = value;
  for (let depth = 0; depth < DEEPEST && holder instanceof Map; depth++) {
    const dictionary: Map<unknown, unknown> = holder;
    const nested = NESTED.find((key) => dictionary.get(key) instanceof Map);
    if (nested === undefined) break;
    holder = dictionary.get(nested);
  }
  const entries: [unknown, unknown][] = holder instanceof Map ? [...holder] : [];
  const tensors = entries.flatMap(([name, value]): [string, TensorView][] => {
    const view = viewOf(value);
    return typeof name === 'string' && view instanceof TensorView ? [[name, view]] : [];
  });
  if (tensors.length > 0) return new Map(tensors);
  const keys = entries.slice(0, 5).map(([key]) => (typeof key === 'string' ? key.slice(0, 40) : typeof key));
  const got = keys.length > 0 ? `a dictionary of ${keys.join(', ')}` : 'no dictionary with anything in it';
  throw noStateDict(file, got, `tensors by name, or those under ${NESTED.join(', ')}`);
}
