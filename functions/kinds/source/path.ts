/**
 * Paths into JSON, as people write them: `main.temp`, `weather[0].main`, `weather.0.main`, `ids["samsara.vin"]`, and `.` for
 * the whole; `$.main.temp`, as JSONPath has it, is the same. A segment is a name or, on an array, an index.
 */
export type Path = readonly string[];

const MAX_PATH_LENGTH = 300;
const NAME = /[^.[\]"]+/y;
const ROOT = /^\$(?:\.(?=[^.])|(?=\[))/;
const BRACKET = /\[(\d+|"(?:[^"\\]|\\.)*")\]/y;

/** Undefined when the text is not a path. */
export function parsePath(text: string): Path | undefined {
  if (text === '.' || text === '$') return [];
  if (text.length === 0 || text.length > MAX_PATH_LENGTH) return undefined;
  const segments: string[] = [];
  const root = ROOT.exec(text)?.[0].length ?? 0;
  let at = root;
  while (at < text.length) {
    const bracket = text[at] === '[';
    if (!bracket && at > root) {
      if (text[at] !== '.') return undefined;
      at += 1;
    }
    const pattern = bracket ? BRACKET : NAME;
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) return undefined;
    const segment = bracket ? unquote(match[1] ?? '') : match[0];
    if (segment === undefined) return undefined;
    segments.push(segment);
    at = pattern.lastIndex;
  }
  return segments;
}

function unquote(text: string): string | undefined {
  if (!text.startsWith('"')) return text;
  try {
    return String(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** The text that `parsePath` reads back as these segments. */
export function formatPath(path: Path): string {
  if (path.length === 0) return '.';
  return path.reduce((text, segment) => {
    if (segment === '$' || !/^[^.[\]"]+$/.test(segment)) return `${text}[${JSON.stringify(segment)}]`;
    return text === '' ? segment : `${text}.${segment}`;
  }, '');
}

/**
 * The value at `path`; undefined when there is none. Looks at own properties only, so that an answer without `constructor`
 * or `__proto__` has none.
 */
export function readPath(value: unknown, path: Path): unknown {
  let here = value;
  for (const segment of path) {
    if (typeof here !== 'object' || here === null) return undefined;
    if (Array.isArray(here)) {
      if (!/^\d+$/.test(segment)) return undefined;
      here = here[Number(segment)];
    } else {
      if (!Object.hasOwn(here, segment)) return undefined;
      here = (here as Record<string, unknown>)[segment];
    }
  }
  return here;
}
